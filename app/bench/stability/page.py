"""The stability report as one HTML page: no script, nothing loaded from anywhere but the pictures beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from allaprima.app.bench.stability.table import COLUMNS, grouped, worst_of
from allaprima.app.core.console import markup

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
    css = "".join(
        (files(package) / name).read_text(encoding="utf-8")
        for package, name in (("allaprima.app.report", "report.css"), ("allaprima.app.bench.stability", "page.css"))
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>Alla Prima: stability</title><style>{css}</style></head><body><main>"
        '<header><p class="name">Alla Prima</p><h1>Stability of the pack '
        f"{markup(report['pack'])}</h1></header>"
        f"{_gates(report['gates'])}{_numbers(report)}"
        f'<div class="plots">{"".join(_chart(report, key, title) for key, title in CHARTS.items())}</div>'
        f"{_pictures(list(report['styles']))}{_settings(report['settings'])}"
        "<footer>Errors are root mean squares in 0..1, means over the exact scenes. docs/benchmarks.md says what each "
        "number is.</footer></main></body></html>\n"
    )


def _gates(gates: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for verdicts in grouped(gates):
        worst = worst_of(verdicts)
        failed = [v["style"] for v in verdicts if v["passed"] is False and v["style"]]
        word = {True: "pass", False: "fail", None: "not measured"}[worst["passed"]]
        rows.append(
            f'<tr class="{word.replace(" ", "-")}"><th>{markup(worst["key"])}'
            f'<span class="note">{worst["kind"]}, {"each style" if worst["style"] else "mean"}</span></th>'
            f"<td>{_number(worst['value'])}</td><td>{worst['direction']} {_number(worst['limit'])}</td>"
            f"<td>{word}{': ' + markup(', '.join(failed)) if failed else ''}</td></tr>"
        )
    head = "<tr><th>gate</th><th>value</th><th>limit</th><th></th></tr>"
    return (
        f'<section><h2>Gates</h2><p class="lead">Of a gate for each style, the worst style.</p>'
        f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table></section>"
    )


def _numbers(report: Mapping[str, Any]) -> str:
    missed = {(gate["style"], gate["key"]) for gate in report["gates"] if gate["passed"] is False}
    rows = [
        *((name.replace("_", " "), values, "baseline", "") for name, values in report["baselines"].items() if values),
        *((name, values, "", name) for name, values in report["styles"].items()),
        ("mean", report["mean"], "total", None),
    ]
    body = ""
    for title, values, kind, name in rows:
        marked = [(_number(values.get(key)), "missed" if (name, key) in missed else "") for key in COLUMNS]
        cells = "".join(f'<td class="{mark}">{number}</td>' for number, mark in marked)
        body += f'<tr class="{kind}"><th>{markup(title)}</th>{cells}</tr>'
    head = "".join(f"<th>{markup(heading)}</th>" for heading in COLUMNS.values())
    return (
        '<section><h2>Numbers</h2><div class="scroll"><table class="numbers"><thead><tr><th></th>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div></section>"
    )


def _chart(report: Mapping[str, Any], key: str, title: str) -> str:
    """One bar a style and a baseline, with a line at the gate."""
    bars = [
        *(
            (name.replace("_", " "), values.get(key), "baseline")
            for name, values in report["baselines"].items()
            if values
        ),
        *((name, values.get(key), "style") for name, values in report["styles"].items()),
        ("mean", report["mean"].get(key), "mean"),
    ]
    known = [(name, value, kind) for name, value, kind in bars if value is not None]
    if not known:
        return ""
    limits = sorted({gate["limit"] for gate in report["gates"] if gate["key"] == key})
    most = max(*(value for _, value, _ in known), *limits, 1e-9)
    lines = "".join(f'<i class="gate" style="--at:{limit / most:.4f}"></i>' for limit in limits)
    rows = "".join(
        f'<li class="{kind}"><span>{markup(name)}</span><b style="--at:{value / most:.4f}"></b>'
        f"<em>{_number(value)}</em></li>"
        for name, value, kind in known
    )
    return (
        f'<figure><h2>{title}</h2><p class="lead">{key}{"; the line is the gate" if limits else ""}</p>'
        f'<ul class="bars">{rows}{lines}</ul></figure>'
    )


def _pictures(styles: Sequence[str]) -> str:
    boxes = "".join(
        f'<figure><h2>{markup(name)}</h2><div class="pair">'
        f'<img src="{PICTURES}/{markup(name)}.jpg" alt="{markup(name)}" loading="lazy">'
        f'<img src="{PICTURES}/{markup(name)}-flicker.jpg" alt="its flicker" loading="lazy"></div></figure>'
        for name in ("raw", *styles)
    )
    return (
        '<section><h2>Pictures</h2><p class="lead">Left: what the left eye sees of the synthetic room. Right: how it '
        "differs from the frame before it, warped onto it by the true motion, four times as strong; grey is no "
        f'difference.</p></section><div class="plots">{boxes}</div>'
    )


def _settings(settings: Mapping[str, Any]) -> str:
    rows = "".join(f"<tr><th>{markup(k)}</th><td>{markup(_plain(v))}</td></tr>" for k, v in settings.items())
    return f"<section><h2>Settings</h2><table><tbody>{rows}</tbody></table></section>"


def _plain(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.4f}"
