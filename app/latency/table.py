"""The summary for a terminal."""

from typing import Any, TextIO

from rich.console import Group, RenderableType
from rich.text import Text

from allaprima.app.latency.verdict import dropped
from allaprima.app.report.terminal import figures_table, terminal

COLUMNS = ("p50", "p95", "p99", "max")


def latency_table(summary: dict[str, Any]) -> RenderableType:
    """What `LatencyMonitor.summary` counted: one row a stage, milliseconds, then rates, repeats and drops."""
    latency = summary["latency_ms"]
    table = figures_table("stage", *COLUMNS, title="Latency, milliseconds", title_justify="left")
    for name, statistics in latency["stages"].items():
        table.add_row(name, *_cells(statistics))
    table.add_section()
    table.add_row("added", *_cells(latency["added"]), style="bold")
    table.add_row("end to end", *_cells(latency["end_to_end"]))
    table.add_row("age", *_cells(summary["age_ms"]))
    table.add_row("interval", *_cells(summary["interval_ms"]))
    return Group(table, *(Text(line) for line in _lines(summary)))


def print_table(summary: dict[str, Any], stream: TextIO | None = None, width: int | None = None) -> None:
    """Write the table to `stream` (standard output), as wide as the terminal or `width` columns.

    No colour where there is no terminal, no line drawing where the stream cannot say it.
    """
    terminal(stream, width).print(latency_table(summary))


def _cells(statistics: dict[str, Any]) -> list[str]:
    return ["-" if statistics[name] is None else f"{statistics[name]:.1f}" for name in COLUMNS]


def _lines(summary: dict[str, Any]) -> list[str]:
    if not summary["submitted"]:
        return ["Nothing was submitted to the headset."]
    skipped, lost = dropped(summary)
    return [
        f"{summary['pairs']} pairs painted, {summary['pairs_per_s']:.1f} a second"
        + (f" ({summary['held']} with the last picture of an eye that skipped one)" if summary["held"] else ""),
        f"{summary['submitted']} frames submitted, {summary['submitted_per_s']:.1f} a second"
        f" ({summary['repeats']} showed the same pair again, {summary['unpainted']} an unpainted view)",
        f"dropped: {', '.join(f'{name} {n}' for name, n in lost.items() if n) or 'none'}"
        f" ({sum(skipped.values())} pairs made way for newer ones, {skipped['stylize_to_compositor']} of them painted)",
        *([_by_the_runtime(summary["headset_timing"])] if "headset_timing" in summary else []),
    ]


def _by_the_runtime(timing: dict[str, Any]) -> str:
    gpu = "" if timing["gpu_ms"] is None else f", {timing['gpu_ms']:.1f} ms of GPU for the last"
    return (
        f"{timing['runtime']} itself counted {timing['submitted']} submitted, {timing['dropped']} dropped, "
        f"{timing['reprojected']} reprojected{gpu}"
    )
