"""One job of `allaprima stylize`: read it, paint it, write it."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.console import say
from allaprima.app.core.frame import Pixels
from allaprima.app.offline.jobs import Job
from allaprima.app.offline.painter import Painter
from allaprima.app.recording.picture import write_picture
from allaprima.app.recording.soundtrack import Original
from allaprima.app.recording.video import StereoLayout, VideoWriter
from allaprima.app.sources.layout import choose_layout, split
from allaprima.app.sources.recorded.pictures import read_picture
from allaprima.app.sources.recorded.tracks import Tracks
from allaprima.app.sources.recorded.video import TwoVideosReel, VideoReel
from allaprima.app.stylize.blend import Weights


@dataclass(frozen=True, slots=True)
class Done:
    """What was painted: `layout` as found, `size` (width, height) of each eye, how many pairs, and a film's damage."""

    layout: str
    size: tuple[int, int]
    pairs: int
    damage: str = ""

    def of(self, job: Job) -> dict[str, Any]:
        """For JSON, with the job's files."""
        files = {"inputs": [str(path) for path in job.inputs], "outputs": [str(path) for path in job.outputs]}
        return {**files, "layout": self.layout, "size": list(self.size), "pairs": self.pairs, "damage": self.damage}


def paint_picture(job: Job, painter: Painter, weights: Weights) -> Done:
    """Raises `RecordingError` for what cannot be read or written, `SettingsError` for a size that cannot be painted."""
    layout, left, right = read_eyes(job)
    painter.begin()
    return write_eyes(job, painter.paint(left, right, weights), layout)


def read_eyes(job: Job) -> tuple[str, Pixels, Pixels]:
    """(layout, left, right) of a job that is no video; where there is one eye, both are the same array. Raises
    `RecordingError`.
    """
    if job.layout == "pair":
        left, right = (read_picture(path) for path in job.inputs)
        return "pair", left, right
    pixels = read_picture(job.inputs[0])
    layout = choose_layout(job.layout, (pixels.shape[1], pixels.shape[0]), job.inputs[0])
    return layout, *split(pixels, layout)


def write_eyes(job: Job, painted: NDArray[np.uint8], layout: str) -> Done:
    """`painted` (2, H, W, 3), left first, into the job's outputs, arranged as they came. Raises `RecordingError`."""
    if len(job.outputs) == 2:
        for output, eye in zip(job.outputs, painted, strict=True):
            write_picture(output, eye)
    else:
        write_picture(job.outputs[0], _joined(painted, layout))
    return Done(layout, (painted.shape[2], painted.shape[1]), 1)


def paint_video(job: Job, painter: Painter, weights: Weights, progress: Callable[..., object]) -> Done:
    """As `paint_picture`, pair by pair, at the times they had; `progress` is called after each. A failure on the way
    leaves no half of a video.
    """
    reel: TwoVideosReel | VideoReel
    if job.layout == "pair":
        reel, layout = TwoVideosReel(*job.inputs), "pair"
    else:
        reel = VideoReel(job.inputs[0], job.layout)
        layout = reel.layout
    painter.begin()
    with closing(reel), closing(Tracks(job.inputs[0])) as tracks:
        size = painter.output_size(reel.size)
        arranged = _arrangement(layout)
        whole = (size[0] * (2 if arranged == "sbs" else 1), size[1] * (2 if arranged == "tb" else 1))
        film = reel.film
        original = Original(tracks, film.time_base, film.start_ns, film.pixel_aspect, film.matrix)
        with VideoWriter(job.outputs[0], whole, reel.rate_hz, arranged, original) as writer:
            while (pair := reel.next()) is not None:
                painted = _joined(painter.paint(pair.left, pair.right, weights), layout)
                writer.write(painted, pair.t_ns, pair.duration_ns)
                progress(advance=1, total=reel.length)
        damage = reel.damage
    if damage:
        say(f"{job.inputs[0]}: {damage}")
    return Done(layout, size, writer.count, damage)


def _joined(painted: NDArray[np.uint8], layout: str) -> Pixels:
    """One picture of the painted pair (2, H, W, 3); inputs with swapped eyes come out with the left eye first."""
    arranged = _arrangement(layout)
    return painted[0] if arranged is None else np.concatenate(tuple(painted), axis=0 if arranged == "tb" else 1)


def _arrangement(layout: str) -> StereoLayout | None:
    """How both eyes are put into one picture; None where there is one eye."""
    if layout == "mono":
        return None
    return "tb" if layout.startswith("tb") else "sbs"
