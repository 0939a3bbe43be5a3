"""A known delay is what its name says, to the nanosecond, and costs no pair."""

from __future__ import annotations

import pytest
from stand_ins import GreyReel

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import SourceEnded, Stalled
from allaprima.app.sources.delayed import DelayedSource
from allaprima.app.sources.reel import Pace, Playback

MS = 1_000_000


def delayed(ms: int, clock: FakeClock, rate_hz: float | None = 50, frames: int | None = None) -> DelayedSource:
    pace: Pace = "rate" if rate_hz else "fast"
    source = Playback(GreyReel(), clock, pace=pace, rate_hz=rate_hz, frames=frames)
    return DelayedSource(source, ms * MS, clock)


@pytest.mark.parametrize("ms", [5, 20, 33, 80])
def test_every_pair_comes_so_late_and_at_the_same_rate(ms: int) -> None:
    clock = FakeClock()
    with delayed(ms, clock) as source:
        for seq in range(12):
            frame = source.read(1)
            assert frame.seq == seq and frame.t_ns == frame.stamps.grabbed == seq * 20 * MS, "grabbed in time"
            assert frame.stamps.paired == clock.now_ns() == frame.t_ns + ms * MS, "handed on late"


def test_it_waits_no_longer_than_it_may_and_loses_nothing() -> None:
    clock = FakeClock()
    with delayed(80, clock) as source:
        for _ in range(3):
            with pytest.raises(Stalled):
                source.read(0.025)
        assert clock.now_ns() == 75 * MS
        assert [source.read(1).seq for _ in range(5)] == [0, 1, 2, 3, 4]


def test_what_is_under_way_at_the_end_still_arrives() -> None:
    clock = FakeClock()
    with delayed(80, clock, frames=3) as source:
        assert [source.read(1).seq for _ in range(3)] == [0, 1, 2]
        assert clock.now_ns() == (40 + 80) * MS
        with pytest.raises(SourceEnded):
            source.read(1)


def test_a_source_without_a_pace_has_one_pair_under_way() -> None:
    clock = FakeClock()
    with delayed(30, clock, rate_hz=None) as source:
        assert [source.read(1).stamps.paired for _ in range(3)] == [30 * MS, 60 * MS, 90 * MS]


def test_closing_ends_it_at_once() -> None:
    source = delayed(80, FakeClock())
    with pytest.raises(Stalled):
        source.read(0.03)
    source.close()
    with pytest.raises(SourceEnded):
        source.read(1)
