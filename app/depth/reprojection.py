"""A grid of inverse depth as another camera sees it."""

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView
from allaprima.app.depth.depth import Plane

ROUNDS = 3
"""Rounds of the search for the point that a cell of the new grid sees."""
APART = 2.0
"""Cells by which near and far move against one another, from which on the search has several starts."""
MOST_STARTS = 8
AGREED = 0.05
"""Relative change in one more round up to which a search has found its point."""


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
        self._from, self._fov = inverse, fov
        self._turned = _rays(to_fov, shape or inverse.shape) @ motion[:3, :3].T.astype(np.float32)
        self._moved = motion[:3, 3].astype(np.float32)
        nearest, farthest = float(inverse.max()), float(inverse.min())
        apart = float(np.linalg.norm(self._moved)) * (nearest - farthest) * inverse.shape[1] / (fov.left + fov.right)
        found, x, y = self._searched(float(np.median(inverse)))
        if apart > APART:  # a cell may see several points: the nearest one hides the others
            for start in np.geomspace(farthest, nearest, min(MOST_STARTS, 1 + math.ceil(apart / APART))):
                other, u, v = self._searched(float(start))
                again = self._seen(other)[0]
                better = (other > found) & (np.abs(again - other) < AGREED * other)
                found, x, y = (np.where(better, b, a) for a, b in ((found, other), (x, u), (y, v)))
        self.inverse: Plane = found
        """(rows, columns) of the new grid, 1/m."""
        rows, columns = inverse.shape
        self.inside = (x > -1) & (x < columns) & (y > -1) & (y < rows)
        """(rows, columns) whether the old grid saw that point."""
        self._x, self._y = x, y

    def _searched(self, start: float) -> tuple[Plane, Plane, Plane]:
        """The inverse depth of the cells' points and their x and y in the old grid, searched from one inverse depth."""
        found = np.full(self._turned.shape[:2], start, np.float32)
        for _ in range(ROUNDS):
            found, x, y = self._seen(found)
        return found, x, y

    def _seen(self, guess: Plane) -> tuple[Plane, Plane, Plane]:
        """What the old grid holds, as inverse depth in the new one, where points of inverse depth `guess` lie in it."""
        fov, turned, (tx, ty, tz) = self._fov, self._turned, self._moved
        rows, columns = self._from.shape
        across, down = np.float32(columns / (fov.left + fov.right)), np.float32(rows / (fov.up + fov.down))
        ahead = np.maximum(-turned[..., 2], np.float32(1e-3))
        depth = np.maximum(ahead - tz * guess, np.float32(1e-3))
        x = ((turned[..., 0] + tx * guess) / depth + np.float32(fov.left)) * across - np.float32(0.5)
        y = (np.float32(fov.up) - (turned[..., 1] + ty * guess) / depth) * down - np.float32(0.5)
        seen = cv2.remap(self._from, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return seen * ahead / np.maximum(1 + tz * seen, np.float32(0.05)), x, y

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(rows, columns) whether the old grid saw the cell's point, not hidden behind something nearer: there, no
        search ends.
        """
        again = self._seen(self.inverse)[0]
        return self.inside & (np.abs(again - self.inverse) < 2 * AGREED * self.inverse)

    def carried(self, plane: Plane) -> Plane:
        """What `plane`, over the old grid, holds at the new grid's points; beyond its border 0."""
        moved = cv2.remap(plane, self._x, self._y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.where(self.inside, moved, np.float32(0))


@lru_cache(maxsize=8)
def _rays(fov: FieldOfView, shape: tuple[int, int]) -> NDArray[np.float32]:
    """`FieldOfView.rays` in float32, kept. Read-only."""
    found = fov.rays(shape).astype(np.float32)
    found.flags.writeable = False
    return found
