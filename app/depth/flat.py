"""Everything at one distance."""

import numpy as np

from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import StereoRig
from allaprima.app.depth.depth import Depth, grid_shape


class FlatDepth:
    """A `DepthEstimator` that knows nothing: all is `distance_m` away, with confidence 0."""

    def __init__(self, rig: StereoRig, distance_m: float, note: str = "") -> None:
        self.note = note
        self._rig, self._inverse, self._head = rig, 1 / distance_m, Pose()

    def depth(self, pair: StereoFrame, head: Pose | None) -> Depth:
        self._head = head or self._head
        shape = grid_shape(pair.size)
        inverse = np.full(shape, self._inverse, np.float32)
        camera = self._head @ self._rig.left.camera_to_head
        return Depth(inverse, np.zeros(shape, np.float32), pair.t_ns, camera, self._rig.left.fov)
