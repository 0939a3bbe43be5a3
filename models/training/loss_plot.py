"""The course of a training, as a picture."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

PANELS = (
    ("style distance, share of the unpainted photo's", ("ratio",)),
    ("loss", ("loss", "content")),
    ("difference of two views, identity", ("stable", "identity")),
)


def draw_losses(entries: Sequence[Mapping[str, float]], settled: int) -> bytes:
    """A PNG of the loss log: each term faint, and its mean over about a hundredth of the way; a line at the step
    `settled`, from which on stability is asked for.
    """
    figure = Figure(figsize=(9, 9), layout="constrained")
    for axes, (title, names) in zip(figure.subplots(len(PANELS), 1, sharex=True), PANELS, strict=True):
        for name in names:
            points = np.array([(e["step"], e[name]) for e in entries if e.get(name, 0) > 0]).reshape(-1, 2)
            if not len(points):
                continue
            width = max(1, len(points) // 100)
            mean = np.convolve(points[:, 1], np.full(width, 1 / width), "valid")
            (line,) = axes.plot(points[width - 1 :, 0], mean, label=name)
            axes.plot(*points.T, color=line.get_color(), alpha=0.2, linewidth=0.7)
            axes.set_yscale("log")
        axes.set_title(title, loc="left", fontsize="medium")
        if axes.lines:
            axes.legend(loc="upper right")
        if entries and entries[-1]["step"] >= settled:
            axes.axvline(settled, color="grey", linestyle=":")
        axes.grid(alpha=0.3)
    axes.set_xlabel("step")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80)
    return buffer.getvalue()
