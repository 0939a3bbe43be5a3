"""Rig files for the rest of the program: fields of view and places on the head."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from allaprima.app.core.pose import Pose
from allaprima.app.core.view import CameraView, FieldOfView, StereoRig
from allaprima.calibration.foreign import read_any_rig
from allaprima.calibration.rectify import Rectification
from allaprima.calibration.rig import CameraToHead, RigCalibration


def load_rig(path: Path | Sequence[Path], size: tuple[int, int] | None = None) -> RigCalibration:
    """The rig in a rig file, or in a file of OpenCV or KITTI; `size` of the pictures is used if that lacks it.

    Raises `CalibrationError`.
    """
    return read_any_rig([path] if isinstance(path, Path) else path, size)


def stereo_rig(rectification: Rectification, head: CameraToHead) -> StereoRig:
    """Fields of view and places on the head of the rectified cameras, before any trim."""
    t = rectification.tangents
    fov = FieldOfView(t.left, t.right, t.up, t.down)
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = head.rotation, head.position
    middle, half = Pose.from_matrix(matrix), rectification.baseline_m / 2
    return StereoRig(
        CameraView(fov, middle @ Pose((-half, 0.0, 0.0))), CameraView(fov, middle @ Pose((half, 0.0, 0.0)))
    )
