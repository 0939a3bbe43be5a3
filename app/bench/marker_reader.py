"""Reads time markers out of what a camera filmed: askew, soft, noisy, moiréd, caught in the middle of a change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.bench.time_marker import (
    BITS,
    NUMBERS,
    STRIPS,
    TAG,
    cell_centres,
    number_of,
    tag_corners,
    tag_dictionary,
    word,
)
from allaprima.app.core.frame import Pixels

SMALLEST_CELL = 3.0
"""Pixels of the camera: below that cells run into one another."""
_LEAST_CONTRAST = 24
_SMEARED = (0.4, 0.6)  # between black and white: neither
_UNLIKE = 0.4  # cells that turn white, or those that turn black, at one moment
_SEARCHED_PX = 1280  # the longer side of what tags are looked for in: enlarged, small ones are found; more take longer
_SOFTENED_PX = 1.0  # noise and moiré make contours ragged
_MISFIT = 0.6  # cells by which a corner may lie elsewhere: a wide lens bends straight lines
_SAMPLES = 5  # a side, over the inner half of a cell

_PLACES = (np.arange(_SAMPLES, dtype=np.float32) - _SAMPLES // 2) / (2 * (_SAMPLES - 1))
_GRID = cell_centres()[:, :, None, None] + np.stack(np.meshgrid(_PLACES, _PLACES), -1)  # (rows, columns, k, k, 2)
_POWERS = 1 << np.arange(BITS)[::-1]
_AROUND = np.ones((7, 7), np.uint8)  # cells among which there are black and white ones, at the corners too


class Verdict(Enum):
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
    """One marker as it stands in a picture. `number`, modulo `NUMBERS`, is the newest that stood there through the whole
    exposure, and the next `changing` ones were drawn during it; None unless `verdict` is READ.

    `centre` (x, y) and `cell`, the side of a cell, in pixels of the picture.
    """

    verdict: Verdict
    centre: tuple[float, float]
    cell: float
    number: int | None = None
    changing: int = 0


class MarkerReader:
    """Finds and reads every marker in a picture: the screen's own, and those in pictures of it."""

    def __init__(self) -> None:
        parameters = cv2.aruco.DetectorParameters()
        parameters.errorCorrectionRate = 1.0  # what is no tag of ours is found out by its place
        parameters.perspectiveRemovePixelPerCell = 8
        self._detector = cv2.aruco.ArucoDetector(tag_dictionary(), parameters)

    def read(self, picture: Pixels) -> tuple[Marker, ...]:
        """Of (H, W, 3) uint8 RGB, the largest first; empty where none was found."""
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        scale = min(2.0, _SEARCHED_PX / max(grey.shape))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        searched = cv2.GaussianBlur(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=way), (0, 0), _SOFTENED_PX)
        corners, ids, _ = self._detector.detectMarkers(searched)
        numbers = np.ravel(ids).tolist() if ids is not None else []
        tags = [(tag, (found.reshape(4, 2) + 0.5) / scale - 0.5) for tag, found in zip(numbers, corners, strict=True)]
        markers = [_read(grey, to_picture) for to_picture in _places(tags)]
        return tuple(sorted(markers, key=lambda marker: -marker.cell))


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
    if ((cells > _SMEARED[0]) & (cells < _SMEARED[1])).any():
        return None
    number = number_of(int((cells > 0.5) @ _POWERS))
    return number if number is not None and number % STRIPS == strip else None


def _between(cells: NDArray[np.float32], before: int, after: int) -> bool:
    """Whether a strip's cells are those of a change from one number to another."""
    old, new = (word(number) & _POWERS != 0 for number in (before, after))
    if (np.abs(cells - new)[old == new] > _SMEARED[0]).any():
        return False
    return all(np.ptp(cells[turning]) < _UNLIKE for turning in (new & ~old, old & ~new) if turning.any())


