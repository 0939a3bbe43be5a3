"""The measures for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from rich import box
from rich.table import Table
from rich.text import Text

from allaprima.app.report.terminal import terminal

STABILITY = {
    "e_view": "view",
    "e_stab": "stab",
    "e_stab_10": "stab 10",
    "noise": "noise",
    "exposure": "+2 %",
    "drift": "drift",
    "bad2": "bad-2",
}
PAINTING = {
    "shift_1px": "1 px",
    "shift_2px": "2 px",
    "shift_3px": "3 px",
    "shift_4px": "4 px",
    "output_std": "std",
    "style_distance_ratio": "style",
    "style_swd": "swd",
    "wall_coverage": "walls",
    "content_distance": "content",
    "tint": "tint",
}
COLUMNS = STABILITY | PAINTING
"""The measures that people are shown, and their headings; in two tables, so that each fits 80 columns."""


def print_measures(report: Mapping[str, Any], stream: TextIO | None = None, width: int | None = None) -> None:
    """The baselines, then a row a style and their mean as the last line; what misses its gate is red, with a "!".

    `report` as `stability.run` makes it; `stream` is standard output if None.
    """
    console = terminal(stream, width)
    for columns in (STABILITY, PAINTING):
        console.print(_measures(report, columns))


def _measures(report: Mapping[str, Any], columns: Mapping[str, str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for heading in columns.values():
        table.add_column(heading, justify="right", no_wrap=True)
    missed = {(gate["style"], gate["key"]) for gate in report["gates"] if gate["passed"] is False}
    for name, values in report["baselines"].items():
        if values is not None:
            table.add_row(Text(name.replace("_", " ")), *(_cell(key, values, False) for key in columns), style="dim")
    table.add_section()
    for name, values in report["styles"].items():
        table.add_row(Text(name), *(_cell(key, values, (name, key) in missed) for key in columns))
    table.add_section()
    mean = report["mean"]
    table.add_row("mean", *(_cell(key, mean, (None, key) in missed) for key in columns), style="bold")
    return table


def print_gates(report: Mapping[str, Any], stream: TextIO | None = None, width: int | None = None) -> None:
    """One row a gate: its limit, the value, and whether it is passed; of a gate for each style the worst one's value,
    and below the table which styles fail it.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("gate", "kind", "of"):
        table.add_column(heading, no_wrap=True)
    for heading in ("value", "limit"):
        table.add_column(heading, no_wrap=True, justify="right")
    table.add_column("", no_wrap=True)
    failures = []
    for verdicts in grouped(report["gates"]):
        worst = worst_of(verdicts)
        word, style = WORDS[worst["passed"]]
        value = "-" if worst["value"] is None else f"{worst['value']:.4f}"
        limit = f"{worst['direction']} {worst['limit']:.4f}"
        of = "style" if worst["style"] else "mean"
        table.add_row(worst["key"], worst["kind"], of, value, limit, Text(word, style=style))
        failed = [f"{v['style']} ({v['value']:.4f})" for v in verdicts if v["passed"] is False and v["style"]]
        if failed:
            failures.append(f"{worst['key']} fails: {', '.join(failed)}")
    console = terminal(stream, width)
    console.print(table)
    for line in failures:
        console.print(Text(line))


WORDS = {True: ("pass", "green"), False: ("FAIL", "bold red"), None: ("not measured", "dim")}


def grouped(gates: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The verdicts of each gate, in the order of the gates."""
    groups: dict[tuple[str, str, bool], list[Mapping[str, Any]]] = {}
    for gate in gates:
        groups.setdefault((gate["key"], gate["kind"], gate["style"] is None), []).append(gate)
    return list(groups.values())


def worst_of(verdicts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The verdict furthest on the wrong side; one that was not measured only where none was."""
    known = [v for v in verdicts if v["value"] is not None]
    if not known:
        return verdicts[0]
    return (min if known[0]["direction"] == ">=" else max)(known, key=lambda v: v["value"])


def _cell(key: str, values: Mapping[str, Any], missed: bool) -> Text:
    value = values.get(key)
    if value is None:
        return Text("-")
    digits = 1 if key == "bad2" else 2 if key in ("content_distance", "tint") else 3
    return Text(f"{value:.{digits}f}{'!' if missed else ''}", style="red" if missed else "")
