"""Which left frame and which right frame are of one moment: those with the nearest stamps, within half a period."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from allaprima.app.core.frame import Eye, Frame

KEPT_SKEWS = 20_000
"""The newest pairs that statistics are made of: some minutes."""
_OTHER: dict[Eye, Eye] = {"left": "right", "right": "left"}


class Pairing:
    """Pairs frames as they arrive, each at most once. No threads, no clock.

    Two cameras of one rate that know nothing of each other: whatever their phase, a frame's nearest neighbour lies
    within half a period of it, and nothing further away is worth waiting for. A frame is matched the moment its mate is
    there, with the nearest unused one, which also makes nearly as many pairs as can be made at all (a test counts).
    Frames are in order within an eye, but one eye may run behind.
    """

    def __init__(self) -> None:
        self.pairs = 0
        """Made so far."""
        self.unpaired = 0
        """Frames that were given up: their mate was dropped, or too far away."""
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
        self.pairs += 1
        self._skews_ns.append(right.t_ns - left.t_ns)
        return left, right

    def alone(self, eye: Eye) -> Frame | None:
        """The newest unused frame of `eye`, now used, for when there is no hope of a mate; older ones are given up."""
        unused = self._unused[eye]
        if not unused:
            return None
        newest = unused.pop()
        self.unpaired += len(unused)
        unused.clear()
        return newest

    @property
    def skews_ms(self) -> Sequence[float]:
        """Right stamp minus left stamp of the newest pairs, milliseconds."""
        return (np.array(self._skews_ns, np.int64) / 1e6).tolist()

    def _forget(self, before_ns: int) -> None:
        """Frames for which no mate will come any more."""
        for unused in self._unused.values():
            while unused and unused[0].t_ns < before_ns:
                unused.popleft()
                self.unpaired += 1
