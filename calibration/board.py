"""Calibration boards: their drawing, and their detection in pictures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import CalibrationError
from allaprima.calibration.camera import Matrix, Points
from allaprima.calibration.whole import is_whole

Grey = NDArray[np.uint8]
"""(H, W) uint8."""

Kind = Literal["chessboard", "charuco"]

_DICTIONARY = cv2.aruco.DICT_5X5_250
_OURS = "5X5"
_FAMILIES = {
    "4X4": cv2.aruco.DICT_4X4_1000,
    _OURS: cv2.aruco.DICT_5X5_1000,
    "6X6": cv2.aruco.DICT_6X6_1000,
    "7X7": cv2.aruco.DICT_7X7_1000,
    "ARUCO_ORIGINAL": cv2.aruco.DICT_ARUCO_ORIGINAL,
    "APRILTAG_36h11": cv2.aruco.DICT_APRILTAG_36h11,
}
"""OpenCV's dictionaries; the smaller ones of a family are the beginning of its largest."""
_FEWEST_MARKERS = 6
"""So many are no accident."""
_COUNT_THEM = "count the inner corners of a chessboard, the squares of a ChArUco board; show all of it, well lit"
_CELLS = 9
"""Cells of a ChArUco square; its marker takes 7: five bits and its black rim."""
_MARKER = 7 / _CELLS
_FEWEST_CORNERS = 8
_SPEC = re.compile(r"(?:(chessboard|charuco):)?(\d{1,3})x(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A board in one picture: `pixels` (N, 2) of the corners whose numbers on the board are `ids` (N,), ascending.

    `edge_px` is how wide its black-white edges are, in pixels: about 2 where the picture is sharp. `whole` is False
    where the board in sight is another one: it has more corners than were looked for, or others.
    """

    ids: NDArray[np.int64]
    pixels: Points
    edge_px: float
    whole: bool = True

    def of(self, ids: NDArray[np.int64]) -> Points:
        """The pixels of the corners `ids`, all of which must be in sight."""
        return self.pixels[np.searchsorted(self.ids, ids)]


@dataclass(frozen=True)
class Board:
    """A chessboard of `columns` x `rows` inner corners, or a ChArUco board of `columns` x `rows` squares, whose markers
    say which corner is which, so that a part of it is enough (Garrido-Jurado 2014). `square_m` is a square's side.

    Raises `CalibrationError` for a board that cannot be printed or looks the same when turned.
    """

    columns: int
    rows: int
    square_m: float = 0.025
    kind: Kind = "chessboard"

    def __post_init__(self) -> None:
        if not (3 <= self.columns <= 40 and 3 <= self.rows <= 40):
            raise CalibrationError(f"a board cannot be {self.columns}x{self.rows}", "3 to 40 a side; 9x6 is good")
        if self.kind == "chessboard" and self.columns == self.rows:
            raise CalibrationError(
                f"a board of {self.columns}x{self.rows} looks the same when it is turned", "take one such as 9x6"
            )
        if self.kind == "charuco" and self.columns * self.rows > 500:
            raise CalibrationError(f"there are not enough markers for {self}", "500 squares at most")
        if not 0.001 <= self.square_m <= 1:
            raise CalibrationError(f"squares cannot be {self.square_m * 1000:g} mm wide", "1 mm to 1 m: --square 25mm")

    @staticmethod
    def parse(spec: str, square_m: float = 0.025) -> Board:
        """`9x6` or `chessboard:9x6`, counted in inner corners, or `charuco:11x8`, counted in squares."""
        match = _SPEC.fullmatch(spec.strip().lower())
        if not match:
            raise CalibrationError(
                f"'{spec}' is no board", "--board 9x6 (inner corners of a chessboard) or charuco:11x8 (squares)"
            )
        kind: Kind = "charuco" if match[1] == "charuco" else "chessboard"
        return Board(int(match[2]), int(match[3]), square_m, kind)

    def __str__(self) -> str:
        return f"{self.kind} {self.columns}x{self.rows}"

    @property
    def corners(self) -> tuple[int, int]:
        """Inner corners (across, down)."""
        less = 1 if self.kind == "charuco" else 0
        return self.columns - less, self.rows - less

    @property
    def squares(self) -> tuple[int, int]:
        """Squares (across, down)."""
        return self.corners[0] + 1, self.corners[1] + 1

    @property
    def points(self) -> Matrix:
        """(N, 3) metres of the inner corners, row by row from the top left one; z is 0."""
        across, down = self.corners
        y, x = np.mgrid[:down, :across].reshape(2, -1) * self.square_m
        return np.stack([x, y, np.zeros_like(x)], axis=1)

    def cells(self) -> tuple[NDArray[np.bool_], float]:
        """What is black, as the coarsest grid that shows it, and a cell's side in metres; the top left square is."""
        across, down = self.squares
        if self.kind == "chessboard":
            return np.add.outer(np.arange(down), np.arange(across)) % 2 == 0, self.square_m
        picture = self._aruco.generateImage((across * _CELLS, down * _CELLS), marginSize=0, borderBits=1)
        return np.asarray(picture) < 128, self.square_m / _CELLS

    def find(self, picture: NDArray[np.uint8], within_px: int | None = None) -> Sighting | None:
        """The board in `picture` (H, W) or (H, W, 3) RGB, to a fraction of a pixel; None if not enough of it is seen.

        A chessboard is looked for in a copy no wider than `within_px`, which is quicker and misses small ones.
        """
        grey = _grey(picture)
        if self.kind == "charuco":
            found, whole = self._find_charuco(grey), True  # its markers identify the corners
        else:
            found = self._find_chessboard(grey, within_px or grey.shape[1])
            whole = found is not None and is_whole(grey, found[1], self.corners)
        if found is None:
            return None
        ids, pixels = found
        return Sighting(ids, pixels, edge_width(grey, pixels, _spacing(pixels)), whole)

    @cached_property
    def _aruco(self) -> Any:
        dictionary = cv2.aruco.getPredefinedDictionary(_DICTIONARY)
        return cv2.aruco.CharucoBoard((self.columns, self.rows), self.square_m, self.square_m * _MARKER, dictionary)

    @cached_property
    def _detector(self) -> Any:
        return cv2.aruco.CharucoDetector(self._aruco)

    def in_old_pattern(self, grey: Grey) -> bool:
        """Whether `grey` shows this ChArUco board as OpenCV before 4.6 drew it."""
        dictionary = cv2.aruco.getPredefinedDictionary(_DICTIONARY)
        board = cv2.aruco.CharucoBoard((self.columns, self.rows), self.square_m, self.square_m * _MARKER, dictionary)
        board.setLegacyPattern(True)
        ids = cv2.aruco.CharucoDetector(board).detectBoard(grey)[1]
        return ids is not None and len(ids) >= _FEWEST_CORNERS

    def _find_charuco(self, grey: Grey) -> tuple[NDArray[np.int64], Points] | None:
        corners, ids, _, _ = self._detector.detectBoard(grey)
        if ids is None or len(ids) < _FEWEST_CORNERS:
            return None
        numbers = ids.reshape(-1).astype(np.int64)
        order = np.argsort(numbers)
        pixels = _refined(grey, corners.reshape(-1, 2)[order], 1 - _MARKER)  # no marker in the window
        return numbers[order], pixels

    def _find_chessboard(self, grey: Grey, within_px: int) -> tuple[NDArray[np.int64], Points] | None:
        looked_at, scale = _within(grey, within_px)
        found, corners = cv2.findChessboardCornersSB(looked_at, self.corners)
        if not found:  # the older detector sees some boards that are dark, or close to the border
            flags = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_FAST_CHECK
            found, corners = cv2.findChessboardCorners(looked_at, self.corners, flags=flags)
        if not found:
            return None
        start = (corners.reshape(-1, 2) + 0.5) / scale - 0.5
        if not ((start >= 0) & (start <= np.subtract(grey.shape[::-1], 1))).all():
            return None  # if searching too small a board, detectors put corners outside the picture
        # Refined in any case: the sector detector's own corners make focal lengths of rendered boards 0.3 % too long.
        pixels = _refined(grey, start, 0.6)
        return np.arange(len(pixels)), pixels


def same_way(left: Sighting, right: Sighting) -> Sighting:
    """`right` with its corners counted from the same end as in `left`: half a turn leaves a chessboard as it was."""
    a, b = left.pixels[-1] - left.pixels[0], right.pixels[-1] - right.pixels[0]
    whole = len(left.ids) == len(right.ids) == left.ids[-1] + 1
    return replace(right, pixels=right.pixels[::-1]) if whole and a @ b < 0 else right


def edge_width(grey: Grey, pixels: Points, spacing: float) -> float:
    """Pixels over which black becomes white about the corners, the median: contrast over steepest slope."""
    radius = int(np.clip(spacing * 0.4, 3, 12))
    widths = []
    for x, y in np.round(pixels).astype(int):
        patch = grey[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1].astype(np.float32)
        if min(patch.shape) < 5:
            continue
        slope = np.hypot(cv2.Scharr(patch, cv2.CV_32F, 1, 0), cv2.Scharr(patch, cv2.CV_32F, 0, 1)) / 32
        low, high = np.percentile(patch, (5, 95))
        widths.append(float(high - low) / max(float(slope[1:-1, 1:-1].max()), 1e-3))
    return float(np.median(widths)) if widths else float("inf")


def guess_board(picture: NDArray[np.uint8], within_px: int | None = None) -> tuple[int, int] | None:
    """Inner corners (across, down) of the chessboard in a picture in which another was looked for, if all of it and
    what is around it is in sight. `within_px` as for `Board.find`.
    """
    grey, _ = _within(_grey(picture), within_px or picture.shape[1])
    flags = cv2.CALIB_CB_LARGER | cv2.CALIB_CB_NORMALIZE_IMAGE
    found, corners, meta = cv2.findChessboardCornersSBWithMeta(grey, (3, 3), flags)
    if not found or meta is None or meta.ndim != 2:
        return None
    down, across = meta.shape
    if not is_whole(grey, corners.reshape(-1, 2), (across, down), with_surroundings=True):
        return None
    return max(across, down), min(across, down)


def board_hint(board: Board, pictures: Iterable[NDArray[np.uint8]]) -> str:
    """The hint if `pictures` do not show `board`: it names the board that most of them show, if recognised."""
    if board.kind == "charuco":
        return next((hint for picture in pictures if (hint := _markers_hint(board, _grey(picture)))), _COUNT_THEM)
    if board.kind == "chessboard":
        guesses = Counter(guess for picture in pictures if (guess := guess_board(picture)))
        for (across, down), _ in guesses.most_common(1):
            if {across, down} != {*board.corners}:
                return f"it looks like --board {across}x{down}"
    return _COUNT_THEM


def _markers_hint(board: Board, grey: Grey) -> str:
    """What the markers in `grey` are instead of those of `board`; empty where too few are seen."""
    seen = {name: _markers(grey, dictionary) for name, dictionary in _FAMILIES.items()}
    name, most = max(seen.items(), key=lambda entry: len(entry[1]))
    if len(most) < _FEWEST_MARKERS:
        mirrored = _markers(np.ascontiguousarray(grey[:, ::-1]), _DICTIONARY)
        return "the pictures are mirrored: turn that off in the camera" if len(mirrored) >= _FEWEST_MARKERS else ""
    ours = "print one: allaprima calibrate board"
    if name != _OURS:
        return f"its markers are of the dictionary {name}, those of this program's boards of {_OURS}_250: {ours}"
    if board.in_old_pattern(grey):
        return f"it is in OpenCV's old pattern, of before 4.6, with a white corner square: {ours}"
    return f"its markers are seen ({len(most)} of them): count its squares, and give --board charuco:ACROSSxDOWN"


def _markers(grey: Grey, dictionary: int) -> set[int]:
    """Numbers of the markers in sight."""
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(dictionary))
    ids = detector.detectMarkers(grey)[1]
    return set() if ids is None else {int(number) for number in ids.ravel()}


def _grey(picture: NDArray[np.uint8]) -> Grey:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture  # type: ignore[return-value]


def _within(grey: Grey, width: int) -> tuple[Grey, float]:
    """`grey` in a copy no wider than `width`, and its scale."""
    if grey.shape[1] <= width:
        return grey, 1.0
    scale = width / grey.shape[1]
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), scale  # type: ignore[return-value]


def _spacing(pixels: NDArray[Any]) -> float:
    """The least distance between two corners, in pixels."""
    apart = np.linalg.norm(pixels[:, None] - pixels[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    return float(apart.min())


def _refined(grey: Grey, pixels: NDArray[np.float32], clear: float) -> Points:
    """To where the gradients about each corner say it is (Förstner 1987), in a window of `clear` squares, within which
    there is nothing but the corner.
    """
    radius = int(np.clip(_spacing(pixels) * clear / 2, 2, 11))
    until = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-4)
    start = np.array(pixels, np.float32).reshape(-1, 1, 2)  # a copy: it is written to
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.7)  # steps between pixels are no gradients
    return np.asarray(cv2.cornerSubPix(smooth, start, (radius, radius), (-1, -1), until), float).reshape(-1, 2)
