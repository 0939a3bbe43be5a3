"""Holds a rate of painted pairs by painting smaller, and larger again if there is time."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from allaprima.app.core.clock import NS
from allaprima.app.stylize.network_cache import LoadedNetwork

SCALES = (1.0, 0.84, 0.71, 0.59, 0.5)
"""Fractions of the full sides to paint at. Each has 0.7 times the pixels of the one before and takes about 0.7 times as
long: with fewer scales, the steps would be more visible; with more, the choice between neighbours would be unstable."""

_OVERRUN_NS, _OVERRUN_PAIRS = NS, 8
_ROOM_NS, _ROOM_PAIRS = 5 * NS, 40
"""Duration, and number of pairs at the target rate, for which the network must be too slow, or have time to spare,
before the size changes."""
_JUDGING_NS = NS // 4
_REGRET_NS = 20 * NS  # a larger size given up within this time was a mistake: the next wait for it is twice as long
_MOST_PATIENCE = 16
_HELD, _ROOM = 0.95, 0.85
"""Allowed shares of the time per pair for the expected time of a smaller size, and of a larger one. The gap between the
second and 1 is the hysteresis: a larger size can become a sixth slower before it is left again."""


@dataclass(frozen=True, slots=True)
class Change:
    """`t_ns` after the first pair the network of `scale` took over from one that took `before_ms` for a pair."""

    t_ns: int
    scale: float
    before_ms: float


class Governor:
    """Decides which of `SCALES` to paint at, from how long the thread that paints was busy with each pair.

    "Too slow" is judged by the median over one second, "time to spare" by the 90th percentile over five seconds: one
    late pair changes nothing. The expected time of a size is proportional to its pixels. Both eyes are one batch,
    always of one size. It uses no clock and no thread: all times are arguments.
    """

    def __init__(self, target_hz: float, scales: tuple[float, ...] = SCALES) -> None:
        """`target_hz` pairs a second, above 0; `scales` largest first."""
        self.target_hz = target_hz
        self.scale = scales[0]
        """The present network's scale."""
        self.changes: deque[Change] = deque(maxlen=100)
        self._scales = list(scales)
        self._period_ns = NS / target_hz
        self._overrun_ns = max(_OVERRUN_NS, _OVERRUN_PAIRS * self._period_ns)
        self._room_ns = max(_ROOM_NS, _ROOM_PAIRS * self._period_ns)
        self._brush: LoadedNetwork | None = None
        self._wanted = scales[0]
        self._spent: deque[tuple[int, int]] = deque()  # (when, how long) of the pairs since the network changed
        self._start_ns = self._first_ns = self._judged_ns = 0  # of all; of this network
        self._enlarged_ns: int | None = None
        self._patience = 1  # factor on the usual wait before a larger size

    def painted(self, network: LoadedNetwork, asked_scale: float, spent_ns: int, now_ns: int) -> float:
        """A pair was painted with `network` in `spent_ns`, and it is `now_ns`. Returns the scale to request.

        `asked_scale` is the present request: the network's own scale again if the wanted one could not be loaded.
        """
        if self._brush is None or network.resolution != self._brush.resolution:
            self._changed(network, now_ns)
        elif now_ns - self._spent[-1][0] > self._overrun_ns:  # the picture was frozen, or the source silent
            self._spent.clear()
            self._first_ns = now_ns
        self._note(spent_ns, now_ns)
        if self._wanted != network.scale:
            if asked_scale != network.scale:
                return self._wanted  # loading its network slows this one down
            self._scales = [scale for scale in self._scales if scale != self._wanted]  # it cannot be loaded
            self._wanted = network.scale
        if now_ns - self._judged_ns < _JUDGING_NS:
            return self._wanted
        self._judged_ns = now_ns
        smaller, larger = self._smaller(now_ns), self._larger(now_ns)
        if smaller is not None:
            regretted = self._enlarged_ns is not None and now_ns - self._enlarged_ns < _REGRET_NS
            self._patience = min(_MOST_PATIENCE, 2 * self._patience) if regretted else 1
            self._enlarged_ns = None
            self._wanted = smaller
        elif larger is not None:
            self._enlarged_ns = now_ns
            self._wanted = larger
        return self._wanted

    def summary(self) -> dict[str, Any]:
        """Ready for JSON. `changes` are the newest hundred, `t_s` seconds after the first pair."""
        return {
            "target_rate": self.target_hz,
            "scale": self.scale,
            "changes": [
                {"t_s": round(c.t_ns / NS, 3), "scale": c.scale, "before_ms": round(c.before_ms, 2)}
                for c in self.changes
            ],
        }

    def _changed(self, network: LoadedNetwork, now_ns: int) -> None:
        if self._brush is None:
            self._start_ns = now_ns
        elif network.scale != self._brush.scale:
            before_ms = self._quantile(0.5, self._room_ns) / 1e6
            self.changes.append(Change(now_ns - self._start_ns, network.scale, before_ms))
        self._brush = network
        self.scale = self._wanted = network.scale
        self._spent.clear()
        self._first_ns = now_ns

    def _note(self, spent_ns: int, now_ns: int) -> None:
        self._spent.append((now_ns, spent_ns))
        while now_ns - self._spent[0][0] > self._room_ns:
            self._spent.popleft()

    def _smaller(self, now_ns: int) -> float | None:
        """If the present size is too slow, the largest one that is fast enough, or the smallest of all."""
        if now_ns - self._first_ns < self._overrun_ns:
            return None
        spent = self._quantile(0.5, self._overrun_ns)
        if spent <= self._period_ns:
            return None
        beyond = [scale for scale in self._scales if scale < self.scale]
        fast = [s for s in beyond if spent * self._pixels(s) <= _HELD * self._period_ns]
        return next(iter(fast or beyond[-1:]), None)

    def _larger(self, now_ns: int) -> float | None:
        """The next larger size, if there is time for it."""
        beyond = [scale for scale in self._scales if scale > self.scale]
        if not beyond or now_ns - self._first_ns < self._room_ns * self._patience:
            return None
        expected = self._quantile(0.9, self._room_ns) * self._pixels(beyond[-1])
        return beyond[-1] if expected <= _ROOM * self._period_ns else None

    def _pixels(self, scale: float) -> float:
        """Ratio of the pixels of `scale` to those of the present size."""
        return (scale / self.scale) ** 2

    def _quantile(self, q: float, window_ns: float) -> int:
        """Percentile of the times of the last `window_ns`."""
        newest = self._spent[-1][0]
        spent = sorted(ns for t_ns, ns in self._spent if newest - t_ns <= window_ns)
        return spent[min(len(spent) - 1, int(q * len(spent)))]
