"""One job of `allaprima stylize`: read it, paint it, write it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allaprima.app.cli._worklist import Job
from allaprima.app.core.frame import Pixels
from allaprima.app.recording.picture import write_picture
from allaprima.app.recording.video import VideoWriter
from allaprima.app.sources.layout import choose_layout, split
from allaprima.app.sources.pictures import read_picture
from allaprima.app.sources.video import TwoVideosReel, VideoReel
from allaprima.app.stylize.blend import Weights
from allaprima.app.stylize.painter import Painter


@dataclass(frozen=True, slots=True)
class Done:
    """What was painted: `layout` as found, `size` (width, height) of each eye, how many pairs."""

    layout: str
    size: tuple[int, int]
    pairs: int


class Progress(Protocol):
    """Told after every pair."""

    def __call__(self, *, advance: int, total: int | None) -> object: ...


def paint_picture(job: Job, painter: Painter, weights: Weights) -> Done:
    """Raises `RecordingError` for what cannot be read or written, `SettingsError` for a size that cannot be painted."""
    if job.layout == "pair":
        layout = "pair"
        left, right = (read_picture(path) for path in job.inputs)
    else:
        pixels = read_picture(job.inputs[0])
        layout = choose_layout(job.layout, (pixels.shape[1], pixels.shape[0]), job.inputs[0])
        left, right = split(pixels, layout)
    painted = painter.paint(left, right, weights)
    for output in job.outputs:
        output.parent.mkdir(parents=True, exist_ok=True)
    if len(job.outputs) == 2:
        for output, eye in zip(job.outputs, painted, strict=True):
            write_picture(output, eye)
    else:
        write_picture(job.outputs[0], joined(painted, layout))
    return Done(layout, (painted.shape[2], painted.shape[1]), 1)


def paint_video(job: Job, painter: Painter, weights: Weights, progress: Progress) -> Done:
    """As `paint_picture`, pair by pair. What is half-written when something fails, is removed."""
    if job.layout == "pair":
        reel: TwoVideosReel | VideoReel = TwoVideosReel(job.inputs[0], job.inputs[1])
        layout = "pair"
    else:
        reel = VideoReel(job.inputs[0], job.layout)
        layout = reel.layout
    count = 0
    try:
        size = painter.output_size(reel.size)
        across, down = (2, 1) if layout not in ("mono", "tb") else (1, 2 if layout == "tb" else 1)
        output = job.outputs[0]
        output.parent.mkdir(parents=True, exist_ok=True)
        with VideoWriter(output, (size[0] * across, size[1] * down), reel.rate_hz, layout) as writer:
            while (pair := reel.next()) is not None:
                writer.write(joined(painter.paint(pair.left, pair.right, weights), layout))
                count += 1
                progress(advance=1, total=reel.length)
    finally:
        reel.close()
    return Done(layout, size, count)


def joined(painted: NDArray[np.uint8], layout: str) -> Pixels:
    """One picture of the painted pair: the left eye alone for "mono", top over bottom for "tb", else side by side.

    Inputs with swapped eyes come out with the left eye first.
    """
    if layout == "mono":
        return painted[0]
    return np.concatenate(tuple(painted), axis=0 if layout.startswith("tb") else 1)
