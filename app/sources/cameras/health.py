"""Whether a camera is alive, told by the age of its frames and not by what its driver returns."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Literal

from allaprima.app.core.clock import NS

State = Literal["live", "late", "lost"]

LATE, LOST = 1, 3
"""Frames missed in a row, one for each period."""
FROZEN_NS = NS
"""Identical frames for so long: no sensor is without noise."""
_GAPS = 15  # of which the median is the period: half of them may be late, or doubled by a drop
_PAUSE_NS = NS  # a longer gap was no period


class Health:
    """Fed every frame of one camera by its capture thread; read from any thread."""

    def __init__(self, fps: float) -> None:
        """`fps` is believed until frames have shown what is true."""
        self.period_ns = round(NS / fps)
        """Nanoseconds between frames, as they come now: cameras slow down in the dark."""
        self.last_ns: int | None = None
        """When the newest frame came."""
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
        """Frames in a row that were due since the last one came, and are missed.

        A frame is due a period after the one before, and missed half a period later: until then it may still come, and
        make a pair. By the bare age, three periods would be over just before the third frame, and whenever two are
        dropped one eye's picture would flash up in both. To wait with that until the third can no longer come, and to
        call the camera lost before, would be to wait just as long.
        """
        return 0 if self.last_ns is None else max(0, int((now_ns - self.last_ns) / self.period_ns - 0.5))

    def state(self, now_ns: int) -> State:
        """LATE after one period whose frame was missed, LOST after three in a row; LOST before the first frame."""
        missed = self.missed(now_ns)
        return "lost" if self.last_ns is None or missed >= LOST else "late" if missed >= LATE else "live"

    @property
    def measured(self) -> bool:
        """True once frames have shown what the period is."""
        return len(self._gaps) == _GAPS

    @property
    def frozen(self) -> bool:
        """True while the camera delivers the same picture again and again."""
        return self.last_ns is not None and self.last_ns - self._same_since_ns >= FROZEN_NS
