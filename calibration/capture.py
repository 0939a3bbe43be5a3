"""Which moments of a moving board are worth keeping: sharp, still, and unlike those there are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

from allaprima.calibration.board import Board, Sighting, same_way
from allaprima.calibration.camera import Points
from allaprima.calibration.rectify import Picture
from allaprima.calibration.solve import coverage_map, covered

SHARP_PX = 4.0
"""Edges may be this wide in a view that is taken."""

_STILL_PX = 0.002  # of the picture's width, from one pair to the next
_STILL_PAIRS = 2
_NEW = 0.12
_FEWEST_COMMON = 12
_THIRDS = (("top left", "the top", "top right"), ("the left", "the middle", "the right"),
           ("bottom left", "the bottom", "bottom right"))  # fmt: skip


class Verdict(Enum):
    """What became of a pair, as it is told to whoever holds the board."""

    TAKEN = "taken"
    NO_BOARD = "no board in both pictures"
    MOVING = "hold it still"
    BLURRED = "blurred: hold it stiller, or bring more light"
    KNOWN = "like one there is: move or tilt it"


@dataclass(frozen=True, slots=True)
class _Held:
    """How the board was held: its middle and its size as parts of the picture, and its normal."""

    x: float
    y: float
    size: float
    tilt: tuple[float, float]

    def unlike(self, other: _Held) -> float:
        return float(
            np.abs([self.x - other.x, self.y - other.y, self.size - other.size]).max()
            + 0.5 * np.hypot(self.tilt[0] - other.tilt[0], self.tilt[1] - other.tilt[1])
        )


class ViewTaker:
    """Looks at pair after pair of `board` in pictures of `size` (width, height) and says which to keep."""

    def __init__(self, board: Board, size: tuple[int, int]) -> None:
        self._board, self._size = board, size
        self._taken: list[_Held] = []
        self.boards: tuple[list[Points], list[Points]] = ([], [])
        """Corners of the views taken, in the left and in the right picture."""
        self._last: Sighting | None = None
        self._still = 0

    @property
    def count(self) -> int:
        """Views taken."""
        return len(self._taken)

    @property
    def coverage(self) -> tuple[float, float]:
        """The part (0..1) of the left and the right picture that boards were seen on."""
        left, right = (covered(boards, self._size) for boards in self.boards)
        return left, right

    @property
    def tilted(self) -> int:
        """Views in which the board was turned away by 15 degrees or more."""
        return sum(math.hypot(*held.tilt) > math.sin(math.radians(15)) for held in self._taken)

    @property
    def wanted(self) -> str:
        """Where in the picture the board has been least, in words."""
        grid = coverage_map(self.boards[0], self._size) + coverage_map(self.boards[1], self._size)
        rows = np.array_split(grid.astype(bool), 3, axis=0)
        seen = np.array([[part.mean() for part in np.array_split(row, 3, axis=1)] for row in rows])
        row, column = np.unravel_index(int(seen.argmin()), seen.shape)
        return _THIRDS[int(row)][int(column)]

    def consider(self, left: Sighting | None, right: Sighting | None) -> Verdict:
        """What to do with a pair in which the board was seen so; `TAKEN` counts it as kept."""
        if left is None or right is None:
            self._last, self._still = None, 0
            return Verdict.NO_BOARD
        common = np.intersect1d(left.ids, same_way(left, right).ids)
        if len(common) < min(_FEWEST_COMMON, len(self._board.points)):
            return Verdict.NO_BOARD
        moved = self._moved(left)
        self._last = left
        self._still = self._still + 1 if moved < _STILL_PX * self._size[0] else 0
        if self._still < _STILL_PAIRS:
            return Verdict.MOVING
        if max(left.edge_px, right.edge_px) > SHARP_PX:
            return Verdict.BLURRED
        held = self._held(left)
        if any(held.unlike(other) < _NEW for other in self._taken):
            return Verdict.KNOWN
        self.keep(left, right)
        return Verdict.TAKEN

    def keep(self, left: Sighting, right: Sighting) -> None:
        """Count a view as taken, whatever it is like."""
        self._taken.append(self._held(left))
        for boards, sighting in zip(self.boards, (left, right), strict=True):
            boards.append(sighting.pixels)

    def _moved(self, now: Sighting) -> float:
        """Pixels by which the board's corners moved since the pair before, the mean."""
        if self._last is None:
            return float("inf")
        before = same_way(now, self._last)
        common = np.intersect1d(before.ids, now.ids)
        if not len(common):
            return float("inf")
        return float(np.linalg.norm(before.of(common) - now.of(common), axis=1).mean())

    def _held(self, seen: Sighting) -> _Held:
        width, height = self._size
        guess = np.array(
            ((0.8 * width, 0, width / 2), (0, 0.8 * width, height / 2), (0, 0, 1))
        )  # a camera of 64 degrees
        found, turn, _ = cv2.solvePnP(self._board.points[seen.ids], seen.pixels, guess, None)
        normal = cv2.Rodrigues(turn)[0][:, 2] if found else np.array((0.0, 0.0, 1.0))
        normal = normal * (np.sign(normal[2]) or 1)
        x, y = seen.pixels.mean(axis=0) / (width, height)
        area = float(cv2.contourArea(cv2.convexHull(seen.pixels.astype(np.float32))))
        return _Held(float(x), float(y), float(np.sqrt(area / (width * height))), (float(normal[0]), float(normal[1])))


def preview(taker: ViewTaker, left: Picture, right: Picture) -> Picture:
    """(H, 2W, 3) RGB: the newest pair, brighter where boards were seen, with the corners of the newest view."""
    halves = []
    for picture, boards in zip((left, right), taker.boards, strict=True):
        height, width = picture.shape[:2]
        seen = (coverage_map(boards, (width, height)) > 0).astype(np.uint8)
        mask = cv2.resize(seen, (width, height), interpolation=cv2.INTER_NEAREST)[..., None]
        half = np.where(mask, picture, picture // 3).astype(np.uint8)
        for x, y in boards[-1] if boards else ():
            cv2.circle(half, (round(x * 8), round(y * 8)), 24, (250, 190, 60), 1, cv2.LINE_AA, 3)
        halves.append(half)
    return np.hstack(halves)
