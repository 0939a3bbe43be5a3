"""Motions of a simulated head: head-to-world by time."""

import math
from typing import Protocol

from allaprima.app.core.clock import NS
from allaprima.app.core.pose import Pose
from allaprima.app.core.pose_history import PoseHistory


class Motion(Protocol):
    """A head's motion, on the program's clock."""

    def at(self, t_ns: int) -> Pose | None:
        """Head-to-world at `t_ns`, past or future; None if unknown."""


class Still:
    """A head that does not move."""

    def __init__(self, pose: Pose | None = None) -> None:
        self._pose = pose or Pose()

    def at(self, t_ns: int) -> Pose | None:
        return self._pose


class LookAround:
    """A head that turns gently and sways a little, like that of a standing visitor.

    It looks straight ahead at `start_ns`. The periods have no common multiple, so that it does not repeat soon.
    """

    def __init__(self, start_ns: int = 0, yaw_deg: float = 25.0, pitch_deg: float = 8.0, sway_m: float = 0.03) -> None:
        self._start_ns = start_ns
        self._yaw, self._pitch, self._sway_m = math.radians(yaw_deg), math.radians(pitch_deg), sway_m

    def at(self, t_ns: int) -> Pose | None:
        t = 2 * math.pi * (t_ns - self._start_ns) / NS
        return Pose.from_euler(
            yaw=self._yaw * math.sin(t / 11.0),
            pitch=self._pitch * math.sin(t / 7.3),
            roll=math.radians(1.5) * math.sin(t / 5.9),
            position=(self._sway_m * math.sin(t / 6.7), self._sway_m / 3 * math.sin(t / 4.1), 0.0),
        )


class Following:
    """A head that follows the poses of a source's frames, extrapolated at constant speed to the display time.

    For sources with head poses, such as the synthetic room. `reach_ns` limits the extrapolation beyond the newest
    pose.
    """

    def __init__(self, reach_ns: int = 150_000_000) -> None:
        self._history = PoseHistory(reach_ns=reach_ns)

    def tell(self, t_ns: int, pose: Pose) -> None:
        """Add `pose` at `t_ns`. May be called from another thread."""
        self._history.add(t_ns, pose)

    def at(self, t_ns: int) -> Pose | None:
        return self._history.at(t_ns)
