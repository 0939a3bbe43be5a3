"""Two calibrated cameras on a head."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np

from allaprima.app.core.errors import CalibrationError
from allaprima.calibration.camera import CameraModel, Matrix

Vector3 = tuple[float, float, float]
Rotation = tuple[Vector3, Vector3, Vector3]
"""A 3x3 rotation, row by row."""

STRAIGHT: Rotation = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

LONGEST_SIDE = 16_384
_ORTHONORMAL = 1e-4
_FARTHEST_M = 10.0


TRIM_LIMITS = {
    "vertical_deg": (-10.0, 10.0),
    "separation_m": (-0.2, 0.2),
    "fov_scale": (0.5, 2.0),
    "distance_m": (0.2, 100.0),
}
"""Least and most of each of the `Trims`."""


@dataclass(frozen=True, slots=True)
class CameraToHead:
    """Where the middle between the rectified cameras sits on the head, and how they are turned on it.

    Metres and a rotation, in the headset's axes: x right, y up, z backward. The default looks straight ahead.
    """

    position: Vector3 = (0.0, 0.0, 0.0)
    rotation: Rotation = STRAIGHT

    def __post_init__(self) -> None:
        _check_metres(self.position, "the cameras' place on the head")
        _check_rotation(self.rotation, "the cameras' rotation on the head")


@dataclass(frozen=True, slots=True)
class Trims:
    """What the wearer has set by eye, on top of what was measured.

    `vertical_deg` raises the right eye's picture against the left's; `separation_m` is added to the distance between
    the cameras; `fov_scale` multiplies the tangents of their field of view; `distance_m` is the projection distance,
    None the program's own.
    """

    vertical_deg: float = 0.0
    separation_m: float = 0.0
    fov_scale: float = 1.0
    distance_m: float | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in TRIM_LIMITS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:  # NaN is not, either
                raise CalibrationError(
                    f"{name} = {value:g} is outside {low:g} to {high:g}", "give a value within those limits"
                )


@dataclass(frozen=True, slots=True)
class RigCalibration:
    """Two cameras of pictures of `size` (width, height) pixels.

    A point `p` in the left camera's frame is `rotation @ p + translation` in the right one's, metres, in OpenCV's axes
    (x right, y down, z forward). So the right camera, which stands to the right, has a negative translation in x.
    `camera_delay_ms` is the time from exposure to the stamp.

    Raises `CalibrationError` where a number is not finite or is impossible.
    """

    size: tuple[int, int]
    left: CameraModel
    right: CameraModel
    rotation: Rotation
    translation: Vector3
    camera_delay_ms: float = 0.0
    head: CameraToHead = field(default_factory=CameraToHead)
    trims: Trims = field(default_factory=Trims)

    def __post_init__(self) -> None:
        if not all(16 <= side <= LONGEST_SIDE for side in self.size):
            raise CalibrationError(f"no camera makes pictures of {self.size[0]}x{self.size[1]}")
        _check_rotation(self.rotation, "the rotation between the cameras")
        _check_metres(self.translation, "the translation between the cameras")
        if self.baseline_m < 1e-4:
            raise CalibrationError("the two cameras stand at the same place", "the translation is in metres")
        if not 0 <= self.camera_delay_ms <= 1000:
            raise CalibrationError(f"a camera delay of {self.camera_delay_ms:g} ms is outside 0 to 1000")

    @property
    def baseline_m(self) -> float:
        """Distance of the two cameras in metres."""
        return float(np.linalg.norm(self.translation))

    def swapped(self) -> RigCalibration:
        """The same rig with its cameras exchanged: left is right."""
        turn, place = np.array(self.rotation), np.array(self.translation)
        return replace(
            self, left=self.right, right=self.left, rotation=as_rotation(turn.T), translation=as_vector(-turn.T @ place)
        )


def as_vector(values: Matrix) -> Vector3:
    """Three numbers of an array as plain floats."""
    x, y, z = (float(v) for v in np.ravel(values))
    return x, y, z


def as_rotation(values: Matrix) -> Rotation:
    """A 3x3 array as plain floats."""
    a, b, c = np.asarray(values, float)
    return as_vector(a), as_vector(b), as_vector(c)


def _check_metres(vector: Vector3, what: str) -> None:
    if not np.isfinite(vector).all():
        raise CalibrationError(f"{what} is not finite: {list(vector)}")
    if np.linalg.norm(vector) > _FARTHEST_M:
        raise CalibrationError(
            f"{what} is {np.linalg.norm(vector):.1f} m long", "write it in metres, or import it with --unit 1mm"
        )


def _check_rotation(rotation: Rotation, what: str) -> None:
    m = np.array(rotation)
    if not np.isfinite(list(chain(*rotation))).all():
        raise CalibrationError(f"{what} is not finite")
    error = float(np.abs(m @ m.T - np.eye(3)).max())
    if error > _ORTHONORMAL or np.linalg.det(m) < 0:
        why = f"off by {error:.2g}" if error > _ORTHONORMAL else "a mirror image"
        raise CalibrationError(
            f"{what} is not orthonormal ({why})", "copy the rig file again, or make one: allaprima calibrate solve"
        )
