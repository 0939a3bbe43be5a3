"""How far away the world canvas' points are: a smooth proxy of the scene's depth."""

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView
from allaprima.app.depth.depth import Depth, Plane
from allaprima.app.depth.reprojection import Reprojection

COLUMNS = 40
"""Columns of the proxy."""
BLUR = 1.0
"""Deviation, in columns, by which it is smoothed: edges of depth would tear strokes."""

DepthOf = Callable[[StereoFrame, Pose | None], Depth | None]
"""The newest depth when a pair is painted, None if there is none."""


class Proxy:
    """The smooth distances of one pair's surfaces."""

    def __init__(self, depth_of: DepthOf) -> None:
        self._depth_of = depth_of
        self._of: Pixels | None = None
        self._depth: Depth | None = None
        self._smooth = np.zeros((0, 0), np.float32)
        self._share = 0.0

    def look(self, pair: StereoFrame, head: Pose | None) -> None:
        """Take the newest depth for `pair`; a frozen pair keeps what it has."""
        if pair.left is self._of:
            return
        self._of = pair.left
        depth = self._depth_of(pair, head)
        if depth is not None and depth is not self._depth:
            rows, columns = depth.inverse.shape
            size = COLUMNS, max(2, round(COLUMNS * rows / columns))
            small = cv2.resize(depth.inverse, size, interpolation=cv2.INTER_AREA)
            self._smooth = cv2.GaussianBlur(small, (0, 0), BLUR, borderType=cv2.BORDER_REPLICATE)
        self._depth = depth
        self._share = depth.share_at(pair.t_ns) if depth else 0.0

    def distances(self, fov: FieldOfView, camera: Pose, shape: tuple[int, int], distance_m: float) -> Plane | float:
        """(rows, columns) metres along the rays of a grid of `shape` over `fov`, seen by `camera` (camera-to-world);
        `distance_m` where nothing is known.
        """
        if self._depth is None or self._share <= 0:
            return distance_m
        seen = Reprojection(self._smooth, self._depth.fov, self._depth.camera, fov, camera, shape).inverse
        inverse = self._share * seen / _lengths(fov, shape) + (1 - self._share) / distance_m
        return np.asarray(1 / np.maximum(inverse, 1e-2), np.float32)


@lru_cache(maxsize=8)
def _lengths(fov: FieldOfView, shape: tuple[int, int]) -> Plane:
    """(rows, columns) metres along each ray for one along the axis."""
    return np.linalg.norm(fov.rays(shape), axis=-1).astype(np.float32)
