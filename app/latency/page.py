"""The report as one HTML page: no script, nothing loaded from anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from allaprima.app.core.clock import NS
from allaprima.app.latency.monitor import SPANS, TOTALS, Records
from allaprima.app.latency.plot import Axis, Plot, Values
from allaprima.app.latency.verdict import dropped, verdict
from allaprima.app.report.html import render

COLUMNS = ("mean", "p50", "p95", "p99", "max")

WHAT = {
    "capture": "from the grab until both eyes are paired",
    "prepare": "the wait for the network to be free, then resize and pack",
    "infer": "the network, both eyes in one pass",
    "handover": "the wait for the compositor, then the upload",
    "draw": "reprojection into both eyes",
    "submit": "hand-over to the headset",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot, what it shows, and what it leaves out, in words."""

    plot: Plot
    title: str
    note: str
    beyond: str


def page(summary: dict[str, Any], records: Records, context: Mapping[str, Any]) -> str:
    """`summary` and `records` of a `LatencyMonitor`; `context` is what to say about machine and settings: values,
    or mappings of values, which become one table each."""
    stages = _stages(summary["latency_ms"]) if summary["pairs"] else []
    return render(
        "latency.html",
        verdict=verdict(summary),
        cards=_cards(summary) if summary["submitted"] else [],
        stages=stages,
        whole=sum(stage["mean"] for stage in stages),
        columns=COLUMNS,
        rows=_rows(summary["latency_ms"]),
        figures=[*_added(summary, records), *_ages(records), *_intervals(records)],
        tables={"Frames": _counts(summary), **_context(context)},
    )


