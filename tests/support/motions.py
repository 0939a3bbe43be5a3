"""Heads that move as a test says."""

from __future__ import annotations

import math
from collections.abc import Sequence

from allaprima.app.core.clock import NS
from allaprima.app.core.pose import Pose
from allaprima.app.core.pose_history import PoseHistory


class ConstantYaw:
    """A head that turns left at `degrees_per_s` for ever, straight ahead at `start_ns`."""

    def __init__(self, degrees_per_s: float, start_ns: int = 0) -> None:
        self._degrees_per_s, self._start_ns = degrees_per_s, start_ns

    def at(self, t_ns: int) -> Pose:
        degrees = math.fmod((t_ns - self._start_ns) / NS * self._degrees_per_s, 360.0)
        return Pose.from_euler(yaw=math.radians(degrees))


class Recorded:
    """A head whose motion was recorded as (t_ns, head-to-world) in order of time; it stops where the recording does."""

    def __init__(self, samples: Sequence[tuple[int, Pose]]) -> None:
        self._history = PoseHistory(capacity=max(1, len(samples)), reach_ns=0)
        for t_ns, pose in samples:
            self._history.add(t_ns, pose)

    def at(self, t_ns: int) -> Pose | None:
        return self._history.at(t_ns)
