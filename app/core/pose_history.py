"""Where the head was: past poses by time."""

import threading
from bisect import bisect_right
from collections import deque
from operator import itemgetter

from allaprima.app.core.pose import Pose, interpolate


class PoseHistory:
    """The last `capacity` poses with their times, interpolated between them. Safe to use from several threads.

    After the newest pose the motion is carried on for at most `reach_ns`; later times get the pose at that limit.
    """

    def __init__(self, capacity: int = 512, reach_ns: int = 5_000_000) -> None:
        self._samples: deque[tuple[int, Pose]] = deque(maxlen=capacity)
        self._reach_ns = reach_ns
        self._lock = threading.Lock()

    def add(self, t_ns: int, pose: Pose) -> None:
        """Remember `pose` at `t_ns`. A time not after the newest one (a loop started again) forgets the past."""
        with self._lock:
            if self._samples and t_ns <= self._samples[-1][0]:
                self._samples.clear()
            self._samples.append((t_ns, pose))

    def at(self, t_ns: int) -> Pose | None:
        """The pose at `t_ns`; None before the oldest one remembered, or if there is none."""
        with self._lock:
            if not self._samples or t_ns < self._samples[0][0]:
                return None
            if len(self._samples) == 1:
                return self._samples[0][1]
            t_ns = min(t_ns, self._samples[-1][0] + self._reach_ns)
            i = min(bisect_right(self._samples, t_ns, key=itemgetter(0)), len(self._samples) - 1)
            (t0, before), (t1, after) = self._samples[i - 1], self._samples[i]
            return interpolate(before, after, (t_ns - t0) / (t1 - t0))
