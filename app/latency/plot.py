"""Plots as inline SVG that a browser stretches, with unstretched labels beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from allaprima.app.core.console import markup

Values = NDArray[np.float64]

SIDE = 1000
"""The drawing is SIDE x SIDE units, y down, stretched to its place on the page; strokes keep their width."""
TIME_BINS = 240
"""A line has at most this many points; the variation between them is drawn as a band."""


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, in `unit`."""

    low: float
    high: float
    unit: str

    @staticmethod
    def round(low: float, high: float, unit: str) -> Axis:
        """The shortest axis between round numbers that holds both; one unit long if they are equal."""
        if high <= low:
            high = low + 1
        step = _step(low, high, 5)
        return Axis(math.floor(low / step) * step, math.ceil(high / step) * step, unit)

    def ticks(self, about: int = 5) -> list[float]:
        step = _step(self.low, self.high, about)
        first = math.ceil(self.low / step - 1e-9)
        return [i * step for i in range(first, math.floor(self.high / step + 1e-9) + 1)]

    def at(self, value: float) -> float:
        """0 at `low`, 1 at `high`."""
        return (value - self.low) / (self.high - self.low)


@dataclass(slots=True)
class Plot:
    """One pair of axes. Everything drawn has a class that the style sheet gives its colour to."""

    title: str
    x: Axis
    y: Axis
    _shapes: list[str] = field(default_factory=list)
    _labels: list[str] = field(default_factory=list)

    def bars(self, edges: Values, heights: Values, style: str) -> None:
        """`heights[i]` from `edges[i]` to `edges[i + 1]`."""
        for (a, b), height in zip(pairwise(edges.tolist()), heights.tolist(), strict=True):
            left, top = self._point(a, height)
            right, bottom = self._point(b, self.y.low)
            if height:
                self._shapes.append(
                    f'<rect class="{style}" x="{left:.1f}" y="{top:.1f}" width="{max(1.0, right - left - 1.5):.1f}"'
                    f' height="{bottom - top:.1f}"/>'
                )

    def line(self, x: Values, y: Values, style: str) -> None:
        """The median of `y` over `x`, and behind it the band from the least to the greatest."""
        x, low, middle, high = binned(x, y)
        if not x.size:
            return
        outline = [*zip(x, high, strict=True), *reversed([*zip(x, low, strict=True)])]
        self._shapes.append(f'<polygon class="{style} band" points="{self._points(outline)}"/>')
        self._shapes.append(f'<polyline class="{style}" points="{self._points([*zip(x, middle, strict=True)])}"/>')

    def mark(self, x: float, label: str, style: str, row: int = 0) -> None:
        """A vertical line at `x` with a label at its top, `row` lines down so that near ones do not collide."""
        at = self.x.at(x)
        if not 0 <= at <= 1:
            return
        side = "before" if at > 0.7 else "after"
        self._shapes.append(f'<path class="{style}" d="M{at * SIDE:.1f} 0V{SIDE}"/>')
        self._labels.append(
            f'<span class="mark {side} {style}" style="left:{at:.2%};--row:{row}">{markup(label)}</span>'
        )

    def html(self) -> Markup:
        grid = "".join(f'<path class="grid" d="M0 {self._point(0, t)[1]:.1f}H{SIDE}"/>' for t in self.y.ticks(4))
        ys = "".join(f'<span class="y" style="bottom:{self.y.at(t):.2%}">{_number(t)}</span>' for t in self.y.ticks(4))
        x_ticks = self.x.ticks(5)
        xs = "".join(f'<span class="x" style="left:{self.x.at(t):.2%}">{_number(t)}</span>' for t in x_ticks)
        return Markup(  # every text in it has been escaped
            f'<div class="plot"><p class="unit y-unit">{markup(self.y.unit)}</p><div class="area">'
            f'<svg viewBox="0 0 {SIDE} {SIDE}" preserveAspectRatio="none" role="img" aria-label="{markup(self.title)}">'
            f"{grid}{''.join(self._shapes)}</svg>{ys}{xs}{''.join(self._labels)}</div>"
            f'<p class="unit x-unit">{markup(self.x.unit)}</p></div>'
        )

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return self.x.at(x) * SIDE, (1 - self.y.at(y)) * SIDE

    def _points(self, points: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in (self._point(*p) for p in points))


def binned(x: Values, y: Values, bins: int = TIME_BINS) -> tuple[Values, Values, Values, Values]:
    """`x`, least, median and greatest `y` of runs of neighbours, at most `bins` of them; `x` ascending, no NaN."""
    runs = [i for i in np.array_split(np.arange(x.size), min(bins, max(1, x.size))) if i.size]
    middle = np.array([x[i].mean() for i in runs])
    if x.size:
        middle[0], middle[-1] = x[0], x[-1]
    return (
        middle,
        np.array([y[i].min() for i in runs]),
        np.array([np.median(y[i]) for i in runs]),
        np.array([y[i].max() for i in runs]),
    )


def _step(low: float, high: float, about: int) -> float:
    """The number of the 1-2-5 series that cuts the range into about `about` parts."""
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    return min((power * m for m in (1, 2, 5, 10)), key=lambda step: abs(math.log(step / raw)))


def _number(value: float) -> str:
    return f"{value:.10g}" if value else "0"
