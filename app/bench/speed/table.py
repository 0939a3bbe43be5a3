"""A speed report as tables, for a terminal and for Markdown, and as files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from rich.text import Text

from allaprima.app.core.files import write_file
from allaprima.app.report.terminal import figures_table, terminal

Report = Mapping[str, Any]
ENGINES = ("engine", "ms a pair", "middle half", "network ms", "GFLOP/s", "of peak")


@dataclass(frozen=True, slots=True)
class Table:
    """The first column is text, the others numbers; a cell may be '-' where nothing was measured."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        head = [self.columns, ["---", *["---:"] * (len(self.columns) - 1)]]
        lines = "\n".join(f"| {' | '.join(row)} |" for row in (*head, *self.rows))
        return f"**{self.title}**\n\n{lines}\n"


def tables(report: Report) -> Iterator[Table]:
    """The report's tables, in the order in which they are read."""
    for size, rows in report["pairs"].items():
        yield Table(
            f"{size}, {report['gflop'][size]:.1f} GFLOP a pair",
            ENGINES,
            [(name, *_engine(row)) for name, row in rows.items()],
        )


def _engine(row: Mapping[str, Any]) -> tuple[str, ...]:
    fraction = row["peak_fraction"]
    return (
        milliseconds(row["ms"]),
        f"{milliseconds(row['ms_low'])} to {milliseconds(row['ms_high'])}",
        milliseconds(row["network_ms"]),
        f"{row['network_gflops']:.0f}",
        f"{100 * fraction:.0f} %" if fraction else "-",
    )


def milliseconds(ms: float) -> str:
    return f"{ms:.1f}" if ms < 100 else f"{ms:.0f}"


def machine_line(report: Report) -> str:
    """What it was measured on, in one line."""
    machine, peak = report["machine"], report["peak_gflops"]
    peaks = ", ".join(f"{name} {value:.0f} GFLOP/s" for name, value in peak.items()) or "not measured"
    load = "" if machine["load"] is None else f"; load {machine['load']:.1f} when it began"
    return (
        f"{machine['processor'] or machine['architecture']}, {machine['processors']} processors, {machine['system']}; "
        f"peak: {peaks}{load}"
    )


def print_speed(report: Report, stream: TextIO | None = None, width: int | None = None) -> None:
    """All tables; `stream` is standard output if None."""
    console = terminal(stream, width)
    console.print(Text(f"{report['pack']}: {machine_line(report)}"))
    for table in tables(report):
        console.print(Text(table.title, style="italic"))
        drawn = figures_table(*table.columns)
        for row in table.rows:
            drawn.add_row(*(Text(cell) for cell in row))
        console.print(drawn)


def markdown(report: Report) -> str:
    """What was measured, and the tables."""
    return "\n".join([f"`{report['pack']}` on {machine_line(report)}.\n", *(one.markdown() for one in tables(report))])


def write_speed(folder: Path, report: Report) -> list[Path]:
    """`speed.json` and `speed.md` in `folder`, which is made if need be; each whole or not at all.

    Raises `RecordingError`.
    """
    return [
        write_file(folder / "speed.json", json.dumps(report, indent=2, allow_nan=False) + "\n"),
        write_file(folder / "speed.md", f"# Speed\n\n{markdown(report)}"),
    ]
