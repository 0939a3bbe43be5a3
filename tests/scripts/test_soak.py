"""Growth and slowing are told from samples, and only from those after the settling."""

from __future__ import annotations

import pytest
import soak


def samples(minutes: float, megabytes, pairs_per_s) -> list[tuple[float, float, int]]:
    rows, pairs = [], 0.0
    for number in range(round(minutes * 60 / soak.SAMPLE_S) + 1):
        t = number * soak.SAMPLE_S
        rows.append((t, megabytes(t), round(pairs)))
        pairs += pairs_per_s(t) * soak.SAMPLE_S
    return rows


def test_a_leak_is_told_in_percent_an_hour() -> None:
    result = soak.told(samples(30, lambda t: 200 + 10 * t / 3600, lambda t: 30))
    level = 200 + 10 * 0.5 * soak.SETTLING
    assert result["growth_percent_per_hour"] == pytest.approx(100 * 10 / level, rel=0.01)
    assert result["memory_mb"] == pytest.approx(level, abs=0.1)
    assert result["rate_change_percent"] == 0


def test_what_is_used_once_is_no_growth() -> None:
    result = soak.told(samples(30, lambda t: 100 + min(t, 0.5 * soak.SETTLING * 1800), lambda t: 30))
    assert result["growth_percent_per_hour"] == pytest.approx(0, abs=1e-6)


def test_becoming_slower_is_told() -> None:
    result = soak.told(samples(30, lambda t: 100, lambda t: 40 - t / 1800 * 20))
    assert result["pairs_per_s_first_third"] > result["pairs_per_s_last_third"]
    assert -20 < result["rate_change_percent"] < -10