def _cards(summary: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    added, age = summary["latency_ms"]["added"], summary["age_ms"]
    missed, skipped = summary["dropped"]["headset"], sum(dropped(summary)[0].values())
    return [
        ("added latency", _ms(added["p50"]), "ms", f"p95 {_ms(added['p95'])} · p99 {_ms(added['p99'])}"),
        ("painted", f"{summary['pairs_per_s']:.1f}", "pairs/s", f"{summary['pairs']:,} pairs"),
        ("submitted", f"{summary['submitted_per_s']:.1f}", "frames/s", f"{summary['repeats']:,} repeats of a pair"),
        ("age of what is seen", _ms(age["p50"]), "ms", f"p95 {_ms(age['p95'])} · p99 {_ms(age['p99'])}"),
        ("missed by the headset", f"{missed:,}", "frames", f"{skipped:,} pairs skipped for newer ones"),
    ]


def _stages(latency: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of each stage the mean in milliseconds, and its start and share of the whole in 0..1."""
    means = {name: statistics["mean"] or 0.0 for name, statistics in latency["stages"].items()}
    whole = sum(means.values()) or 1.0
    starts = accumulate(means.values(), initial=0.0)
    return [
        {"name": name, "mean": mean, "start": start / whole, "share": mean / whole}
        for (name, mean), start in zip(means.items(), starts, strict=False)
    ]


def _rows(latency: Mapping[str, Any]) -> list[tuple[str, str, str, list[str]]]:
    """Class, name, note and the numbers of `COLUMNS` of each stage and of both totals."""
    rows = [
        *((name, name, WHAT[name], latency["stages"][name]) for name in SPANS),
        ("total", "added", "from the pair being ready to its first submission", latency["added"]),
        ("total", "end to end", "from the grab to the first submission", latency["end_to_end"]),
    ]
    return [(kind, name, note, [_ms(numbers[c]) for c in COLUMNS]) for kind, name, note, numbers in rows]


def _added(summary: dict[str, Any], records: Records) -> list[Figure]:
    """The distribution of added latency, and its course."""
    painted = [(p.t_ns, p.stamps.between_ms(*TOTALS["added"])) for p in records.painted]
    points = [(t_ns, added) for t_ns, added in painted if added is not None]
    if not points:
        return []
    t, ms = _columns(points, _start(records))
    statistics = summary["latency_ms"]["added"]
    x = Axis.round(float(ms.min()), _ceiling(ms), "ms")
    counts, edges = np.histogram(ms, bins=min(60, max(8, int(2 * ms.size**0.5))), range=(x.low, x.high))
    histogram = Plot("Distribution of added latency", x, Axis.round(0, float(counts.max()) * 1.25, "pairs"))
    histogram.bars(edges, counts.astype(float), "added")
    for row, name in enumerate(("p50", "p95", "p99")):
        histogram.mark(statistics[name], f"{name} {_ms(statistics[name])}", name, row)
    course = Plot("Added latency over time", _seconds(records), Axis.round(0, _ceiling(ms), "ms"))
    course.line(t, ms, "added")
    return [
        Figure(histogram, "Added latency", "From a pair being ready to its first submission", _beyond(ms, x)),
        Figure(course, "Added latency over time", "One point a painted pair", _beyond(ms, course.y)),
    ]


def _ages(records: Records) -> list[Figure]:
    points = [(s.t_ns, s.age_ms) for s in records.submitted if s.age_ms is not None]
    if not points:
        return []
    t, ms = _columns(points, _start(records))
    plot = Plot("Age of what the eye sees over time", _seconds(records), Axis.round(0, _ceiling(ms), "ms"))
    plot.line(t, ms, "age")
    note = "From the grab to every submission: it grows while a pair is shown again"
    return [Figure(plot, "Age of what the eye sees", note, _beyond(ms, plot.y))]


def _intervals(records: Records) -> list[Figure]:
    times = np.array([s.t_ns for s in records.submitted], dtype=np.int64)
    if times.size < 2:
        return []
    ms = np.diff(times) / 1e6
    plot = Plot("Interval between submissions over time", _seconds(records), Axis.round(0, _ceiling(ms), "ms"))
    plot.line((times[1:] - _start(records)) / NS, ms, "interval")
    late = int((ms > 1.5 * float(np.median(ms))).sum())
    note = f"Milliseconds from one submission to the next; {late:,} of {ms.size:,} took over 1.5 times the median"
    return [Figure(plot, "Cadence", note, _beyond(ms, plot.y))]


def _counts(summary: dict[str, Any]) -> dict[str, str]:
    skipped, lost = dropped(summary)
    return {
        "pairs painted and shown": f"{summary['pairs']:,}",
        "of them with the last picture of an eye that skipped one": f"{summary['held']:,}",
        "frames submitted": f"{summary['submitted']:,}",
        "showed the same pair again": f"{summary['repeats']:,}",
        "showed no painted pair": f"{summary['unpainted']:,}",
        "pairs that made way for newer ones": f"{sum(skipped.values()):,}",
        "of them painted": f"{skipped['stylize_to_compositor']:,}",
        **{f"dropped: {name}": f"{n:,}" for name, n in lost.items()},
        "measured for": f"{summary['duration_s']:.1f} s",
    }


def _context(context: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    single = {name: value for name, value in context.items() if not isinstance(value, Mapping)}
    tables = {"Run": single} | {name: value for name, value in context.items() if isinstance(value, Mapping)}
    return {
        name[:1].upper() + name[1:]: {key: _plain(value) for key, value in rows.items()}
        for name, rows in tables.items()
    }


def _ms(value: float | None) -> str:
    if value is None:
        return "–"  # noqa: RUF001
    return f"{value:.1f}" if value < 1000 else f"{value:,.0f}"


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return "–" if value is None else str(value)  # noqa: RUF001


def _start(records: Records) -> int:
    """Where the plots' time begins, nanoseconds."""
    return min([p.t_ns for p in records.painted[:1]] + [s.t_ns for s in records.submitted[:1]])


def _seconds(records: Records) -> Axis:
    end = max([p.t_ns for p in records.painted[-1:]] + [s.t_ns for s in records.submitted[-1:]])
    return Axis(0, max((end - _start(records)) / NS, 0.001), "seconds")


def _columns(points: list[tuple[int, float]], start_ns: int) -> tuple[Values, Values]:
    """Seconds since the start, and milliseconds."""
    return np.array([(t - start_ns) / NS for t, _ in points]), np.array([ms for _, ms in points])


def _ceiling(ms: Values) -> float:
    """High enough for all, but not so high that one hiccup flattens everything else."""
    return float(min(ms.max(), 2.5 * np.quantile(ms, 0.99)))


def _beyond(ms: Values, axis: Axis) -> str:
    n = int((ms > axis.high).sum())
    return f"{n:,} beyond the edge, the highest {ms.max():,.0f} ms" if n else ""
