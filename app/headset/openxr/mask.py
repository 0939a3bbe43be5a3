"""The area that a lens never shows, if the runtime gives it (XR_KHR_visibility_mask)."""

import ctypes
from typing import Any

import numpy as np

from allaprima.app.core.errors import HeadsetLost
from allaprima.app.core.view import FieldOfView
from allaprima.app.headset.headset import Triangles
from allaprima.app.headset.openxr.instance import MASK, Instance
from allaprima.app.headset.openxr.library import check, using, xr

_MOST = 100_000


def hidden_triangles(instance: Instance, session: Any, eye: int, fov: FieldOfView) -> Triangles | None:
    """(N, 3, 2) float32, 0..1 from the bottom left of the eye's picture; None if the runtime does not give it.

    The runtime gives it on the plane z = -1 in front of the eye. Raises `HeadsetLost`.
    """
    if MASK not in instance.extras:
        return None
    with using("xrGetVisibilityMaskKHR"):
        ask = instance.function("xrGetVisibilityMaskKHR", xr.PFN_xrGetVisibilityMaskKHR)
        mask = xr.VisibilityMaskKHR()
        kind = xr.VisibilityMaskTypeKHR.HIDDEN_TRIANGLE_MESH.value
        which = (session, xr.ViewConfigurationType.PRIMARY_STEREO.value, eye, kind)
        check(ask(*which, ctypes.byref(mask)))
        vertices, indices = mask.vertex_count_output, mask.index_count_output
        if not vertices or not indices:
            return None
        if max(vertices, indices) > _MOST:
            raise HeadsetLost(f"the OpenXR runtime tells of a hidden area of {vertices} corners")
        corners, order = (xr.Vector2f * vertices)(), (ctypes.c_uint32 * indices)()
        mask.vertex_capacity_input, mask.vertices = vertices, corners
        mask.index_capacity_input, mask.indices = indices, order
        check(ask(*which, ctypes.byref(mask)))
    x, y = np.frombuffer(corners, np.float32).reshape(-1, 2).T
    points = np.stack(((x + fov.left) / (fov.left + fov.right), (y + fov.down) / (fov.down + fov.up)), 1)
    return points[np.frombuffer(order, np.uint32)[: indices // 3 * 3]].reshape(-1, 3, 2).astype(np.float32)
