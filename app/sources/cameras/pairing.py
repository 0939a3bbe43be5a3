"""Pairs left and right frames of one moment: those with the nearest stamps, within half a period."""

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from allaprima.app.core.frame import Eye, Frame

KEPT_SKEWS = 20_000
"""Number of newest pairs in the statistics: some minutes."""
_OTHER: dict[Eye, Eye] = {"left": "right", "right": "left"}


class Pairing:
    """Pairs frames as they arrive, each at most once, unless `held`. No threads, no clock.

    The two cameras have one rate but are not synchronised: for any phase, a frame's nearest neighbour is within half a
    period of it, so frames further away are not waited for. A frame is matched as soon as its mate arrives, with the
    nearest unused one, which gives nearly the largest possible number of pairs (a test counts them). Frames are in
    order within an eye, but one eye may lag.
    """

    def __init__(self, hold: int = 0) -> None:
        """`hold`: number of periods for which an eye's last frame may replace skipped ones."""
        self.pairs = 0
        """Pairs made so far."""
        self.unpaired = 0
        """Frames without a pair: their mate was dropped, or too far away."""
        self.repeats = 0
        """Pairs with a repeated frame."""
        self._hold = hold
        self._used: dict[Eye, Frame] = {}  # the last of each eye
        self._unused: dict[Eye, deque[Frame]] = {"left": deque(), "right": deque()}
        self._skews_ns: deque[int] = deque(maxlen=KEPT_SKEWS)

    def add(self, frame: Frame, period_ns: int) -> tuple[Frame, Frame] | None:
        """(left, right) if `frame` completes a pair; cameras deliver every `period_ns`, the faster one of two."""
        mine, theirs = self._unused[frame.eye], self._unused[_OTHER[frame.eye]]
        near = [other for other in theirs if abs(other.t_ns - frame.t_ns) <= period_ns // 2]
        if not near:
            mine.append(frame)
            self._forget(frame.t_ns - 4 * period_ns)
            return None
        mate = min(near, key=lambda other: abs(other.t_ns - frame.t_ns))
        while theirs.popleft() is not mate:
            self.unpaired += 1
        self.unpaired += len(mine)
        mine.clear()
        left, right = (frame, mate) if frame.eye == "left" else (mate, frame)
        self._used = {"left": left, "right": right}
        self.pairs += 1
        self._skews_ns.append(right.t_ns - left.t_ns)
        return left, right

    def alone(self, eye: Eye) -> Frame | None:
        """Take the newest unused frame of `eye`, when no mate can come; older ones are dropped."""
        unused = self._unused[eye]
        if not unused:
            return None
        newest = self._used[eye] = unused.pop()
        self.unpaired += len(unused)
        unused.clear()
        return newest

    def held(self, now_ns: int, period_ns: int) -> tuple[Frame, Frame, Eye] | None:
        """(left, right, the held eye): the newest frame whose mate can no longer come, with the other eye's last frame.
        None if there is none, or it is older than `hold` allows.
        """
        overdue = [(frame, last) for due, frame, last in self._waiting(period_ns) if due <= now_ns]
        if not overdue:
            return None
        frame, last = max(overdue, key=lambda pair: pair[0].t_ns)
        unused = self._unused[frame.eye]
        while unused.popleft() is not frame:
            self.unpaired += 1
        self._used[frame.eye] = frame
        self.repeats += 1
        return (frame, last, last.eye) if frame.eye == "left" else (last, frame, last.eye)

    def due_ns(self, period_ns: int) -> int | None:
        """The time at which `held` will have a pair if no frame comes before; None if it will have none."""
        return min((due for due, *_ in self._waiting(period_ns)), default=None)

    @property
    def skews_ms(self) -> Sequence[float]:
        """Right stamp minus left stamp of the newest pairs, milliseconds."""
        return (np.array(self._skews_ns, np.int64) / 1e6).tolist()

    def _waiting(self, period_ns: int) -> Iterator[tuple[int, Frame, Frame]]:
        """(time after which its mate cannot come, an unused frame, the mate's replacement): a mate is at most half a
        period younger, and has another quarter for its decoding.
        """
        reach_ns = self._hold * period_ns + period_ns // 2
        for eye, unused in self._unused.items():
            last = self._used.get(_OTHER[eye])
            if self._hold and last:
                for frame in unused:
                    if 0 < frame.t_ns - last.t_ns <= reach_ns:
                        yield frame.t_ns + period_ns * 3 // 4, frame, last

    def _forget(self, before_ns: int) -> None:
        """Drop the frames whose mate can no longer come."""
        for unused in self._unused.values():
            while unused and unused[0].t_ns < before_ns:
                unused.popleft()
                self.unpaired += 1
