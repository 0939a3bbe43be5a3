"""Timing in turns, on a clock that only moves when something runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from allaprima.app.bench.speed.rounds import Times, interleaved
from allaprima.app.core.clock import FakeClock

MS = 1_000_000


def taking(clock: FakeClock, log: list[str], name: str, *milliseconds: float) -> Callable[[], None]:
    """Something that takes these milliseconds, the last of them ever after."""
    left = list(milliseconds)

    def run() -> None:
        log.append(name)
        clock.advance(round(MS * (left.pop(0) if len(left) > 1 else left[0])))

    return run


def quiet(name: str, share: float) -> None:
    """Progress that nobody watches."""


def test_the_first_round_does_not_count_and_the_median_is_over_the_others() -> None:
    clock, log = FakeClock(), list[str]()
    times = interleaved({"slow": taking(clock, log, "slow", 9000, 300, 500, 400, 700)}, 4, clock, quiet)
    assert times["slow"].median == 450
    assert times["slow"].low < times["slow"].median < times["slow"].high


def test_everything_runs_once_a_round_in_turn() -> None:
    clock, log = FakeClock(), list[str]()
    passes = {name: taking(clock, log, name, 1000) for name in ("a", "b", "c")}
    interleaved(passes, 3, clock, quiet)
    assert "".join(log) == "abc" * 4


def test_what_is_quick_runs_once_untimed_in_each_turn_that_counts() -> None:
    clock, log = FakeClock(), list[str]()
    passes = {"q": taking(clock, log, "q", 5, 80, 5, 80, 5), "s": taking(clock, log, "s", 1000)}
    times = interleaved(passes, 2, clock, quiet)
    assert "".join(log) == "qs" + "qqs" * 2
    assert times["q"].median == 5  # the 80 ms with cold caches were not timed


def test_progress_sums_to_one_and_names_what_runs() -> None:
    clock, log = FakeClock(), list[str]()
    told: list[tuple[str, float]] = []
    interleaved({2: taking(clock, log, "x", 1), 3: taking(clock, log, "y", 1)}, 5, clock, lambda *t: told.append(t))
    assert sum(share for _, share in told) == pytest.approx(1)
    assert {name for name, _ in told} == {"2", "3"}


def test_no_round_measures_nothing() -> None:
    with pytest.raises(ValueError, match="0 rounds"):
        interleaved({}, 0, FakeClock(), quiet)


def test_times_are_told_in_milliseconds() -> None:
    assert Times(1.23456, 1.0, 2.0).as_json() == {"ms": 1.235, "ms_low": 1.0, "ms_high": 2.0}
