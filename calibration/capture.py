"""Chooses the views of a moving board to keep: sharp, still, and different from the kept ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.calibration.board import Board, Sighting, same_way
from allaprima.calibration.camera import Points
from allaprima.calibration.rectify import Picture
from allaprima.calibration.solve import coverage_map

SHARP_PX = 4.0
"""Edges may be this wide in a view that is taken."""
ENOUGH_TILTED = 5
"""Views in which the board is turned away: without them a focal length is a guess."""

_STILL_PX = 0.002  # of the picture's width, from one pair to the next
_STILL_PAIRS = 2
_NEW = 0.12
_FEWEST_COMMON = 12
_TILTED = math.sin(math.radians(15))
_PLACE_SEEN = 0.5  # of a ninth of the picture: more is beyond a chessboard, all of which must be in sight

Place = tuple[int, int]
"""(row, column) of a ninth of the picture, (0, 0) the top left one."""


class ViewQuality(Enum):
    """The verdict on a pair, as shown to the person who holds the board."""

    TAKEN = "taken"
    NO_BOARD = "no board in both pictures"
    ONE_EYE = "both pictures are of one camera"
    ANOTHER_BOARD = "not all of this board, or another one"
    MOVING = "hold it still"
    BLURRED = "blurred: hold it stiller, or bring more light"
    KNOWN = "like one there is: move or tilt it"


@dataclass(frozen=True, slots=True)
class Progress:
    """What there is so far. `coverage` are the parts (0..1) of the left and the right picture that boards were seen on,
    `maps` how many boards on each cell of a grid (`coverage_map`), `tilted` the views in which the board was turned
    away by 15 degrees or more, `wanted` where it has been least, None where it has been everywhere.
    """

    count: int
    coverage: tuple[float, float]
    maps: tuple[NDArray[np.int32], NDArray[np.int32]]
    tilted: int
    wanted: Place | None

    @property
    def advice(self) -> str:
        """What to do next, in a few words."""
        if self.wanted:
            return f"towards {place_name(self.wanted)}"
        return "tilt it" if self.tilted < ENOUGH_TILTED else "nearer or further away, tilted otherwise"


def place_name(place: Place, mirrored: bool = False) -> str:
    """Such as 'the top left'; `mirrored` if the picture is shown as in a mirror."""
    row, column = place
    across = ("left", "", "right")[2 - column if mirrored else column]
    return "the " + (f"{('top', '', 'bottom')[row]} {across}".strip() or "middle")


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


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of the board in a pair, by the left and by the right camera, what became of it and what there is
    since. `t_ns` is the pair's stamp. `guess` are the inner corners (across, down) of the board in sight where that is
    another one.
    """

    left: Sighting | None
    right: Sighting | None
    verdict: ViewQuality
    progress: Progress
    t_ns: int = 0
    guess: tuple[int, int] | None = None


class ViewTaker:
    """Looks at pair after pair of `board` in pictures of `size` (width, height) and says which to keep."""

    def __init__(self, board: Board, size: tuple[int, int]) -> None:
        self._board, self._size = board, size
        self._taken: list[_Held] = []
        self.boards: tuple[list[Points], list[Points]] = ([], [])
        """Corners of the views taken, in the left and in the right picture."""
        self._last: tuple[Sighting, Sighting] | None = None
        self._still = 0
        self.progress = self._progress()
        """As it is now: it may be kept, and looked at from another thread."""

    def consider(self, left: Sighting | None, right: Sighting | None) -> ViewQuality:
        """What to do with a pair in which the board was seen so; `TAKEN` counts it as kept."""
        seen, self._last = self._last, None
        if left is None or right is None:
            return ViewQuality.NO_BOARD
        if np.array_equal(left.pixels, right.pixels):
            return ViewQuality.ONE_EYE
        if not (left.whole and right.whole):
            return ViewQuality.ANOTHER_BOARD
        common = np.intersect1d(left.ids, same_way(left, right).ids)
        if len(common) < min(_FEWEST_COMMON, len(self._board.points)):
            return ViewQuality.NO_BOARD
        self._last = left, right
        moved = max(map(_moved, seen, self._last)) if seen else math.inf
        self._still = self._still + 1 if moved < _STILL_PX * self._size[0] else 0
        if self._still < _STILL_PAIRS:
            return ViewQuality.MOVING
        if max(left.edge_px, right.edge_px) > SHARP_PX:
            return ViewQuality.BLURRED
        held = self._held(left)
        if any(held.unlike(other) < _NEW for other in self._taken):
            return ViewQuality.KNOWN
        self.keep(left, right)
        return ViewQuality.TAKEN

    def keep(self, left: Sighting, right: Sighting) -> None:
        """Count a view as taken, without a check."""
        self._taken.append(self._held(left))
        for boards, sighting in zip(self.boards, (left, right), strict=True):
            boards.append(sighting.pixels)
        self.progress = self._progress()

    def _progress(self) -> Progress:
        left, right = (coverage_map(boards, self._size) for boards in self.boards)
        tilted = sum(math.hypot(*held.tilt) > _TILTED for held in self._taken)
        coverage = float((left > 0).mean()), float((right > 0).mean())
        return Progress(len(self._taken), coverage, (left, right), tilted, _least_seen(left + right))

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


def _moved(before: Sighting, now: Sighting) -> float:
    """Pixels by which the board's corners moved from one pair to the next, the mean."""
    before = same_way(now, before)
    common = np.intersect1d(before.ids, now.ids)
    if not len(common):
        return math.inf
    return float(np.linalg.norm(before.of(common) - now.of(common), axis=1).mean())


def _least_seen(seen: NDArray[np.int32]) -> Place | None:
    """The ninth of the picture that boards were seen on least, the corners first; None where they were everywhere."""
    rows = np.array_split(seen > 0, 3, axis=0)
    parts = np.array([[part.mean() for part in np.array_split(row, 3, axis=1)] for row in rows])
    row, column = divmod(int(parts.argmin()), 3)
    return (row, column) if parts[row, column] < _PLACE_SEEN else None


def preview(taker: ViewTaker, left: Picture, right: Picture) -> Picture:
    """(H, 2W, 3) RGB: the newest pair, brighter where boards were seen, with the corners of the newest view."""
    halves = []
    for picture, boards, seen in zip((left, right), taker.boards, taker.progress.maps, strict=True):
        height, width = picture.shape[:2]
        mask = cv2.resize((seen > 0).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)[..., None]
        half = np.where(mask, picture, picture // 3).astype(np.uint8)
        for x, y in boards[-1] if boards else ():
            cv2.circle(half, (round(x * 8), round(y * 8)), 24, (250, 190, 60), 1, cv2.LINE_AA, 3)
        halves.append(half)
    return np.hstack(halves)
