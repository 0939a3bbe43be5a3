"""The measures for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

COLUMNS = {
    "e_view": "view",
    "e_stab": "stab",
    "e_stab_10": "stab 10",
    "shift_1px": "1 px",
    "shift_2px": "2 px",
    "shift_3px": "3 px",
    "shift_4px": "4 px",
    "noise": "noise",
    "exposure": "+2 %",
    "drift": "drift",
    "bad2": "bad-2",
    "output_std": "std",
    "style_distance_ratio": "style",
    "content_distance": "content",
    "tint": "tint",
}
"""What the table shows of each row, and its heading."""


def print_measures(report: Mapping[str, Any], stream: TextIO | None = None, width: int | None = None) -> None:
    """The baselines, then a row a style and their mean as the last line; what misses its gate is red, with a "!".

    `report` as `stability.run` makes it; `stream` is standard output if None.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for heading in COLUMNS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    missed = {(gate["style"], gate["key"]) for gate in report["gates"] if gate["passed"] is False}
    for name, values in report["baselines"].items():
        if values is not None:
            table.add_row(Text(name.replace("_", " ")), *(_cell(key, values, False) for key in COLUMNS), style="dim")
    table.add_section()
    for name, values in report["styles"].items():
        table.add_row(Text(name), *(_cell(key, values, (name, key) in missed) for key in COLUMNS))
    table.add_section()
    mean = report["mean"]
    table.add_row("mean", *(_cell(key, mean, (None, key) in missed) for key in COLUMNS), style="bold")
    Console(file=stream, width=width, highlight=False).print(table)


def print_gates(report: Mapping[str, Any], stream: TextIO | None = None, width: int | None = None) -> None:
    """Every gate of the report: value, limit, and whether it is passed; those of single styles by their worst."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("gate", "kind", "of"):
        table.add_column(heading, no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("limit", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for gate in report["gates"]:
        value = "-" if gate["value"] is None else f"{gate['value']:.4f}"
        word, style = {True: ("pass", "green"), False: ("FAIL", "bold red"), None: ("not measured", "dim")}[
            gate["passed"]
        ]
        limit = f"{gate['direction']} {gate['limit']:.4f}"
        table.add_row(gate["key"], gate["kind"], Text(gate["style"] or "mean"), value, limit, Text(word, style=style))
    Console(file=stream, width=width, highlight=False).print(table)


def _cell(key: str, values: Mapping[str, Any], missed: bool) -> Text:
    value = values.get(key)
    if value is None:
        return Text("-")
    digits = 1 if key == "bad2" else 2 if key in ("content_distance", "tint") else 3
    return Text(f"{value:.{digits}f}{'!' if missed else ''}", style="red" if missed else "")
