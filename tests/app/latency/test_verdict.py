"""A session's figures in words."""

from __future__ import annotations

from typing import Any

import pytest

from allaprima.app.latency.verdict import verdict


def summary(pairs_per_s: float, missed: int = 0, submitted: int = 1000, pairs: int = 500) -> dict[str, Any]:
    return {
        "submitted": submitted, "pairs": pairs, "pairs_per_s": pairs_per_s,
        "latency_ms": {"added": {"p50": 53.2}}, "dropped": {"headset": missed, "capture_to_stylize": 900},
    }  # fmt: skip


@pytest.mark.parametrize(("rate", "word"), [(3.8, "Too slow"), (15.0, "Usable"), (30.0, "Smooth")])
def test_rate_in_a_word_and_help_only_where_it_is_needed(rate: float, word: str) -> None:
    text = verdict(summary(rate))
    assert text.startswith(f"{word}: {rate:.1f} pairs a second were painted") and "53 ms" in text
    assert ("--governor" in text) is (word == "Too slow")


@pytest.mark.parametrize(("missed", "words"), [(0, "missed no frame"), (5, "less than one"), (50, "stuttered")])
def test_only_what_the_headset_missed_is_missed(missed: int, words: str) -> None:
    assert words in verdict(summary(30.0, missed))


def test_a_source_that_brings_few_pairs_is_not_the_machines_fault() -> None:
    figures = summary(10.0)
    figures["dropped"]["capture_to_stylize"] = 3
    assert verdict(figures).startswith("In step with its source: 10.0 pairs") and "--governor" not in verdict(figures)


def test_nothing_shown_or_painted_is_said() -> None:
    assert verdict(summary(0.0, submitted=0)).startswith("No frame reached")
    assert verdict(summary(0.0, pairs=0)).startswith("No painted pair")
