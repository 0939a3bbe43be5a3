"""What an eye or a camera sees: its field of view, and where it sits on the head."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from allaprima.app.core.pose import Matrix, Pose


@dataclass(frozen=True, slots=True)
class FieldOfView:
    """Tangents of the half angles, all positive for an ordinary view: a point at (x, y, -1) is seen if
    -left <= x <= right and -down <= y <= up. Asymmetric, as a real headset's are.
    """

    left: float
    right: float
    up: float
    down: float

    @staticmethod
    def symmetric(horizontal_deg: float, aspect: float) -> FieldOfView:
        """A pinhole camera of `horizontal_deg` degrees in all and width / height = `aspect`."""
        t = math.tan(math.radians(horizontal_deg) / 2)
        return FieldOfView(t, t, t / aspect, t / aspect)

    @staticmethod
    def from_intrinsics(fx: float, fy: float, cx: float, cy: float, width: int, height: int) -> FieldOfView:
        """From a rectified camera's focal lengths and principal point, in pixels (y down, as in OpenCV)."""
        return FieldOfView(cx / fx, (width - cx) / fx, cy / fy, (height - cy) / fy)

    def rays(self, shape: tuple[int, int]) -> Matrix:
        """(rows, columns, 3) in the camera's frame, with z = -1: through the centres of a grid's cells, of `shape`."""
        rows, columns = shape
        x = (np.arange(columns) + 0.5) / columns * (self.left + self.right) - self.left
        y = self.up - (np.arange(rows) + 0.5) / rows * (self.up + self.down)
        return np.stack(np.broadcast_arrays(x[None], y[:, None], -1.0), -1)

    def projection(self, near: float = 0.05, far: float = 100.0) -> Matrix:
        """4x4 OpenGL clip matrix (column vectors, z in -1..1)."""
        w, h = self.left + self.right, self.up + self.down
        m = np.zeros((4, 4))
        m[0, 0], m[0, 2] = 2 / w, (self.right - self.left) / w
        m[1, 1], m[1, 2] = 2 / h, (self.up - self.down) / h
        m[2, 2], m[2, 3] = -(far + near) / (far - near), -2 * far * near / (far - near)
        m[3, 2] = -1
        return m


@dataclass(frozen=True, slots=True)
class EyeView:
    """One eye of a headset."""

    fov: FieldOfView
    eye_to_head: Pose


@dataclass(frozen=True, slots=True)
class CameraView:
    """One rectified camera of a rig."""

    fov: FieldOfView
    camera_to_head: Pose


@dataclass(frozen=True, slots=True)
class StereoRig:
    """Two rectified cameras on a head."""

    left: CameraView
    right: CameraView

    @staticmethod
    def parallel(fov: FieldOfView, baseline_m: float) -> StereoRig:
        """Two equal cameras looking straight ahead, `baseline_m` metres apart about the head's middle."""
        half = baseline_m / 2
        return StereoRig(CameraView(fov, Pose((-half, 0.0, 0.0))), CameraView(fov, Pose((half, 0.0, 0.0))))

    @staticmethod
    def assumed(size: tuple[int, int]) -> StereoRig:
        """For pictures of `size` (width, height) of cameras without a calibration: 70 degrees wide, 63 mm apart."""
        return StereoRig.parallel(FieldOfView.symmetric(70.0, size[0] / size[1]), 0.063)

    @property
    def baseline_m(self) -> float:
        """Distance of the two cameras in metres."""
        return math.dist(self.left.camera_to_head.position, self.right.camera_to_head.position)
