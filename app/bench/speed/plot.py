"""The plots of a speed report: SVG files that stand by themselves, readable on light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from allaprima.app.bench.speed.table import PEER_NAMES
from allaprima.app.core.console import markup

WIDTH = 720
ROW, TOP, LEFT, RIGHT = 26, 44, 200, 70
HEIGHT, BOTTOM, MARGIN = 420, 48, 64
OURS, OTHERS, FIT = "#1f6feb", "#8c959f", "#bf8700"


def bars_svg(report: Mapping[str, Any]) -> str:
    """A bar each engine and peer at the report's headline size; milliseconds a pair, logarithmic."""
    size = report["headline"]["size"]
    bars = [(name, row["ms"], OURS) for name, row in report["pairs"][size].items()]
    taken = report["peers"].get(size, {})
    bars += [(PEER_NAMES[name], found["ms"], OTHERS) for name, found in taken.items() if found]
    low, high = _decades([ms for _, ms, _ in bars])
    height = TOP + ROW * len(bars) + BOTTOM
    parts = [_text(16, 24, f"Milliseconds a pair of {size}, both eyes (logarithmic)", "title")]
    for tick in range(low, high + 1):
        x = LEFT + _share(10**tick, low, high) * (WIDTH - LEFT - RIGHT)
        parts.append(f'<path class="grid" d="M{x:.1f} {TOP - 8}V{height - BOTTOM + 4}"/>')
        parts.append(_text(x, height - BOTTOM + 22, f"{10**tick:g}", "middle"))
    for number, (name, ms, colour) in enumerate(bars):
        y, length = TOP + ROW * number, _share(ms, low, high) * (WIDTH - LEFT - RIGHT)
        parts.append(_text(LEFT - 8, y + 13, name, "end"))
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{max(1.0, length):.1f}" height="{ROW - 8}" fill="{colour}"/>')
        parts.append(_text(LEFT + length + 6, y + 13, f"{ms:.1f}" if ms < 100 else f"{ms:.0f}"))
    return _svg(WIDTH, height, parts)


def growth_svg(report: Mapping[str, Any]) -> str | None:
    """Milliseconds over pixels, both logarithmic: what was measured and the law fitted to it. None without growth."""
    pixels = (report["growth"] or {}).get("pixels")
    if not pixels or pixels["exponent"] is None:
        return None
    points = [(math.prod(int(side) for side in p["size"].split("x")), p["ms"]) for p in pixels["points"]]
    law = [(x, pixels["factor"] * x ** pixels["exponent"]) for x, _ in points]
    xs, ys = _decades([x for x, _ in points]), _decades([y for _, y in (*points, *law)])

    def at(x: float, y: float) -> tuple[float, float]:
        across = MARGIN + _share(x, *xs) * (WIDTH - MARGIN - RIGHT)
        return across, HEIGHT - BOTTOM - _share(y, *ys) * (HEIGHT - BOTTOM - TOP)

    parts = [_text(16, 24, f"Milliseconds a pair over pixels an eye: power {pixels['exponent']:.2f}", "title")]
    parts += _grid(xs, ys, at)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in law))
    parts.append(f'<polyline points="{line}" fill="none" stroke="{FIT}" stroke-width="1.5" stroke-dasharray="5 4"/>')
    for (x, y), told in zip((at(*point) for point in points), pixels["points"], strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{OURS}"/>')
        parts.append(_text(x - 8, y - 8, f"{told['size']}: {told['ms']:.1f}", "end"))
    return _svg(WIDTH, HEIGHT, parts)


def _grid(xs: tuple[int, int], ys: tuple[int, int], at: Any) -> Iterator[str]:
    for tick in range(xs[0], xs[1] + 1):
        x, y = at(10**tick, 10 ** ys[0])
        yield f'<path class="grid" d="M{x:.1f} {TOP}V{y:.1f}"/>{_text(x, y + 20, f"{10**tick:,}", "middle")}'
    for tick in range(ys[0], ys[1] + 1):
        x, y = at(10 ** xs[0], 10**tick)
        told = _text(x - 8, y + 4, f"{10.0**tick:g}", "end")
        yield f'<path class="grid" d="M{x:.1f} {y:.1f}H{WIDTH - RIGHT}"/>{told}'


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten that hold them all."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _share(value: float, low: int, high: int) -> float:
    return (math.log10(value) - low) / (high - low)


def _text(x: float, y: float, text: str, style: str = "") -> str:
    named = f' class="{style}"' if style else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}">{markup(text)}</text>'


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    style = (
        "text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-size:14px;font-weight:600}"
        ".end{text-anchor:end}.middle{text-anchor:middle}.grid{stroke:#d0d7de;fill:none}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )
