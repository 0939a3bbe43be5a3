"""Liveness is the age of the newest frame."""

from __future__ import annotations

import random

import pytest

from allaprima.app.core.clock import NS
from allaprima.app.sources.cameras.health import Health

PERIOD = NS // 50


def running(health: Health, frames: int, period: int = PERIOD, start: int = 0) -> int:
    for n in range(frames):
        health.seen(start + n * period, n)
    return start + (frames - 1) * period


def test_a_camera_is_lost_before_its_first_frame() -> None:
    assert Health(50).state(0) == "lost"


@pytest.mark.parametrize(
    ("periods", "state"), [(0, "live"), (1.4, "live"), (1.6, "late"), (3.4, "late"), (3.6, "lost"), (1000, "lost")]
)
def test_live_then_late_then_lost_by_the_age_of_the_frame(periods: float, state: str) -> None:
    health = Health(50)
    last = running(health, 20)
    assert health.state(last + round(periods * PERIOD)) == state


def test_three_periods_are_lost_and_no_two() -> None:
    health = Health(50)
    last = running(health, 20)
    for n in range(1, 5):
        due = last + n * PERIOD
        assert health.missed(due) == n - 1, "it may still come"
        assert health.missed(due + PERIOD * 49 // 100) == n - 1
        assert health.missed(due + PERIOD * 51 // 100) == n
        assert (health.state(due + PERIOD * 51 // 100) == "lost") == (n >= 3)


@pytest.mark.parametrize("seed", range(8))
def test_two_drops_in_a_row_are_no_loss_though_the_frame_after_them_comes_late(seed: int) -> None:
    dice, health, number, now = random.Random(seed), Health(50), 0, 0
    for _ in range(300):
        number += 1 if dice.random() < 0.8 else dice.choice((2, 3))
        due = number * PERIOD + dice.randrange(-PERIOD // 10, PERIOD // 10)
        if health.last_ns is not None:
            assert health.state(due) != "lost" and health.state(now) == "live"
        health.seen(due, number)
        now = due


def test_the_period_is_the_one_that_is_seen_not_the_one_that_was_promised() -> None:
    health = Health(60)
    last = running(health, 10, NS // 60)
    last = running(health, 30, NS // 15, last + NS // 15)  # it got dark
    assert health.period_ns == NS // 15 and health.state(last + NS // 10) == "late"


def test_a_long_absence_is_no_period() -> None:
    health = Health(50)
    last = running(health, 20)
    running(health, 20, start=last + 30 * NS)
    assert health.period_ns == PERIOD


def test_a_second_of_identical_frames_is_frozen_and_one_other_frame_is_not() -> None:
    health = Health(50)
    for n in range(52):
        health.seen(n * PERIOD, 7)
        assert health.frozen == (n >= 50)
    health.seen(52 * PERIOD, 8)
    assert not health.frozen
