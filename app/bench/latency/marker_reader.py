"""Reads time markers out of what a camera filmed: askew, soft, noisy, moiréd, caught in the middle of a change."""

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.bench.latency.marker_finder import MarkerFinder
from allaprima.app.bench.latency.time_marker import BITS, NUMBERS, STRIPS, cell_centres, number_of, word
from allaprima.app.core.frame import Pixels

SMALLEST_CELL = 3.0
"""Pixels of the camera: below that cells run into one another."""
_LEAST_CONTRAST = 24
_SMEARED = (0.4, 0.6)  # between black and white: neither
_UNLIKE = 0.4  # cells that turn white, or those that turn black, at one moment
_SAMPLES = 5  # a side, over the inner half of a cell

_PLACES = (np.arange(_SAMPLES, dtype=np.float32) - _SAMPLES // 2) / (2 * (_SAMPLES - 1))
_GRID = cell_centres()[:, :, None, None] + np.stack(np.meshgrid(_PLACES, _PLACES), -1)  # (rows, columns, k, k, 2)
_POWERS = 1 << np.arange(BITS)[::-1]
_AROUND = np.ones((7, 7), np.uint8)  # cells among which there are black and white ones, at the corners too


class Reading(Enum):
    """What became of one marker, or of a picture without any."""

    READ = "read"
    ABSENT = "no marker"
    SMALL = "too small"
    FAINT = "too faint"
    SMEARED = "smeared"
    """All strips changed during the exposure."""
    WRONG = "wrong"
    """Clear, but not what the marker ever shows: rejected by the code, or by the strips' order."""


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker as it stands in a picture. `number`, modulo `NUMBERS`, is the newest that stood there through the
    whole exposure, and the next `changing` ones were drawn during it; None unless `verdict` is READ.

    `centre` (x, y) and `cell`, the side of a cell, in pixels of the picture.
    """

    verdict: Reading
    centre: tuple[float, float]
    cell: float
    number: int | None = None
    changing: int = 0


class MarkerReader:
    """Finds and reads every marker in a picture: the screen's own, and those in pictures of it."""

    def __init__(self) -> None:
        self._finder = MarkerFinder()

    def read(self, picture: Pixels) -> tuple[Marker, ...]:
        """Of (H, W, 3) uint8 RGB; empty where none was found."""
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        return tuple(_read(grey, to_picture) for to_picture in self._finder.find(grey))


def judge(lit: NDArray[np.float32]) -> tuple[int, int] | None:
    """(number, changing) of a `Marker` from its cells, (STRIPS, BITS), 0 being black and 1 white.

    None for anything that was never on the screen. The clear strips must hold successive numbers, each in its place.
    The others must be the next to change, and be in between of what they were and what they become: cells that both
    have in common have not changed, and the rest have all got equally far. So a reflection is not taken for a change.
    """
    clear = {strip: number for strip, cells in enumerate(lit) if (number := _number(cells, strip)) is not None}
    changing = STRIPS - len(clear)
    for newest in clear.values():
        if {(newest - back) % NUMBERS for back in range(len(clear))} == set(clear.values()):
            following = range(newest + 1, newest + 1 + changing)
            if all(_between(lit[n % STRIPS], n - STRIPS, n) for n in following):
                return newest, changing
            return None
    return None


def _number(cells: NDArray[np.float32], strip: int) -> int | None:
    """What a strip's cells say, if they say it clearly and in the right place."""
    if _smeared(cells):
        return None
    number = number_of(int((cells > 0.5) @ _POWERS))
    return number if number is not None and number % STRIPS == strip else None


def _between(cells: NDArray[np.float32], before: int, after: int) -> bool:
    """Whether a strip's cells are those of a change from one number to another."""
    old, new = (word(number) & _POWERS != 0 for number in (before, after))
    if (np.abs(cells - new)[old == new] > _SMEARED[0]).any():
        return False
    return all(np.ptp(cells[turning]) < _UNLIKE for turning in (new & ~old, old & ~new) if turning.any())


def _smeared(cells: NDArray[np.float32]) -> bool:
    return bool(((cells > _SMEARED[0]) & (cells < _SMEARED[1])).any())


def _read(grey: NDArray[np.uint8], to_picture: NDArray[np.float64]) -> Marker:
    """The marker at that place. Black and white come from the cells around each cell, so that any light works."""
    places = cv2.perspectiveTransform(_GRID.reshape(1, -1, 2), to_picture)[0].astype(np.float32)
    centres = places.reshape(*_GRID.shape[:2], -1, 2).mean(2)  # (rows, COLUMNS, 2)
    x, y = centres.mean((0, 1)).tolist()
    cell = min(float(np.linalg.norm(np.diff(centres, axis=axis), axis=-1).min()) for axis in (0, 1))
    if cell < SMALLEST_CELL:
        return Marker(Reading.SMALL, (x, y), cell)
    seen = cv2.remap(grey, places[:, None], None, cv2.INTER_LINEAR)
    cells = seen.reshape(*_GRID.shape[:2], -1).mean(-1, dtype=np.float32)  # (rows, COLUMNS)
    white, black = cv2.dilate(cells, _AROUND), cv2.erode(cells, _AROUND)
    if (white - black).min() < _LEAST_CONTRAST:
        return Marker(Reading.FAINT, (x, y), cell)
    lit = ((cells - black) / (white - black)).reshape(STRIPS, BITS)
    if judged := judge(lit):
        return Marker(Reading.READ, (x, y), cell, *judged)
    unclear = _smeared(lit) and all(_number(cells, strip) is None for strip, cells in enumerate(lit))
    return Marker(Reading.SMEARED if unclear else Reading.WRONG, (x, y), cell)
