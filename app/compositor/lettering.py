"""Panels of text as pictures: OpenCV's TrueType lettering on dark rounded glass."""

import functools
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

_GLASS = (0.055, 0.050, 0.047)  # RGB of the panel
_TITLE = (0.98, 0.95, 0.90)
_LINE = (0.80, 0.76, 0.71)
_LEADING = 1.42
_MAX_CHARACTERS = 120  # a style's name comes from a file


def letter_panel(title: str, lines: Sequence[str] = (), title_px: int = 30, opacity: float = 0.66) -> NDArray[np.uint8]:
    """A rounded panel of `opacity` 0..1 with a `title` of `title_px` pixels and smaller `lines` under it.

    What follows a tab in a line stands in a second column; lines without one head those that follow.

    Returns (H, W, 4) uint8 RGBA, premultiplied by alpha, row 0 at the top, transparent at its edges and as large as
    the text needs. An empty title takes no room.
    """
    line_px = max(8, round(title_px * 0.68))
    rows = [([_printable(title)], title_px, 500, _TITLE)] if title else []
    for line in lines:
        heads = "\t" not in line and any("\t" in other for other in lines)
        rows += [([""], line_px // 2, 400, _LINE)] if heads else []
        cells = [_printable(cell) for cell in line.split("\t", 1)]
        rows.append((cells, line_px, 600 if heads else 400, _TITLE if heads else _LINE))
    margin, pad_x, pad_y = 3, round(title_px * 0.8), round(title_px * 0.55)
    labels = [text_width(cells[0], px, weight) for cells, px, weight, _ in rows if len(cells) > 1]
    indents = (0, max(labels, default=0) + line_px)  # where each column begins
    width = max((indents[len(c) - 1] + text_width(c[-1], px, weight) for c, px, weight, _ in rows), default=0)
    width += 2 * (pad_x + margin)
    height = round(sum(px * _LEADING for _, px, _, _ in rows)) + 2 * (pad_y + margin)

    glass = _rounded(width, height, margin, radius=min(round(title_px * 0.7), height // 2 - margin))
    picture = glass[..., None] * np.array([*(c * opacity for c in _GLASS), opacity], np.float32)
    y = float(margin + pad_y)
    for cells, px, weight, colour in rows:
        strip = picture[round(y) : round(y + px * _LEADING)]
        ink = np.zeros(strip.shape[:2], np.uint8)
        for indent, cell in zip(indents, cells, strict=False):
            cv2.putText(ink, cell, (margin + pad_x + indent, round(px * 1.06)), (255,), load_font(), px, weight)
        covered = (ink / np.float32(255))[..., None]
        strip += covered * (np.array([*colour, 1.0], np.float32) - strip)
        y += px * _LEADING
    return cv2.convertScaleAbs(picture, alpha=255)  # type: ignore[return-value]


@functools.cache
def load_font() -> cv2.FontFace:
    """The font of all panels. The first call takes some 40 ms: better before the first frame than in it."""
    return cv2.FontFace("sans")


def _printable(text: str) -> str:
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= _MAX_CHARACTERS else text[: _MAX_CHARACTERS - 1] + "…"


def text_width(text: str, px: int, weight: int) -> int:
    """Pixels that `text` takes in letters of `px` pixels."""
    x, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), load_font(), px, weight)
    return int(x + width) + 1


def _rounded(width: int, height: int, margin: int, radius: int) -> NDArray[np.float32]:
    """(height, width) coverage 0..1 of a rounded rectangle `margin` pixels inside, its edge one pixel soft."""
    x = np.abs(np.arange(width) + 0.5 - width / 2) - (width / 2 - margin - radius)
    y = np.abs(np.arange(height) + 0.5 - height / 2) - (height / 2 - margin - radius)
    outside = np.hypot(np.maximum(x[None, :], 0), np.maximum(y[:, None], 0))
    covered: NDArray[np.float32] = np.clip(radius + 0.5 - outside, 0, 1).astype(np.float32)
    return covered
