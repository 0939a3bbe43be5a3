"""How far away what both cameras see is, on few cells."""

from dataclasses import dataclass

import cv2
import numpy as np

from allaprima.app.core.pose import Pose
from allaprima.app.core.view import StereoRig
from allaprima.app.depth.depth import Depth, Plane
from allaprima.app.depth.filling import filled_from_behind
from allaprima.app.depth.reprojection import Reprojection

COLUMNS = 80
"""Columns of the cells: fewer take less time, and the picture's own outlines bound them."""
SOFT = 0.12
"""Relative distance over which a zone begins, to both sides of its border."""
LEAST = 0.1
"""Weight of a cell of which nothing is known, beside 1 for one that is known for sure."""
AROUND = 8
"""Part of the picture's width around a cell in which distances must be known."""
ENOUGH = 0.4
"""Mean confidence there from which they are."""


@dataclass(frozen=True, slots=True)
class Distances:
    """How far away is what both cameras of a pair see: `inverse` (2, rows, columns) 1/m, left first, and `confidence`
    (2, rows, columns) 0..1.
    """

    inverse: Plane
    confidence: Plane

    @staticmethod
    def of(depth: Depth, rig: StereoRig, head: Pose | None, t_ns: int) -> "Distances":
        """As the cameras of `rig` see it on a head of pose `head` at `t_ns`; None has not moved. Old distances are less
        sure.
        """
        head = head or depth.camera @ rig.left.camera_to_head.inverse()
        rows, columns = depth.inverse.shape
        size = COLUMNS, max(2, round(COLUMNS * rows / columns))
        small = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (depth.inverse, depth.confidence)]
        inverse, confidence = [], []
        for view in (rig.left, rig.right):
            camera = head @ view.camera_to_head
            if camera == depth.camera:
                inverse.append(small[0])
                confidence.append(small[1])
                continue
            seen = Reprojection(small[0], depth.fov, depth.camera, view.fov, camera)
            known = seen.seen.astype(np.float32)
            inverse.append(filled_from_behind(seen.inverse, known))
            confidence.append(seen.carried(small[1]) * known)
        return Distances(np.stack(inverse), np.stack(confidence) * np.float32(depth.share_at(t_ns)))

    def nearer(self, distance_m: float) -> Plane:
        """(2, rows, columns) 0..1: 1 where everything is nearer than `distance_m`, 0 where farther."""
        return _eased(np.log(np.maximum(self.inverse * np.float32(distance_m), np.float32(1e-3))))

    def farther(self, distance_m: float) -> Plane:
        """The opposite."""
        return 1 - self.nearer(distance_m)

    @property
    def weights(self) -> Plane:
        """How much each cell counts in `fitted`."""
        return self.confidence + np.float32(LEAST)

    def sure(self, share: Plane) -> Plane:
        """`share` (2, rows, columns) as far as the distances are known; what is not known belongs to no zone. Among
        cells that are known, one that is not has the distance it was filled with.
        """
        side = share.shape[2] // AROUND | 1
        known = np.stack([cv2.boxFilter(eye, -1, (side, side)) for eye in self.confidence])
        return share * np.minimum(known * np.float32(1 / ENOUGH), 1)


def _eased(log: Plane) -> Plane:
    u = np.clip(log * np.float32(0.5 / SOFT) + np.float32(0.5), 0, 1)
    return np.asarray(u * u * (3 - 2 * u), np.float32)
