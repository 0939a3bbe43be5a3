from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from allaprima.app.bench.stability.gates import GATES, as_json, judge, passed

TWICE = {"e_view": 0.01, "style_distance_ratio": 0.04}
"""Good enough for both of their gates."""
GOOD = {gate.key: gate.limit + 0.01 * (1 if gate.least else -1) * gate.limit for gate in GATES} | TWICE


def report(**changes: float | None) -> dict[str, Any]:
    """A report in which everything is just good enough, but for `changes` of the style `weak` and of the mean."""
    made: dict[str, Any] = {
        "mean": GOOD | changes,
        "styles": {"strong": dict(GOOD), "weak": GOOD | changes},
        "baselines": {"raw": {"bad2": 1.0}, "plain": None},
    }
    made["gates"] = [as_json(verdict) for verdict in judge(made)]
    return made


def failures(made: dict[str, Any]) -> set[tuple[str, str | None]]:
    return {(gate["key"], gate["style"]) for gate in made["gates"] if gate["passed"] is False}


def test_what_is_good_enough_passes_all() -> None:
    made = report()
    assert failures(made) == set()
    assert passed(made) and passed(made, strict=True)


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: f"{gate.key}-{gate.kind}-{gate.of}")
def test_each_gate_fails_on_its_wrong_side(gate: Any) -> None:
    limit = gate.limit + (1.0 if gate.over_raw else 0.0)
    made = report(**{gate.key: limit * (0.9 if gate.least else 1.1)})
    assert (gate.key, "weak" if gate.of == "style" else None) in failures(made)
    assert (gate.key, "strong") not in failures(made)
    assert passed(made) is (gate.kind != "look")
    assert not passed(made, strict=True)


def test_disparities_lost_count_from_the_raw_pictures() -> None:
    assert failures(report(bad2=3.9)) == set()
    assert failures(report(bad2=4.1)) == {("bad2", None)}


def test_what_is_not_measured_fails_only_when_strict() -> None:
    made = report(style_distance_ratio=None)
    assert passed(made) and not passed(made, strict=True)
    missing = [gate for gate in made["gates"] if gate["passed"] is None]
    assert {(gate["key"], gate["style"]) for gate in missing} == {
        ("style_distance_ratio", "weak"),
        ("style_distance_ratio", None),
    }


def test_the_documented_gates_are_the_gates() -> None:
    docs = (Path(__file__).parents[4] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    for gate in GATES:
        limit = "1/255" if gate.key == "drift" else f"{gate.limit:g}"
        of = "each style" if gate.of == "style" else "the mean"
        side = "at least" if gate.least else "at most"
        assert f"| `{gate.key}` | {gate.kind} | {of} | {side} {limit}" in docs, gate.key
