"""The stability report as one HTML page: no script, nothing loaded from anywhere but the pictures beside it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from allaprima.app.bench.stability.table import COLUMNS, grouped, worst_of
from allaprima.app.report.html import render

CHARTS = {
    "e_view": "Difference between the eyes",
    "e_stab": "Flicker from frame to frame",
    "e_stab_10": "Change over ten frames",
    "shift_1px": "Change when the picture moves by one pixel",
    "shift_2px": "Change when the picture moves by two pixels",
    "noise": "Change under sensor noise",
    "bad2": "Percent of disparities lost",
    "style_distance_ratio": "Distance from the painting's style",
    "output_std": "Contrast",
}
PICTURES = "pictures"
"""Folder of the pictures, beside the page."""


def page(report: Mapping[str, Any]) -> str:
    """`report` as `stability.run` makes it. Shows `pictures/STYLE.jpg` and `pictures/STYLE-flicker.jpg`."""
    rows = _rows(report)
    return render(
        "stability.html",
        pack=report["pack"],
        gates=list(_gates(report["gates"])),
        columns=COLUMNS,
        rows=rows,
        missed={(gate["style"], gate["key"]) for gate in report["gates"] if gate["passed"] is False},
        charts=[chart for key, title in CHARTS.items() if (chart := _chart(report["gates"], rows, key, title))],
        pictures=["raw", *report["styles"]],
        folder=PICTURES,
        settings={name: _plain(value) for name, value in report["settings"].items()},
        number=_number,
    )


def _gates(gates: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], str, list[str]]]:
    """Of each gate the worst verdict, its word, and the styles that failed."""
    for verdicts in grouped(gates):
        worst = worst_of(verdicts)
        word = {True: "pass", False: "fail", None: "not measured"}[worst["passed"]]
        yield worst, word, [v["style"] for v in verdicts if v["passed"] is False and v["style"]]


def _rows(report: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any], str | None]]:
    """Title, class, values and the name of a style that gates have, of everything measured."""
    baselines = {name: values for name, values in report["baselines"].items() if values}
    return [
        *((name.replace("_", " "), "baseline", values, "") for name, values in baselines.items()),
        *((name, "style", values, name) for name, values in report["styles"].items()),
        ("mean", "mean total", report["mean"], None),
    ]


def _chart(gates: Sequence[Mapping[str, Any]], rows: Sequence[Any], key: str, title: str) -> dict[str, Any] | None:
    """One bar a style and a baseline, with a line at the gate. None where nothing was measured."""
    bars = [(name, kind, values[key]) for name, kind, values, _ in rows if values.get(key) is not None]
    if not bars:
        return None
    limits = sorted({gate["limit"] for gate in gates if gate["key"] == key})
    most = max(*(value for _, _, value in bars), *limits, 1e-9)
    return {"title": title, "key": key, "limits": limits, "bars": bars, "most": most}


def _plain(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.4f}"
