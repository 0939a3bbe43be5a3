"""Many pictures on one sheet, each with its name under it."""

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from allaprima.app.core.frame import Pixels
from allaprima.app.recording.picture import write_picture

_PAPER = (250, 248, 244)
_INK, _SOFT_INK = (44, 40, 38), (118, 108, 98)
_GAP, _LABEL, _TEXT = 16, 34, 18  # pixels: between pictures, for a label, of its letters
_NOTE, _NOTE_TEXT = 22, 15  # for the line under a label


def contact_sheet(
    pictures: Sequence[tuple[str, Pixels]], width: int = 480, columns: int | None = None, notes: Sequence[str] = ()
) -> Pixels:
    """The sheet as (H, W, 3) uint8 RGB: `pictures` (label, (H, W, 3) RGB) row by row, fitted into thumbnails `width`
    pixels wide with the first one's aspect. `columns`: about as many as rows if None. `notes`, if any, are as many
    second lines under the labels, smaller and softer.
    """
    if not pictures:
        raise ValueError("a contact sheet needs a picture")
    columns = min(columns or math.ceil(math.sqrt(len(pictures))), len(pictures))
    rows = math.ceil(len(pictures) / columns)
    first_height, first_width = pictures[0][1].shape[:2]
    height = max(1, round(width * first_height / first_width))
    under = _LABEL + (_NOTE if notes else 0)
    sheet = np.full((rows * (height + under + _GAP) + _GAP, columns * (width + _GAP) + _GAP, 3), _PAPER, np.uint8)
    font = cv2.FontFace("sans")
    label_px = _letters([label for label, _ in pictures], font, width, _TEXT)
    note_px = _letters(notes, font, width, _NOTE_TEXT)
    for index, (label, picture) in enumerate(pictures):
        row, column = divmod(index, columns)
        x, y = _GAP + column * (width + _GAP), _GAP + row * (height + under + _GAP)
        scale = min(width / picture.shape[1], height / picture.shape[0])
        w, h = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
        thumbnail = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        top, left = y + (height - h) // 2, x + (width - w) // 2
        sheet[top : top + h, left : left + w] = thumbnail
        baseline = y + height + round(0.7 * _LABEL)
        cv2.putText(sheet, _fitted(label, font, width, label_px), (x, baseline), _INK, font, label_px, 500)
        if notes:
            note = _fitted(notes[index], font, width, note_px)
            cv2.putText(sheet, note, (x, baseline + _NOTE), _SOFT_INK, font, note_px, 400)
    return sheet


def write_contact_sheet(path: Path, pictures: Sequence[tuple[str, Pixels]], columns: int | None = None) -> None:
    """Write the sheet as PNG or JPEG. Raises as `write_picture` does."""
    write_picture(path, contact_sheet(pictures, columns=columns))


def _letters(labels: Sequence[str], font: cv2.FontFace, width: int, px: int) -> int:
    """Letters of at most `px` pixels in which all `labels` fit into `width` pixels, but not below four fifths of it."""
    smallest = round(0.8 * px)
    while px > smallest and any(_fitted(label, font, width, px).endswith("…") for label in labels):
        px -= 1
    return px


def _fitted(label: str, font: cv2.FontFace, width: int, px: int) -> str:
    """`label` in one line of `px`-pixel letters, at most `width` pixels; its end is left out where it is too long."""
    label = "".join(c if c.isprintable() else " " for c in label)[:200]
    text = label
    while text and cv2.getTextSize((0, 0), text, (0, 0), font, px, 500)[2] > width:
        label = label[:-1]
        text = f"{label}…" if label else ""
    return text
