"""Judges whether a camera is alive by the age of its frames, not by its driver's results."""

from collections import deque
from statistics import median
from typing import Literal

from allaprima.app.core.clock import NS

State = Literal["live", "late", "lost"]

LATE, LOST = 1, 3
"""Number of consecutive missed frames, one for each period."""
FROZEN_NS = NS
"""Duration of identical frames that means a frozen camera: every sensor has noise."""
_GAPS = 15  # their median is the period: half of them may be late, or doubled by a drop
_PAUSE_NS = NS  # a longer gap is not a period


class Health:
    """The capture thread of one camera reports every frame; any thread reads."""

    def __init__(self, fps: float) -> None:
        """`fps` is used until frames give the real rate."""
        self.period_ns = round(NS / fps)
        """Present nanoseconds between frames: cameras slow down in the dark."""
        self.last_ns: int | None = None
        """Time of the newest frame."""
        self._gaps: deque[int] = deque(maxlen=_GAPS)
        self._checksum: int | None = None
        self._same_since_ns = 0

    def seen(self, t_ns: int, checksum: int) -> None:
        """A good frame came at `t_ns`; equal checksums mean equal pictures."""
        if self.last_ns is not None and 0 < t_ns - self.last_ns < _PAUSE_NS:
            self._gaps.append(t_ns - self.last_ns)
            if self.measured:
                self.period_ns = round(median(self._gaps))
        if checksum != self._checksum:
            self._checksum, self._same_since_ns = checksum, t_ns
        self.last_ns = t_ns

    def missed(self, now_ns: int) -> int:
        """Consecutive frames that were due since the last one and are missed.

        A frame is due a period after the previous one, and missed half a period later: until then it may still come
        and make a pair. If the age alone decided, three periods would be over just before the third frame, and after
        two drops one eye's picture would flash up in both. Declaring the camera lost earlier but delaying the
        replacement until the third frame can no longer come would take the same time.
        """
        return 0 if self.last_ns is None else max(0, int((now_ns - self.last_ns) / self.period_ns - 0.5))

    def state(self, now_ns: int) -> State:
        """LATE after one period whose frame was missed, LOST after three in a row; LOST before the first frame."""
        missed = self.missed(now_ns)
        return "lost" if self.last_ns is None or missed >= LOST else "late" if missed >= LATE else "live"

    @property
    def measured(self) -> bool:
        """True once frames have given the period."""
        return len(self._gaps) == _GAPS

    @property
    def frozen(self) -> bool:
        """True while the camera repeats one picture."""
        return self.last_ns is not None and self.last_ns - self._same_since_ns >= FROZEN_NS
