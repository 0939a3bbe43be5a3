"""Rectification: both cameras as if they stood side by side, looked the same way and had no distortion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import CalibrationError
from allaprima.calibration.camera import CameraModel, Matrix, Points
from allaprima.calibration.rig import RigCalibration

Picture = NDArray[np.uint8]
"""(H, W, 3) or (H, W) uint8."""

WIDEST = math.tan(math.radians(60))
"""Tangents of a rectified picture reach no further: beyond, a flat picture spends its pixels on next to nothing."""

_NARROWEST = 0.02
_MOST_SKIPPED = 2.5  # raw pixels a side to one: linear filtering sees 2, and averaging sooner blurs more than it mends
_BORDER_POINTS = 64


@dataclass(frozen=True, slots=True)
class Tangents:
    """A rectified picture's edges: a point (x, y, 1), y down, is seen if -left <= x <= right and -up <= y <= down."""

    left: float
    right: float
    up: float
    down: float

    @property
    def width(self) -> float:
        return self.left + self.right

    @property
    def height(self) -> float:
        return self.up + self.down

    def fitted(self, aspect: float) -> Tangents:
        """The part of it, as central as can be, that is `aspect` times as wide as high."""
        if self.width > self.height * aspect:
            left, right = _narrowed(self.left, self.right, self.height * aspect)
            return Tangents(left, right, self.up, self.down)
        up, down = _narrowed(self.up, self.down, self.width / aspect)
        return Tangents(self.left, self.right, up, down)


