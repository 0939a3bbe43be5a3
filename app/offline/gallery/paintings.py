"""The pictures of a gallery: photos, and each of them in every style, painted one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from allaprima.app.core.frame import Pixels
from allaprima.app.offline.painter import Painter
from allaprima.app.packs.pack import Style
from allaprima.app.recording.picture import write_picture
from allaprima.app.sources.recorded.pictures import read_picture
from allaprima.app.stylize.blend import Blend

THUMBNAIL = (320, 480)
"""Width of the pictures kept for the sheet, and the height beyond which only the middle is kept; pixels."""
QUALITY = 88

PaintedPhoto = list[tuple[Style | None, Pixels]]
"""Thumbnails for one photo: the photo itself, with None for its style, then all its paintings."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo before painting: a title for people, and (H, W, 3) uint8 RGB pixels."""

    title: str
    pixels: Pixels

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.pixels.shape[1], self.pixels.shape[0]


def open_photo(path: Path, longest: int) -> Photo:
    """The picture at `path`, shrunk to at most `longest` pixels a side. Raises `RecordingError`."""
    pixels = read_picture(path)
    scale = longest / max(pixels.shape[:2])
    if scale < 1:
        size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Photo(path.stem.replace("_", " ").capitalize(), pixels)


def photo_file(number: int) -> str:
    """Where photo `number` lies, from 0, relative to the gallery's folder."""
    return f"photos/{number + 1}.jpg"


def painting_file(style: Style, number: int) -> str:
    """Where photo `number` lies painted in `style`; a style's name holds nothing that a path must not."""
    return f"paintings/{style.name}-{number + 1}.jpg"


def paint_photos(
    folder: Path, photos: Sequence[Photo], painter: Painter, advance: Callable[[], object]
) -> list[PaintedPhoto]:
    """Paint every photo in every style of the painter's pack and write them into `folder`, one by one: only the
    returned thumbnails, a row for each photo, are kept in memory. `advance` is called after each painting.

    Raises as `Painter.paint` and `write_picture` do.
    """
    rows: list[PaintedPhoto] = []
    for number, photo in enumerate(photos):
        write_picture(folder / photo_file(number), photo.pixels, QUALITY)
        row: PaintedPhoto = [(None, _thumbnail(photo.pixels))]
        for style in painter.pack.styles:
            weights = Blend.of(style).weights(painter.pack.rows)
            painter.begin()
            painted = painter.paint(photo.pixels, photo.pixels, weights)[0]
            write_picture(folder / painting_file(style, number), painted, QUALITY)
            row.append((style, _thumbnail(painted)))
            advance()
        rows.append(row)
    return rows


def _thumbnail(rgb: Pixels) -> Pixels:
    width, most = THUMBNAIL
    scale = width / rgb.shape[1]
    kept = min(rgb.shape[0], max(1, round(most / scale)))
    top = (rgb.shape[0] - kept) // 2
    rgb, size = rgb[top : top + kept], (width, max(1, round(kept * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), np.uint8)
