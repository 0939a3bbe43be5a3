"""Whether a camera is alive, told by the age of its frames and not by what its driver returns."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Literal

from allaprima.app.core.clock import NS

State = Literal["live", "late", "lost"]

LATE_PERIODS, LOST_PERIODS = 1.5, 3.5
"""One period, three periods, and the half by which a frame may come late: two drops in a row are no loss."""
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

    def state(self, now_ns: int) -> State:
        """LATE after one period without a frame, LOST after three."""
        if self.last_ns is None:
            return "lost"
        age = (now_ns - self.last_ns) / self.period_ns
        return "lost" if age > LOST_PERIODS else "late" if age > LATE_PERIODS else "live"

    @property
    def measured(self) -> bool:
        """True once frames have shown what the period is."""
        return len(self._gaps) == _GAPS

    @property
    def frozen(self) -> bool:
        """True while the camera delivers the same picture again and again."""
        return self.last_ns is not None and self.last_ns - self._same_since_ns >= FROZEN_NS
