"""From boards that both cameras saw to a rig: each camera alone, then both, without the views that do not fit."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import CalibrationError
from allaprima.calibration.board import Board, Sighting, same_way
from allaprima.calibration.camera import CameraModel, Lens, Matrix, Points
from allaprima.calibration.rectify import rectification
from allaprima.calibration.rig import RigCalibration, as_rotation, as_vector

_Result = TypeVar("_Result")

FEWEST_VIEWS = 5
BLURRED_PX = 6.0
"""Edges wider than this are not a corner's, but a smear's."""

_OUTLIER = 3.0  # times the median error
_WORST_PX = 0.7  # and worse than this: among good views, the worst is still good
_UNTIL = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 200, 1e-7)
_FEWEST_COMMON = 8
_NO_RIG = 0.01
"""Of the picture's width: where the error is larger, there is no such pair of cameras."""
_TURNED: tuple[tuple[str, tuple[bool, bool]], ...] = (
    ("upside down (turned by 180 degrees)", (True, True)),
    ("mirrored left to right", (True, False)),
    ("mirrored top to bottom", (False, True)),
)


@dataclass(frozen=True, slots=True)
class View:
    """The board as both cameras saw it at one moment; `name` for people."""

    name: str
    left: Sighting
    right: Sighting


@dataclass(frozen=True, slots=True)
class SolvedView:
    """A view that was used. `rms_px` how far its corners are from where the rig says, `vertical_px` how far left and
    right are from one row after rectification (mean), `tilt_deg` how far the board was turned away from the camera.
    """

    view: View
    rms_px: float
    vertical_px: float
    tilt_deg: float


@dataclass(frozen=True, slots=True)
class Solution:
    """A rig and how good it is. `dropped` are the names of views that were left out, and why; `left_rms_px` and
    `right_rms_px` each camera alone, `rms_px` both together; `coverage` the parts (0..1) of the left and the right
    picture that the boards were seen on; `advice` what would make it better.
    """

    rig: RigCalibration
    used: tuple[SolvedView, ...]
    dropped: tuple[tuple[str, str], ...]
    left_rms_px: float
    right_rms_px: float
    rms_px: float
    coverage: tuple[float, float]
    advice: tuple[str, ...]

    @property
    def vertical_px(self) -> float:
        """Mean vertical error after rectification, over all corners' views, in pixels of the cameras' focal length."""
        return float(np.mean([v.vertical_px for v in self.used]))


def solve(views: Sequence[View], board: Board, size: tuple[int, int], lens: Lens = "pinhole") -> Solution:
    """Calibrate on `views` of `board` in pictures of `size` (width, height).

    Zhang 2000 for each camera, then all of both cameras together. A view whose error is far above the others' is left
    out and the rest solved again.

    Raises `CalibrationError` when fewer than `FEWEST_VIEWS` are good, the numbers do not converge, or left and right
    are swapped.
    """
    left, dropped = _usable(views)
    kept, first, _ = _without_outliers(left, dropped, lambda vs: _mono([v.left for v in vs], board, size, lens))
    kept, second, _ = _without_outliers(kept, dropped, lambda vs: _mono([v.right for v in vs], board, size, lens))
    common = list(kept)
    try:
        kept, pair, errors = _without_outliers(
            kept, dropped, lambda vs: _stereo(vs, board, size, first.camera, second.camera)
        )
    except CalibrationError as error:  # of numbers that do not fit, perhaps
        raise _misfit(common, board, size, first.camera, second.camera) or error from error
    if pair.rms_px > _NO_RIG * size[0] and (failure := _misfit(common, board, size, first.camera, second.camera)):
        raise failure  # nothing is concluded from a rig that does not fit
    used = tuple(
        SolvedView(view, float(error), _vertical(pair.rig, view), tilt)
        for view, error, tilt in zip(kept, errors, pair.tilts, strict=True)
    )
    coverage = (covered([v.left.pixels for v in kept], size), covered([v.right.pixels for v in kept], size))
    return Solution(
        pair.rig,
        used,
        tuple(dropped),
        first.rms_px,
        second.rms_px,
        pair.rms_px,
        coverage,
        _advice(pair, used, coverage),
    )


