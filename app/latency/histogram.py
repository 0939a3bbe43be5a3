"""Durations counted in logarithmic buckets: fixed memory and known error for runs of any length."""

import math
from itertools import accumulate

RELATIVE_ERROR = 0.005
"""Largest relative error of a quantile against the true order statistic, between `FLOOR_MS` and `CEILING_MS`."""
FLOOR_MS = 0.001
"""Shorter durations count as this one: one microsecond is invisible."""
CEILING_MS = 100_000.0
"""Longer durations are counted, but quantiles show at least this value for them."""

_GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_LOG_GAMMA = math.log(_GAMMA)
_BUCKETS = math.ceil(math.log(CEILING_MS / FLOOR_MS) / _LOG_GAMMA) + 1


class Histogram:
    """Milliseconds in buckets whose bounds grow by a constant factor.

    The buckets of DDSketch (Masson, Rim and Lee, 2019), without its collapsing: bucket i holds
    FLOOR_MS * (g^(i-1), g^i] with g = (1 + e) / (1 - e) for the relative error e, and answers with the value that is
    at most e from both of its ends. `count`, `mean`, `min` and `max` are exact.
    """

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self._sum = 0.0
        self._min = math.inf
        self._max = -math.inf
        self.count = 0
        self.invalid = 0
        """Values that are no durations (NaN, infinite, negative); nothing else here includes them."""

    def record(self, ms: float) -> None:
        """Count one duration in milliseconds."""
        if not 0 <= ms < math.inf:
            self.invalid += 1
            return
        self._counts[_bucket(ms)] += 1
        self._sum += ms
        self._min = min(self._min, ms)
        self._max = max(self._max, ms)
        self.count += 1

    def quantile(self, q: float) -> float | None:
        """The ceil(q * count)-th smallest duration within `RELATIVE_ERROR`; q 0 and 1 are exact, None when empty."""
        if not 0 <= q <= 1:
            raise ValueError(f"a quantile lies between 0 and 1, not {q}")
        if self.count == 0:
            return None
        rank = math.ceil(q * self.count)
        if rank <= 1:
            return self._min
        if rank >= self.count:
            return self._max
        i = next(i for i, seen in enumerate(accumulate(self._counts)) if seen >= rank)
        middle = 2 * FLOOR_MS * _GAMMA**i / (1 + _GAMMA)
        return min(max(middle, self._min), self._max)

    @property
    def mean(self) -> float | None:
        return self._sum / self.count if self.count else None

    @property
    def min(self) -> float | None:
        return self._min if self.count else None

    @property
    def max(self) -> float | None:
        return self._max if self.count else None


def _bucket(ms: float) -> int:
    if ms <= FLOOR_MS:
        return 0
    return min(math.ceil(math.log(ms / FLOOR_MS) / _LOG_GAMMA), _BUCKETS - 1)
