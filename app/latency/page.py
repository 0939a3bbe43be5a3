"""The report as one HTML page: no script, nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np

from allaprima.app.core.clock import NS
from allaprima.app.core.console import markup
from allaprima.app.latency.monitor import SPANS, TOTALS, Records
from allaprima.app.latency.plot import Axis, Plot, Values
from allaprima.app.latency.verdict import verdict

COLUMNS = ("p50", "p95", "p99", "max")

WHAT = {
    "capture": "from the grab until both eyes are paired",
    "prepare": "the wait for the network to be free, then resize and pack",
    "infer": "the network, both eyes in one pass",
    "handover": "the wait for the compositor, then the upload",
    "draw": "reprojection into both eyes",
    "submit": "hand-over to the headset",
}


def page(summary: dict[str, Any], records: Records, context: Mapping[str, Any]) -> str:
    """`summary` and `records` of a `LatencyMonitor`; `context` is what to say about machine and settings: values,
    or mappings of values, which become one table each."""
    css = (files("allaprima.app.report") / "report.css").read_text(encoding="utf-8")
    plots = [*_added(summary, records), *_ages(summary, records), *_intervals(summary, records)]
    body = [
        _headline(summary),
        _stages(summary),
        f'<div class="plots">{"".join(plots)}</div>' if plots else "",
        f'<div class="tables">{_counts(summary)}{_context(context)}</div>',
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>Alla Prima: frame latency</title><style>{css}</style></head><body><main>"
        '<header><p class="name">Alla Prima</p><h1>Frame latency</h1></header>'
        f"{''.join(body)}"
        "<footer>Every plot shows the newest frames kept, every number the whole run. Lines are medians of "
        "neighbouring frames, bands reach from the least to the greatest. The frames one by one are in trace.json: "
        "open it at ui.perfetto.dev.</footer></main></body></html>\n"
    )


def _headline(summary: dict[str, Any]) -> str:
    words = f'<p class="empty">{markup(verdict(summary))}</p>'
    if not summary["submitted"]:
        return words
    added, age = summary["latency_ms"]["added"], summary["age_ms"]
    missed = summary["dropped"]["headset"]
    skipped = sum(summary["dropped"][name] for name in ("capture_to_stylize", "stylize_to_compositor"))
    cards = (
        ("added latency", _ms(added["p50"]), "ms", f"p95 {_ms(added['p95'])} · p99 {_ms(added['p99'])}"),
        ("painted", f"{summary['pairs_per_s']:.1f}", "pairs/s", f"{summary['pairs']:,} pairs"),
        ("submitted", f"{summary['submitted_per_s']:.1f}", "frames/s", f"{summary['repeats']:,} repeats of a pair"),
        ("age of what is seen", _ms(age["p50"]), "ms", f"p95 {_ms(age['p95'])} · p99 {_ms(age['p99'])}"),
        ("missed by the headset", f"{missed:,}", "frames", f"{skipped:,} pairs skipped for newer ones"),
    )
    boxes = "".join(
        f'<div><p class="what">{what}</p><p class="value">{value}<small>{unit}</small></p>'
        f'<p class="more">{more}</p></div>'
        for what, value, unit, more in cards
    )
    return f'{words}<section class="headline">{boxes}</section>'


def _stages(summary: dict[str, Any]) -> str:
    latency = summary["latency_ms"]
    if not summary["pairs"]:
        return ""
    means = {name: statistics["mean"] or 0.0 for name, statistics in latency["stages"].items()}
    whole = sum(means.values()) or 1.0
    x, rects, labels = 0.0, [], []
    for name, mean in means.items():
        share = mean / whole
        rects.append(
            f'<rect class="stage {name}" x="{x * 1000:.2f}" width="{share * 1000:.2f}" height="100">'
            f"<title>{name}: {mean:.1f} ms</title></rect>"
        )
        if share >= 0.16:
            labels.append(f'<span style="left:{x:.2%};width:{share:.2%}">{name}<b> {mean:.1f}</b></span>')
        x += share
    rows = "".join(
        f'<tr><th><i class="swatch {name}"></i>{name}<span class="note">{WHAT[name]}</span></th>'
        f"<td>{_ms(latency['stages'][name]['mean'])}</td>{_cells(latency['stages'][name])}</tr>"
        for name in SPANS
    )
    totals = "".join(
        f'<tr class="total"><th>{title}<span class="note">{note}</span></th><td>{_ms(latency[name]["mean"])}</td>'
        f"{_cells(latency[name])}</tr>"
        for name, title, note in (
            ("added", "added", "from the pair being ready to its first submission"),
            ("end_to_end", "end to end", "from the grab to the first submission"),
        )
    )
    return (
        f'<section><h2>Where the time goes</h2><p class="lead">Mean milliseconds of one pair on its way, '
        f"{sum(means.values()):.1f} in all.</p>"
        '<div class="stack"><svg viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" '
        f'aria-label="Mean time of each stage">{"".join(rects)}</svg>{"".join(labels)}</div>'
        '<div class="scroll"><table class="numbers"><thead><tr><th>milliseconds</th><th>mean</th>'
        f"{''.join(f'<th>{c}</th>' for c in COLUMNS)}</tr></thead><tbody>{rows}{totals}</tbody></table></div></section>"
    )


def _added(summary: dict[str, Any], records: Records) -> list[str]:
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
        _figure(histogram, "Added latency", "From a pair being ready to its first submission", _beyond(ms, x)),
        _figure(course, "Added latency over time", "One point a painted pair", _beyond(ms, course.y)),
    ]


def _ages(summary: dict[str, Any], records: Records) -> list[str]:
    points = [(s.t_ns, s.age_ms) for s in records.submitted if s.age_ms is not None]
    if not points:
        return []
    t, ms = _columns(points, _start(records))
    plot = Plot("Age of what the eye sees over time", _seconds(records), Axis.round(0, _ceiling(ms), "ms"))
    plot.line(t, ms, "age")
    note = "From the grab to every submission: it grows while a pair is shown again"
    return [_figure(plot, "Age of what the eye sees", note, _beyond(ms, plot.y))]


def _intervals(summary: dict[str, Any], records: Records) -> list[str]:
    times = np.array([s.t_ns for s in records.submitted], dtype=np.int64)
    if times.size < 2:
        return []
    ms = np.diff(times) / 1e6
    plot = Plot("Interval between submissions over time", _seconds(records), Axis.round(0, _ceiling(ms), "ms"))
    plot.line((times[1:] - _start(records)) / NS, ms, "interval")
    late = int((ms > 1.5 * float(np.median(ms))).sum())
    note = f"Milliseconds from one submission to the next; {late:,} of {ms.size:,} took over 1.5 times the median"
    return [_figure(plot, "Cadence", note, _beyond(ms, plot.y))]


def _counts(summary: dict[str, Any]) -> str:
    rows = {
        "pairs painted and shown": f"{summary['pairs']:,}",
        "of them with the last picture of an eye that skipped one": f"{summary['held']:,}",
        "frames submitted": f"{summary['submitted']:,}",
        "showed the same pair again": f"{summary['repeats']:,}",
        "showed no painted pair": f"{summary['unpainted']:,}",
        **{f"dropped: {name.replace('_', ' ')}": f"{n:,}" for name, n in summary["dropped"].items()},
        "measured for": f"{summary['duration_s']:.1f} s",
    }
    return _table("Frames", rows)


def _context(context: Mapping[str, Any]) -> str:
    single = {name: value for name, value in context.items() if not isinstance(value, Mapping)}
    tables = {"Run": single} | {name: value for name, value in context.items() if isinstance(value, Mapping)}
    return "".join(_table(name, rows) for name, rows in tables.items() if rows)


def _table(title: str, rows: Mapping[str, Any]) -> str:
    body = "".join(f"<tr><th>{markup(str(k))}</th><td>{markup(_plain(v))}</td></tr>" for k, v in rows.items())
    title = markup(title[:1].upper() + title[1:])
    return f"<section><h2>{title}</h2><table><tbody>{body}</tbody></table></section>"


def _figure(plot: Plot, title: str, note: str, beyond: str) -> str:
    beyond = f'<p class="beyond">{beyond}</p>' if beyond else ""
    return f'<figure><h2>{title}</h2><p class="lead">{note}</p>{plot.html()}{beyond}</figure>'


def _cells(statistics: dict[str, Any]) -> str:
    return "".join(f"<td>{_ms(statistics[name])}</td>" for name in COLUMNS)


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