def covered(boards: Sequence[Points], size: tuple[int, int]) -> float:
    """The part (0..1) of the picture that lies within one of `boards`, each the pixels of its corners."""
    return float(coverage_map(boards, size).astype(bool).mean()) if boards else 0.0


def coverage_map(boards: Sequence[Points], size: tuple[int, int]) -> NDArray[np.int32]:
    """How many boards lay over each cell of a grid 64 cells wide."""
    scale = 64 / size[0]
    total = np.zeros((max(round(size[1] * scale), 1), 64), np.int32)
    for pixels in boards:
        cell = np.zeros(total.shape, np.uint8)
        hull = cv2.convexHull(np.round(pixels * scale).astype(np.int32))
        total += cv2.fillConvexPoly(cell, hull, 1)
    return total


@dataclass(frozen=True, slots=True)
class _Mono:
    camera: CameraModel
    rms_px: float


@dataclass(frozen=True, slots=True)
class _Pair:
    rig: RigCalibration
    rms_px: float
    tilts: tuple[float, ...]


def _usable(views: Sequence[View]) -> tuple[list[View], list[tuple[str, str]]]:
    """Views with enough corners that both see, cut down to those; and the blurred and the poor, with the reason."""
    usable: list[View] = []
    dropped: list[tuple[str, str]] = []
    for view in views:
        right = same_way(view.left, view.right)
        common = np.intersect1d(view.left.ids, right.ids)
        blurred = [eye for eye, s in (("left", view.left), ("right", right)) if s.edge_px > BLURRED_PX]
        if blurred:
            edge = max(view.left.edge_px, right.edge_px)
            dropped.append((view.name, f"{' and '.join(blurred)} blurred: edges are {edge:.0f} pixels wide"))
        elif len(common) < _FEWEST_COMMON:
            dropped.append((view.name, f"both cameras see only {len(common)} of the same corners"))
        else:
            sightings = (Sighting(common, s.of(common), s.edge_px) for s in (view.left, right))
            usable.append(View(view.name, *sightings))
    return usable, dropped


def _misfit(
    views: list[View], board: Board, size: tuple[int, int], left: CameraModel, right: CameraModel
) -> CalibrationError | None:
    """Why no rig fits `views`: how the pictures of one camera look against the other's, if they fit once that is
    undone. None where a rig fits them as they are.
    """
    if _error(views, board, size, left, right) <= _NO_RIG * size[0]:
        return None
    for how, flipped in _TURNED:
        undone = [View(view.name, view.left, _flipped(view, board, size, flipped)) for view in views]
        x, y = (side - 1 - c if flip else c for side, c, flip in zip(size, right.centre, flipped, strict=True))
        if _error(undone, board, size, left, replace(right, centre=(x, y))) <= _NO_RIG * size[0]:
            return CalibrationError(
                f"the right camera's pictures are {how} against the left one's, or the other way round",
                "mount that camera the other way up, or set it so in its own settings; then take the views again",
            )
    return CalibrationError(
        f"no pair of cameras fits these {len(views)} views: the error is more than {_NO_RIG * size[0]:.0f} pixels",
        "are left and right of a view of one moment, the board right, and its pictures in order?",
    )


def _error(views: list[View], board: Board, size: tuple[int, int], left: CameraModel, right: CameraModel) -> float:
    """The median view's, in pixels, so that a few that are wrong do not count."""
    try:
        return float(np.median(_stereo(views, board, size, left, right)[1]))
    except (CalibrationError, cv2.error):
        return math.inf


def _flipped(view: View, board: Board, size: tuple[int, int], flipped: tuple[bool, bool]) -> Sighting:
    """The right sighting as if its picture were flipped along x, y or both, counted from the same end as the left."""
    pixels = np.where(flipped, np.subtract(size, 1) - view.right.pixels, view.right.pixels)
    if board.kind == "chessboard" and flipped[0] != flipped[1] and len(pixels) == len(board.points):
        across, down = board.corners  # a mirrored chessboard is found, with each row counted from its other end
        pixels = pixels.reshape(down, across, 2)[:, ::-1].reshape(-1, 2)
    return same_way(view.left, replace(view.right, pixels=pixels))


