"""The depth of a scene that is known exactly."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import StereoRig
from allaprima.app.depth.depth import Depth, grid_shape

Truth = Callable[[StereoFrame], NDArray[np.floating]]
"""(H, W) metres along the optical axis, at the pixels of a pair's left picture."""


class ExactDepth:
    """A `DepthEstimator` that looks the truth up, with confidence 1."""

    def __init__(self, rig: StereoRig, truth: Truth) -> None:
        self.note = ""
        self._rig, self._truth, self._head = rig, truth, Pose()

    def depth(self, pair: StereoFrame, head: Pose | None) -> Depth:
        self._head = head or self._head
        shape = grid_shape(pair.size)
        inverse = (1 / self._truth(pair)).astype(np.float32)
        small = cv2.resize(inverse, shape[::-1], interpolation=cv2.INTER_AREA)
        camera = self._head @ self._rig.left.camera_to_head
        return Depth(small, np.ones(shape, np.float32), pair.t_ns, camera, self._rig.left.fov)
