"""Timing several things fairly on a machine that is not ours alone: in turns, round after round."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from allaprima.app.core.clock import Clock

Name = TypeVar("Name")
Run = Callable[[], object]

MS = 1e-6
"""Milliseconds in a nanosecond."""
WARMED_BELOW_MS = 250.0
"""What is quicker runs once untimed in each of its turns: the one before has emptied the caches, and its threads may
still be spinning. What is slower outlasts both."""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds: the median, and between which the middle half of the rounds lies."""

    median: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        return {"ms": round(self.median, 3), "ms_low": round(self.low, 3), "ms_high": round(self.high, 3)}


def interleaved(
    passes: Mapping[Name, Run], rounds: int, clock: Clock, progress: Callable[[str, float], object]
) -> dict[Name, Times]:
    """Time every pass once a round, `rounds` times, after one round that does not count: what disturbs the machine
    disturbs all of them alike, and medians are compared. `progress` gets the present step and the finished share.

    Raises ValueError for fewer than one round.
    """
    if rounds < 1:
        raise ValueError(f"{rounds} rounds measure nothing")
    taken: dict[Name, list[float]] = {name: [] for name in passes}
    quick: set[Name] = set()
    for number in range(rounds + 1):
        for name, run in passes.items():
            progress(str(name), 0)
            if name in quick:
                run()
            start = clock.now_ns()
            run()
            ms = MS * (clock.now_ns() - start)
            if number:
                taken[name].append(ms)
            elif ms < WARMED_BELOW_MS:
                quick.add(name)
            progress(str(name), 1 / (len(passes) * (rounds + 1)))
    return {name: _times(found) for name, found in taken.items()}


def _times(found: list[float]) -> Times:
    low, median, high = np.percentile(found, (25, 50, 75))
    return Times(float(median), float(low), float(high))
