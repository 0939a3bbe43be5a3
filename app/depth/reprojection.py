"""A grid of inverse depth as another camera sees it."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView
from allaprima.app.depth.depth import Plane

ROUNDS = 3
"""Rounds of the search for the point that a cell of the new grid sees; the change falls fivefold in each."""


class Reprojection:
    """Where the cells of a new grid lie in an old one. The search goes backwards, from the new cell to the point in the
    old grid that it sees, so that nothing tears: what was hidden gets the depth of its surroundings.
    """

    def __init__(
        self,
        inverse: Plane,
        fov: FieldOfView,
        camera: Pose,
        to_fov: FieldOfView,
        to_camera: Pose,
        shape: tuple[int, int] | None = None,
    ) -> None:
        """`inverse` (rows, columns) in 1/m, seen by `camera` (camera-to-world) with `fov`; `to_camera` sees it with
        `to_fov` on a grid of `shape` (rows, columns), that of `inverse` if None.
        """
        motion = (camera.inverse() @ to_camera).matrix()
        turned = _rays(to_fov, shape or inverse.shape) @ motion[:3, :3].T.astype(np.float32)
        tx, ty, tz = (np.float32(t) for t in motion[:3, 3])
        rows, columns = inverse.shape
        ahead = np.maximum(-turned[..., 2], np.float32(1e-3))
        across = np.float32(columns / (fov.left + fov.right))
        down = np.float32(rows / (fov.up + fov.down))
        found = np.full(turned.shape[:2], np.median(inverse), np.float32) * ahead
        for _ in range(ROUNDS):
            depth = np.maximum(ahead - tz * found, np.float32(1e-3))
            x = ((turned[..., 0] + tx * found) / depth + np.float32(fov.left)) * across - np.float32(0.5)
            y = (np.float32(fov.up) - (turned[..., 1] + ty * found) / depth) * down - np.float32(0.5)
            seen = cv2.remap(inverse, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            found = seen * ahead / np.maximum(1 + tz * seen, np.float32(0.05))
        self.inverse: Plane = found
        """(rows, columns) of the new grid, 1/m."""
        self.inside = (x > -1) & (x < columns) & (y > -1) & (y < rows)
        """(rows, columns) whether the old grid saw that point."""
        self._x, self._y = x, y

    def carried(self, plane: Plane) -> Plane:
        """What `plane`, over the old grid, holds at the new grid's points; beyond its border 0."""
        moved = cv2.remap(plane, self._x, self._y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.where(self.inside, moved, np.float32(0))


@lru_cache(maxsize=8)
def _rays(fov: FieldOfView, shape: tuple[int, int]) -> NDArray[np.float32]:
    """(rows, columns, 3) in the camera's frame through the cells' centres, with z = -1. Read-only."""
    rows, columns = shape
    x = (np.arange(columns) + 0.5) / columns * (fov.left + fov.right) - fov.left
    y = fov.up - (np.arange(rows) + 0.5) / rows * (fov.up + fov.down)
    rays = np.stack(np.broadcast_arrays(x[None], y[:, None], -1.0), -1).astype(np.float32)
    rays.flags.writeable = False
    return rays