@dataclass(frozen=True, slots=True)
class RectifiedEye:
    """One camera's conversion from raw to rectified pictures: `rotation` (3x3) turns its rays to the rectified axes."""

    camera: CameraModel
    rotation: Matrix
    tangents: Tangents
    size: tuple[int, int]
    maps: tuple[NDArray[np.int16], NDArray[np.uint16]]
    """Where each pixel comes from in the binned picture, in fixed point (CV_16SC2)."""
    block: int = 1
    """So many raw pixels a side are averaged first, where `size` is so small that most would go unseen."""

    def remap(self, picture: Picture, out: Picture | None = None) -> Picture:
        """The rectified picture, of `size`, into `out` if given: undistorted, turned and resized in one remap."""
        if self.block > 1:
            width, height = picture.shape[1] // self.block, picture.shape[0] // self.block
            whole = picture[: height * self.block, : width * self.block]
            picture = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        flat = cv2.remap(picture, *self.maps, cv2.INTER_LINEAR, dst=out, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(flat, np.uint8)

    def resized(self, size: tuple[int, int]) -> RectifiedEye:
        """The same field of view in a picture of `size`."""
        return self if size == self.size else _eye(self.camera, self.rotation, self.tangents, size)

    def float_map(self) -> NDArray[np.float32]:
        """Where each pixel comes from, exactly: (H, W, 2) x, y in the raw picture, as `cv2.remap` counts them, (0, 0)
        the middle of the first pixel. For remapping without OpenCV; `block` is not applied.
        """
        x, y = _undistortion(self.camera, self.rotation, self.tangents, self.size, cv2.CV_32FC1)
        return np.stack((x, y), axis=-1).astype(np.float32, copy=False)  # (H, W, 2)

    def rectified(self, pixels: Points) -> Points:
        """Pixels of the rectified picture for those of the raw one; NaN for what it does not show the front of."""
        return _turned(self.camera.rays(pixels), self.rotation) * self._focal + self._centre

    def raw(self, pixels: Points) -> Points:
        """Pixels of the raw picture for those of the rectified one."""
        rays = (np.asarray(pixels, float) - self._centre) / self._focal
        return self.camera.project(np.c_[rays, np.ones(len(rays))] @ self.rotation)

    @property
    def _focal(self) -> Matrix:
        return np.array((self.size[0] / self.tangents.width, self.size[1] / self.tangents.height))

    @property
    def _centre(self) -> Matrix:
        return np.array((self.tangents.left, self.tangents.up)) * self._focal - 0.5


@dataclass(frozen=True, slots=True)
class Rectification:
    """Both eyes' rectifications. They share `tangents` and `size`: a point is in the same row of both pictures."""

    left: RectifiedEye
    right: RectifiedEye
    baseline_m: float

    @property
    def tangents(self) -> Tangents:
        return self.left.tangents

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the rectified pictures."""
        return self.left.size

    def resized(self, size: tuple[int, int]) -> Rectification:
        """The same field of view in pictures of `size`, whose pixels need not be square."""
        return Rectification(self.left.resized(size), self.right.resized(size), self.baseline_m)


def rectification(rig: RigCalibration, size: tuple[int, int] | None = None) -> Rectification:
    """Maps of pictures of `rig.size` to rectified ones of `size` (its own if None), with square pixels.

    The rectified axes are those that need the least turning of each camera (Bouguet). The field of view is the
    largest that both cameras fill without a black corner, within `WIDEST`.

    Raises `CalibrationError` for cameras that no pair of eyes looks through: swapped, above one another, or too far
    apart in direction to see the same.
    """
    size = size or rig.size
    turns = _turns(rig)
    eyes = list(zip((rig.left, rig.right), turns, strict=True))
    seen = [_inner(camera, turn, rig.size) for camera, turn in eyes]
    common = Tangents(*(min(getattr(s, side) for s in seen) for side in ("left", "right", "up", "down")))
    if min(common.width, common.height) < _NARROWEST:
        raise CalibrationError("the two cameras do not see the same: they look too far apart", "turn them parallel")
    tangents = common.fitted(size[0] / size[1])
    left, right = (_eye(camera, turn, tangents, size) for camera, turn in eyes)
    return Rectification(left, right, rig.baseline_m)


def _eye(camera: CameraModel, turn: Matrix, tangents: Tangents, size: tuple[int, int]) -> RectifiedEye:
    block = _block(camera, turn, tangents, size)
    maps = _undistortion(camera.binned(block), turn, tangents, size, cv2.CV_16SC2)
    return RectifiedEye(camera, turn, tangents, size, maps, block)


def _block(camera: CameraModel, turn: Matrix, tangents: Tangents, size: tuple[int, int]) -> int:
    """Raw pixels a side to be averaged, by how many there are to a rectified one from edge to edge."""
    t = tangents
    edges = np.array(((-t.left, 0, 1), (t.right, 0, 1), (0, -t.up, 1), (0, t.down, 1)))
    left, right, top, bottom = camera.project(edges @ turn)
    pixels = min(math.dist(left, right) / size[0], math.dist(top, bottom) / size[1])
    return max(1, math.ceil(pixels / _MOST_SKIPPED))


def _undistortion(
    camera: CameraModel, turn: Matrix, tangents: Tangents, size: tuple[int, int], kind: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The two maps of `cv2.remap`, of OpenCV's type `kind`."""
    fx, fy = size[0] / tangents.width, size[1] / tangents.height
    new = np.array(((fx, 0, tangents.left * fx - 0.5), (0, fy, tangents.up * fy - 0.5), (0, 0, 1)))
    make = cv2.fisheye.initUndistortRectifyMap if camera.lens == "fisheye" else cv2.initUndistortRectifyMap
    first, second = make(camera.matrix, camera.coefficients, turn, new, size, kind)
    return first, second


def _turns(rig: RigCalibration) -> tuple[Matrix, Matrix]:
    """Rotations (3x3) of left and right rays to axes of which x points from the left camera to the right one."""
    if rig.rotation[0][0] < 0 and rig.rotation[1][1] < 0:
        raise CalibrationError(
            "one of the two cameras is mounted upside down: they are turned by 180 degrees against one another",
            "mount it the other way up, or set it so in its own settings; then calibrate again",
        )
    half, _ = cv2.Rodrigues(cv2.Rodrigues(np.array(rig.rotation))[0] / 2)
    apart = -half.T @ np.array(rig.translation)  # from left to right, in axes midway between the two cameras'
    x, y, z = apart / np.linalg.norm(apart)
    if max(abs(y), abs(z)) > abs(x):
        how = "above one another" if abs(y) > abs(z) else "behind one another"
        raise CalibrationError(f"the two cameras stand {how}, not side by side", "turn the rig, or check the views")
    if x < 0:
        raise CalibrationError(
            f"left and right are swapped: the right camera stands {rig.baseline_m * 1000:.0f} mm to the left of the "
            "left one",
            "exchange the two: --swap-eyes",
        )
    axis = np.cross((x, y, z), (1.0, 0.0, 0.0))
    sine = float(np.linalg.norm(axis))
    turn = np.eye(3) if sine < 1e-12 else cv2.Rodrigues(axis / sine * math.atan2(sine, x))[0]
    return turn @ half, turn @ half.T


def _inner(camera: CameraModel, turn: Matrix, size: tuple[int, int]) -> Tangents:
    """The rectangle of rectified rays inside the picture's border: each side as far out as all its border reaches."""
    across = np.linspace(-0.5, size[0] - 0.5, _BORDER_POINTS)
    down = np.linspace(-0.5, size[1] - 0.5, _BORDER_POINTS)

    def reach(x: Matrix | float, y: Matrix | float, axis: Literal[0, 1], sign: int) -> float:
        border = np.stack(np.broadcast_arrays(x, y), axis=-1).astype(float)
        tangents = sign * _turned(camera.rays(border), turn)[:, axis]
        return float(np.nanmin([*tangents, WIDEST]))  # what comes from beside or behind is no limit

    return Tangents(
        reach(across[0], down, 0, -1),
        reach(across[-1], down, 0, 1),
        reach(across, down[0], 1, -1),
        reach(across, down[-1], 1, 1),
    )


def _turned(tangents: Points, turn: Matrix) -> Points:
    """Tangents (N, 2) of the rays after `turn`; NaN for those that then point backward."""
    rays = np.c_[tangents, np.ones(len(tangents))] @ turn.T
    rays[~(rays[:, 2] > 1e-6)] = np.nan
    return rays[:, :2] / rays[:, 2:]


def _narrowed(a: float, b: float, whole: float) -> tuple[float, float]:
    """`a` and `b` shortened to `whole` together, the longer first."""
    first = min(a, max(whole / 2, whole - b))
    return first, whole - first