def _places(tags: list[tuple[int, NDArray[np.float32]]]) -> list[NDArray[np.float64]]:
    """From cells to pixels, (3, 3), of every marker of which three tags or more are there. `tags` are their numbers and
    corners, (4, 2) pixels.
    """
    waiting = sorted(tags, key=lambda tag: -_side(tag[1]))
    found = []
    while waiting:
        own, to_picture = _company(*waiting[0], waiting[1:])
        misfit = np.linalg.norm(_moved(_flat(own), to_picture) - _corners(own), axis=-1).max()
        if len(own) < 3 or misfit > _MISFIT * _side(waiting[0][1]) / TAG:
            del waiting[0]
            continue
        found.append(to_picture)
        waiting = [tag for tag in waiting if own.get(tag[0]) is not tag[1]]
    return found


def _company(
    first: int, corners: NDArray[np.float32], others: list[tuple[int, NDArray[np.float32]]]
) -> tuple[dict[int, NDArray[np.float32]], NDArray[np.float64]]:
    """The tags of the marker to which the tag `first` belongs, and from cells to pixels. The nearest is taken first, and
    each one taken tells better where the next must be.
    """
    own, side = {first: corners}, _side(corners)
    to_picture: NDArray[np.float64] = cv2.getPerspectiveTransform(tag_corners(first), corners)
    for tag, seen in sorted(others, key=lambda other: float(np.linalg.norm(other[1].mean(0) - corners.mean(0)))):
        expected = _moved(tag_corners(tag), to_picture).mean(0)
        if tag in own or not 0.4 < _side(seen) / side or np.linalg.norm(seen.mean(0) - expected) > 1.5 * side:
            continue
        own[tag] = seen
        fitted, _ = cv2.findHomography(_flat(own), _corners(own))
        to_picture = to_picture if fitted is None else fitted
    return own, to_picture


def _flat(tags: dict[int, NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate([tag_corners(tag) for tag in tags])


def _corners(tags: dict[int, NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate(list(tags.values()))


def _moved(points: NDArray[np.float32], to_picture: NDArray[np.float64]) -> NDArray[np.float32]:
    moved: NDArray[np.float32] = cv2.perspectiveTransform(points[None], to_picture)[0]
    return moved


def _side(corners: NDArray[np.float32]) -> float:
    return float(np.sqrt(cv2.contourArea(corners.astype(np.float32))))


def _read(grey: NDArray[np.uint8], to_picture: NDArray[np.float64]) -> Marker:
    """The marker that stands there. Black and white are those of the cells around each cell, whatever the light."""
    places = cv2.perspectiveTransform(_GRID.reshape(1, -1, 2), to_picture)[0].astype(np.float32)
    x, y = places.mean(0)
    centres = places.reshape(*_GRID.shape[:2], -1, 2).mean(2)
    steps = (
        np.linalg.norm(np.diff(centres, axis=0), axis=-1).min(),
        np.linalg.norm(np.diff(centres, axis=1), axis=-1).min(),
    )
    centre, cell = (float(x), float(y)), float(min(steps))
    if cell < SMALLEST_CELL:
        return Marker(Verdict.SMALL, centre, cell)
    cells = cv2.remap(grey, places[:, None], None, cv2.INTER_LINEAR).reshape(*_GRID.shape[:2], -1).mean(-1)
    cells = cells.astype(np.float32)  # (rows, COLUMNS)
    white, black = cv2.dilate(cells, _AROUND), cv2.erode(cells, _AROUND)
    if (white - black).min() < _LEAST_CONTRAST:
        return Marker(Verdict.FAINT, centre, cell)
    lit = ((cells - black) / (white - black)).reshape(STRIPS, BITS)
    if judged := judge(lit):
        return Marker(Verdict.READ, centre, cell, *judged)
    nothing_clear = all(_number(strip, place) is None for place, strip in enumerate(lit))
    grey = ((lit > _SMEARED[0]) & (lit < _SMEARED[1])).any()
    return Marker(Verdict.SMEARED if nothing_clear and grey else Verdict.WRONG, centre, cell)
