"""The gates a style pack must pass, in one table: what is shipped looks like a painting, and holds still."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from allaprima.models.judging.metrics import BLANK, TINT, WEAK

Kind = Literal["look", "goal", "stability"]


@dataclass(frozen=True, slots=True)
class Gate:
    """`key` of the measures must be at most (or, with `least`, at least) `limit`; `over_raw` adds what the unpainted
    pictures have. `of` whom: the mean over the styles, or each style.
    """

    key: str
    limit: float
    kind: Kind
    of: Literal["mean", "style"]
    what: str
    least: bool = False
    over_raw: bool = False

    def holds(self, value: float, limit: float) -> bool:
        """Whether `value` is on the right side of `limit`, or on it."""
        return value >= limit if self.least else value <= limit


@dataclass(frozen=True, slots=True)
class GateResult:
    """What came of a gate. `style` is None for the mean; `passed` None where `value` or the raw one is missing."""

    gate: Gate
    style: str | None
    value: float | None
    limit: float
    passed: bool | None


GATES = (
    Gate("style_distance_ratio", WEAK, "look", "style", "distance from the painting's style, the photo's own being 1"),
    Gate("output_std_plain_ratio", 0.8, "look", "style", "contrast beside the network without consistency", least=True),
    Gate("output_std", BLANK, "look", "style", "contrast: not blank", least=True),
    Gate("tint", TINT, "look", "style", "share that a mere tint of the photo explains"),
    Gate("outline", 0.5, "look", "style", "what is shown can still be told", least=True),
    Gate("grid_4", 0.04, "look", "style", "grid of 4 pixels on flat places"),
    Gate("grid_8", 0.05, "look", "style", "grid of 8 pixels on flat places"),
    Gate("border", 0.05, "look", "style", "frame painted around the picture"),
    Gate("wall_share", 1.0, "goal", "style", "strokes on a blank wall, beside half the painting's own", least=True),
    Gate("wall_coverage", 0.5, "goal", "mean", "strokes on a blank wall, beside the painting's own", least=True),
    Gate("style_distance_ratio", 0.06, "goal", "style", "what we are after"),
    Gate("style_distance_ratio", 0.05, "goal", "mean", "... on the mean"),
    Gate("e_view", 0.024, "stability", "mean", "difference between the eyes"),
    Gate("e_view", 0.032, "stability", "style", "difference between the eyes"),
    Gate("e_stab", 0.011, "stability", "mean", "flicker from frame to frame"),
    Gate("shift_1px", 0.009, "stability", "mean", "change when the picture moves by 1 pixel"),
    Gate("shift_2px", 0.009, "stability", "mean", "... by 2 pixels"),
    Gate("shift_3px", 0.009, "stability", "mean", "... by 3 pixels"),
    Gate("noise", 0.004, "stability", "mean", "change under sensor noise of 2/255"),
    Gate("drift", 1 / 255, "stability", "mean", "change of a static picture over 1,000 frames"),
    Gate("bad2", 3.0, "stability", "mean", "percent of disparities lost, over the raw pictures'", over_raw=True),
)


def judge(report: Mapping[str, Any]) -> list[GateResult]:
    """Every gate on a report of `allaprima bench stability` with its `mean`, `styles` and `baselines`."""
    return list(_verdicts(report))


def _verdicts(report: Mapping[str, Any]) -> Iterator[GateResult]:
    raw = report["baselines"].get("raw") or {}
    for gate in GATES:
        measured = report["styles"] if gate.of == "style" else {None: report["mean"]}
        for style, values in measured.items():
            value, limit = values.get(gate.key), gate.limit
            floor = raw.get(gate.key) if gate.over_raw else 0.0
            if value is None or floor is None:
                yield GateResult(gate, style, value, limit, None)
            else:
                yield GateResult(gate, style, value, limit + floor, gate.holds(value, limit + floor))


def passed(report: Mapping[str, Any], strict: bool = False) -> bool:
    """Whether no look gate fails; `strict`: whether no gate at all fails, and each was measured."""
    if strict:
        return all(gate["passed"] for gate in report["gates"])
    return not any(gate["passed"] is False and gate["kind"] == "look" for gate in report["gates"])


def as_json(result: GateResult) -> dict[str, Any]:
    gate = result.gate
    return {
        "key": gate.key,
        "kind": gate.kind,
        "style": result.style,
        "value": result.value,
        "limit": result.limit,
        "direction": ">=" if gate.least else "<=",
        "passed": result.passed,
    }