def _without_outliers(
    views: list[View], dropped: list[tuple[str, str]], fit: Callable[[list[View]], tuple[_Result, Matrix]]
) -> tuple[list[View], _Result, Matrix]:
    """Fit, leave out the worst view while it is far above the median, fit again. Errors are one a view."""
    kept = list(views)
    while True:
        if len(kept) < FEWEST_VIEWS:
            blurred = sum("blurred" in reason for _, reason in dropped)
            raise CalibrationError(
                f"only {len(kept)} good {'view' if len(kept) == 1 else 'views'} of the board, at least {FEWEST_VIEWS} "
                "are needed" + (f" (left out: {_listed(dropped)})" if dropped else ""),
                "more light, a board held stiller, or a lens in focus"
                if blurred > len(kept)
                else "take 15 or more, near and far, tilted, in every corner of the picture",
            )
        try:
            result, errors = fit(kept)
        except cv2.error as error:
            raise CalibrationError(
                f"no camera fits these {len(kept)} views ({str(error.err).strip()[:80]})",
                "take views that are tilted and spread over the whole picture; check --board and --fisheye",
            ) from error
        worst = int(np.argmax(errors))
        limit = max(_WORST_PX, _OUTLIER * float(np.median(errors)))
        if errors[worst] <= limit or len(kept) == FEWEST_VIEWS:
            return kept, result, errors
        dropped.append((kept[worst].name, f"does not fit the others: {errors[worst]:.1f} px, limit {limit:.1f}"))
        del kept[worst]


def _mono(seen: list[Sighting], board: Board, size: tuple[int, int], lens: Lens) -> tuple[_Mono, Matrix]:
    points = [_shaped(board.points[s.ids], lens) for s in seen]
    pixels = [_shaped(s.pixels, lens) for s in seen]
    if lens == "fisheye":
        flags = cv2.CALIB_RECOMPUTE_EXTRINSIC | cv2.CALIB_FIX_SKEW
        guess = np.array(((size[0] / 2.5, 0, size[0] / 2 - 0.5), (0, size[0] / 2.5, size[1] / 2 - 0.5), (0, 0, 1.0)))
        rms, k, d, turns, places = cv2.fisheye.calibrate(
            points, pixels, size, guess, np.zeros(4), flags=flags | cv2.CALIB_USE_INTRINSIC_GUESS, criteria=_UNTIL
        )
    else:
        rms, k, d, turns, places = cv2.calibrateCamera(points, pixels, size, None, None, criteria=_UNTIL)
    camera = _camera(k, d, lens)
    errors = [
        _rms(camera.project(_placed(board.points[s.ids], turn, place)) - s.pixels)
        for s, turn, place in zip(seen, turns, places, strict=True)
    ]
    return _Mono(camera, float(rms)), np.array(errors)


