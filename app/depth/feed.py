"""Who estimates the depth of a session's pairs, and when: in a thread of its own, or with each painted pair."""

import threading
from collections.abc import Callable

from allaprima.app.core.clock import NS
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.core.threads.worker import Worker
from allaprima.app.depth.depth import Depth, DepthEstimator

MOST_HZ = 30.0
"""Estimates per second: more would cost the painting its processor."""
LEAST_HZ = 10.0
"""Estimates per second while the painting takes fewer: what is known goes on being refined."""
_WAIT_S = 0.1
_KEPT = 8  # estimates: the painting of a pair may take as long as those of some later ones
_JOIN_S = 5.0

HeadAt = Callable[[StereoFrame], Pose | None]
"""The head's pose at the capture of a pair, None if unknown."""


class DepthFeed:
    """Gives the newest depth of `estimator`'s."""

    def __init__(self, estimator: DepthEstimator) -> None:
        self.newest: Depth | None = None
        """The last estimate, None before the first one."""
        self.needed = True
        """False: nobody but what asks `of` needs an estimate."""
        self.often = False
        """True: as many estimates as may be, though the painting takes fewer."""
        self._estimator, self._count = estimator, 0

    @property
    def note(self) -> str:
        """What is wrong, as a text for the wearer; empty if nothing is."""
        return self._estimator.note

    def start(self, head_at: HeadAt) -> None:
        """Start the thread, if there is one."""

    def tell(self, pair: StereoFrame) -> None:
        """Offer a captured pair. Never blocks; from the source's thread."""

    def of(self, pair: StereoFrame, head: Pose | None) -> Depth | None:
        """The depth to paint `pair` with, of it or of the pair nearest in time; None if there is none yet. From the
        painting's thread.
        """
        raise NotImplementedError

    def summary(self) -> dict[str, float | int | str | None]:
        """Ready for JSON: how many `estimates`, the last one's mean `confidence` 0..1, and the `note`."""
        confidence = round(self.newest.trust, 3) if self.newest else None
        return {"estimates": self._count, "confidence": confidence, "note": self.note}

    def stop(self) -> bool:
        """False if its thread does not end. Idempotent."""
        return True


class ThreadedDepth(DepthFeed):
    """Its thread estimates the newest pair, at most `MOST_HZ` times a second and not much oftener than it is used:
    painting never waits.
    """

    def __init__(self, estimator: DepthEstimator) -> None:
        super().__init__(estimator)
        self._pairs: Latest[StereoFrame] = Latest()
        self._recent: tuple[Depth, ...] = ()
        self._head_at: HeadAt = lambda pair: pair.head_pose
        self._last_ns: int | None = None
        self._used = True
        self._stop = threading.Event()
        self._worker = Worker("depth", self.step, self._stop, self._pairs.close)

    @property
    def note(self) -> str:
        return f"no depth: {self._worker.error}" if self._worker.error else self._estimator.note

    def start(self, head_at: HeadAt) -> None:
        self._head_at = head_at
        self._worker.start()

    def tell(self, pair: StereoFrame) -> None:
        self._pairs.put(pair)

    def of(self, pair: StereoFrame, head: Pose | None) -> Depth | None:
        self._used = True
        return min(self._recent, key=lambda depth: abs(depth.t_ns - pair.t_ns), default=None)

    def step(self) -> bool:
        """Estimate the newest pair, if there is one. Called by the thread until it returns False."""
        pair = self._pairs.take(_WAIT_S)
        if pair is None:
            return not self._pairs.closed
        pause_ns = 0.9 * NS / (MOST_HZ if self._used or self.often else LEAST_HZ)
        if self._last_ns is None or not 0 <= pair.t_ns - self._last_ns < pause_ns:
            self._last_ns, self._used = pair.t_ns, False
            self.newest, self._count = self._estimator.depth(pair, self._head_at(pair)), self._count + 1
            self._recent = (*self._recent[1 - _KEPT :], self.newest)
        return True

    def stop(self) -> bool:
        self._stop.set()
        self._pairs.close()
        return self._worker.join(_JOIN_S)


class ImmediateDepth(DepthFeed):
    """Estimates every painted pair when it is painted: slower, and the same in every replay."""

    _of: Pixels | None = None

    def of(self, pair: StereoFrame, head: Pose | None) -> Depth | None:
        if pair.left is not self._of:  # a frozen pair repeats
            self._of, self._count = pair.left, self._count + 1
            self.newest = self._estimator.depth(pair, head)
        return self.newest
