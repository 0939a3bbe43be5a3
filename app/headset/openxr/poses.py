"""Conversion of OpenXR's poses and fields of view to ours and back."""

import math
from typing import Any

from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView, FieldOfView
from allaprima.app.headset.openxr.library import xr


def pose(given: Any) -> Pose:
    """From an `xr.Posef`: both have x right, y up, -z forward, and quaternions as (x, y, z, w)."""
    p, q = given.position, given.orientation
    return Pose((p.x, p.y, p.z), (q.x, q.y, q.z, q.w))


def posef(given: Pose) -> Any:
    return xr.Posef(xr.Quaternionf(*given.orientation), xr.Vector3f(*given.position))


def eye_view(given: Any) -> EyeView:
    """From an `xr.View` located in the head's space. OpenXR has signed angles, left and down below zero."""
    fov = given.fov
    tangents = FieldOfView(
        -math.tan(fov.angle_left), math.tan(fov.angle_right), math.tan(fov.angle_up), -math.tan(fov.angle_down)
    )
    return EyeView(tangents, pose(given.pose))


def fovf(fov: FieldOfView) -> Any:
    return xr.Fovf(-math.atan(fov.left), math.atan(fov.right), math.atan(fov.up), -math.atan(fov.down))