def _stereo(
    views: list[View], board: Board, size: tuple[int, int], left: CameraModel, right: CameraModel
) -> tuple[_Pair, Matrix]:
    lens = left.lens
    fewest = min(len(v.left.ids) for v in views)
    parts: list[Any] = [slice(None)] * len(views)
    if lens == "fisheye":  # OpenCV wants as many corners in each view
        parts = [np.linspace(0, len(v.left.ids) - 1, fewest).astype(int) for v in views]
    taken = list(zip(views, parts, strict=True))
    points = [_shaped(board.points[v.left.ids[part]], lens) for v, part in taken]
    first = [_shaped(v.left.pixels[part], lens) for v, part in taken]
    second = [_shaped(v.right.pixels[part], lens) for v, part in taken]
    k1, d1, k2, d2 = left.matrix, left.coefficients, right.matrix, right.coefficients
    flags = cv2.CALIB_USE_INTRINSIC_GUESS
    if lens == "fisheye":
        flags |= cv2.CALIB_RECOMPUTE_EXTRINSIC | cv2.CALIB_FIX_SKEW
        rms, k1, d1, k2, d2, turn, apart, turns, places = cv2.fisheye.stereoCalibrate(
            points, first, second, k1, d1, k2, d2, size, flags=flags, criteria=_UNTIL
        )
    else:
        rms, k1, d1, k2, d2, turn, apart, _, _, turns, places, _ = cv2.stereoCalibrateExtended(
            points, first, second, k1, d1, k2, d2, size, np.eye(3), np.zeros(3), flags=flags, criteria=_UNTIL
        )
    a, b = _camera(k1, d1, lens), _camera(k2, d2, lens)
    rig = RigCalibration(size, a, b, as_rotation(turn), as_vector(apart))
    errors, tilts = [], []
    for view, board_turn, place in zip(views, turns, places, strict=True):
        seen = _placed(board.points[view.left.ids], board_turn, place)
        other = seen @ np.asarray(turn).T + np.ravel(apart)
        errors.append(_rms(np.concatenate([a.project(seen) - view.left.pixels, b.project(other) - view.right.pixels])))
        normal = cv2.Rodrigues(board_turn)[0][:, 2]
        tilts.append(math.degrees(math.acos(min(1.0, abs(float(normal[2]))))))
    return _Pair(rig, float(rms), tuple(tilts)), np.array(errors)


def _vertical(rig: RigCalibration, view: View) -> float:
    """Mean distance in pixels between the rows of left and right corners after rectification at the cameras' scale."""
    rectified = rectification(rig)
    rows = [eye.rectified(s.pixels)[:, 1] for eye, s in ((rectified.left, view.left), (rectified.right, view.right))]
    scale = rig.left.focal[1] * rectified.tangents.height / rectified.size[1]
    return float(np.nanmean(np.abs(rows[0] - rows[1]))) * scale


def _advice(pair: _Pair, used: tuple[SolvedView, ...], coverage: tuple[float, float]) -> tuple[str, ...]:
    advice = []
    if pair.rms_px > 1:
        other = "without --fisheye" if pair.rig.left.lens == "fisheye" else "--fisheye for a wide lens"
        advice.append(f"an error of {pair.rms_px:.1f} px is high: is the board flat, its size right? Or try {other}")
    if len(used) < 10:
        advice.append(f"{len(used)} views are few: 15 or more make the numbers steadier")
    if min(coverage) < 0.5:
        advice.append(f"the boards cover {min(coverage):.0%} of the picture: hold it into the corners, too")
    if max(v.tilt_deg for v in used) < 20:
        advice.append("all boards face the cameras: tilt some by 30 to 45 degrees, or the focal length is a guess")
    if not 0.02 <= pair.rig.baseline_m <= 0.3:
        advice.append(f"a baseline of {pair.rig.baseline_m * 1000:.0f} mm is unusual: is --square right?")
    return tuple(advice)


def _camera(k: Matrix, d: Matrix, lens: Lens) -> CameraModel:
    coefficients = tuple(float(c) for c in np.ravel(d))
    return CameraModel((float(k[0, 0]), float(k[1, 1])), (float(k[0, 2]), float(k[1, 2])), coefficients, lens)


def _shaped(values: Matrix, lens: Lens) -> Matrix:
    """Each of OpenCV's two calibrations insists on a shape and a type of its own."""
    if lens == "fisheye":
        return values.reshape(1, -1, values.shape[1]).astype(np.float64)
    return values.reshape(-1, 1, values.shape[1]).astype(np.float32)


def _placed(points: Matrix, turn: Matrix, place: Matrix) -> Matrix:
    return points @ cv2.Rodrigues(turn)[0].T + np.ravel(place)


def _rms(differences: Points) -> float:
    return float(np.sqrt((differences**2).sum(axis=1).mean()))


def _listed(dropped: list[tuple[str, str]]) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in dropped[:3]) + ("; ..." if len(dropped) > 3 else "")
