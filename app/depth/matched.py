"""Depth matched from the pair and filtered in time."""

import math

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.clock import NS
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import StereoRig
from allaprima.app.depth.depth import Depth, Plane
from allaprima.app.depth.filling import filled_from_behind, smoothed
from allaprima.app.depth.matching import LEAST, Matcher, Measurement
from allaprima.app.depth.reprojection import Reprojection

MEMORY = 12.0
"""Weight at which a cell's mean moves on: it averages about so many measurements."""
FORGOTTEN_S = 1.5
"""Seconds after which an unconfirmed cell counts e times less."""
SAME = 0.12
"""Relative difference up to which a measurement confirms a cell."""
PLAIN = 0.25
"""Relative difference from which a measurement counts the more against a cell, the larger it is: a hand arrives within
two pairs.
"""
FILLED = 0.05
"""What a filled cell counts in smoothing, beside the weights of measured ones."""
PRIOR = 0.15
"""Weight of the assumed distance: what is left when everything else is forgotten."""
GAIN = 4.0
"""Factor from a measurement's weight to that of a cell, at most 1."""
ARRIVAL_S = 0.5
"""Seconds that the change from the assumed distance to the measured ones takes at least, and back."""
ENOUGH = 0.25
"""Mean confidence from which the measured distances hold alone."""
POOR = 0.3
"""Share of matches below which the eyes may be swapped."""
LOOK = 30
"""Pairs from one look at that to the next."""


class MatchedDepth:
    """A `DepthEstimator` by stereo matching. What each cell knows moves with the head: a mean in world space which
    agreeing measurements refine, several that disagree replace, and none keep, until it fades to `distance_m`.
    """

    def __init__(self, rig: StereoRig, distance_m: float) -> None:
        """`rig` are the calibrated and rectified cameras; what is not known is assumed `distance_m` away."""
        self.note = ""
        self._rig, self._flat = rig, np.float32(1 / distance_m)
        self._matcher: Matcher | None = None
        self._size = (0, 0)
        self._mean = self._weight = np.zeros((0, 0), np.float32)
        self._camera = Pose()
        self._t_ns = 0
        self._share = 0.0  # of the measured distances, beside the assumed one
        self._count = 0
        self._last: Depth | None = None

    def depth(self, pair: StereoFrame, head: Pose | None) -> Depth:
        camera = head @ self._rig.left.camera_to_head if head else self._camera
        if self._last is not None and pair.held is not None:  # the eyes saw different moments
            return self._last
        if self._matcher is None or self._size != pair.size:
            self._begin(pair, camera)
        assert self._matcher is not None
        found = self._matcher.measure(pair.left, pair.right)
        if self._count % LOOK == 0:
            self._look(self._matcher, pair, found)
        self._count += 1
        passed_s = max(0, pair.t_ns - self._t_ns) / NS
        self._predict(camera, passed_s)
        self._t_ns = pair.t_ns
        self._update(found, self._matcher.hidden(found))
        self._last = Depth(*self._result(found, passed_s), pair.t_ns, camera, self._rig.left.fov)
        return self._last

    def _begin(self, pair: StereoFrame, camera: Pose) -> None:
        self._size, self._matcher = pair.size, Matcher(self._rig, pair.size)
        self._mean = np.full(self._matcher.shape, self._flat)
        self._weight = np.zeros(self._matcher.shape, np.float32)
        self._camera, self._t_ns, self._share = camera, pair.t_ns, 0.0

    def _look(self, matcher: Matcher, pair: StereoFrame, found: Measurement) -> None:
        """Notice eyes that are swapped: they match better the other way round."""
        usual = float(np.mean(found.weight > LEAST))
        swapped = usual < POOR and np.mean(matcher.measure(pair.right, pair.left).weight > LEAST) > 2 * POOR
        self.note = "the eyes look swapped: --swap-eyes" if swapped else ""

    def _predict(self, camera: Pose, passed_s: float) -> None:
        """Carry what is known to the new camera pose, and forget some of it."""
        fov = self._rig.left.fov
        if camera != self._camera:
            moved = Reprojection(self._mean, fov, self._camera, fov, camera)
            self._mean, self._weight = moved.inverse, moved.carried(self._weight)
        self._weight = self._weight * np.float32(math.exp(-passed_s / FORGOTTEN_S))
        self._camera = camera

    def _update(self, found: Measurement, hidden: NDArray[np.bool_]) -> None:
        news = np.where(found.weight > LEAST, np.minimum(GAIN * found.weight, 1), np.float32(0))
        apart = np.abs(found.inverse - self._mean) / np.maximum(self._mean, np.float32(0.02))
        doubted = np.where(apart > SAME, news * np.maximum(apart * np.float32(1 / PLAIN), 1), 0) * 3
        # Where a hand was, only one eye may see what it hid: nothing new is measured there.
        rest = np.where(hidden, np.float32(0), self._weight) - doubted
        replaced = (rest <= 0) & (news > 0)
        self._mean = np.where(replaced, found.inverse, self._mean)
        confirmed = np.where((apart <= SAME) & ~replaced, news, 0)
        total = np.maximum(self._weight + confirmed, np.float32(1e-6))
        self._mean = self._mean + confirmed / total * (found.inverse - self._mean)
        self._weight = np.where(replaced, news, np.minimum(np.maximum(rest, 0) + confirmed, MEMORY))

    def _result(self, found: Measurement, passed_s: float) -> tuple[Plane, Plane]:
        """Inverse depth without holes, and its confidence."""
        known = np.maximum(self._weight - np.float32(LEAST), 0)
        confidence = known / (known + np.float32(PRIOR))
        goal = 0.0 if self.note else min(1.0, float(confidence.mean()) / ENOUGH)
        step = passed_s / ARRIVAL_S
        self._share += min(max(goal - self._share, -step), step)
        whole = filled_from_behind(self._mean, known)
        even = smoothed(whole, known + np.float32(FILLED), found.guide)
        share = np.float32(self._share)
        return np.maximum(self._flat + share * (even - self._flat), np.float32(1e-3)), confidence * share
