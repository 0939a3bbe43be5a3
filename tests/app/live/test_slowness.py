"""A slow machine is told once."""

from __future__ import annotations

from allaprima.app.core.clock import NS
from allaprima.app.live.slowness import Slowness


def test_it_is_told_once_with_the_rate_and_two_flags_after_five_slow_seconds() -> None:
    slowness = Slowness()
    told = [slowness.look(7.25, second * NS) for second in range(20)]
    (text,) = filter(None, told)
    assert told.index(text) == 5
    assert "7.2 pairs" in text and "--governor" in text and "--size" in text


def test_a_hiccup_and_what_says_nothing_about_the_machine_are_not_told() -> None:
    slowness = Slowness()
    rates = [3.0, 3.0, 3.0, 3.0, 25.0, 3.0, 3.0, 3.0, None, 3.0, 3.0]
    assert not any(slowness.look(rate, second * NS) for second, rate in enumerate(rates))
