"""One job of `allaprima stylize`: read it, paint it, write it."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.console import say
from allaprima.app.core.frame import Pixels
from allaprima.app.offline.jobs import Job
from allaprima.app.offline.painter import Painter
from allaprima.app.offline.transparency import filled
from allaprima.app.recording.picture import write_picture
from allaprima.app.recording.soundtrack import Original
from allaprima.app.recording.video import StereoLayout, VideoWriter
from allaprima.app.sources.layout import SWAPPED, detect_layout, find_layout, split
from allaprima.app.sources.recorded.pictures import read_still
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
        damage = {"damage": self.damage} if self.damage else {}
        return {**files, "layout": self.layout, "size": list(self.size), "pairs": self.pairs, **damage}


@dataclass(frozen=True, slots=True)
class Eyes:
    """The eyes of a job that is no video, (H, W, 3) RGB uint8; where there is one eye, both are the same array. `alpha`
    (H, W) is the opacity of the file, None if nothing is transparent.
    """

    layout: str
    left: Pixels
    right: Pixels
    alpha: NDArray[np.uint8] | None = None


def paint_picture(job: Job, painter: Painter, weights: Weights) -> Done:
    """Raises `RecordingError` for what cannot be read or written, `SettingsError` for a size that cannot be painted."""
    eyes = read_eyes(job)
    painter.begin()
    return write_eyes(job, painter.paint(eyes.left, eyes.right, weights), eyes.layout, eyes.alpha)


def read_eyes(job: Job) -> Eyes:
    """Raises `RecordingError`."""
    stills = [read_still(path) for path in job.inputs]
    for path, still in zip(job.inputs, stills, strict=True):
        if still.note:
            say(f"{path} {still.note}")
    first, path = stills[0], job.inputs[0]
    if job.layout == "pair":
        return Eyes("pair", first.pixels, stills[1].pixels)
    if first.right is not None and job.layout == "auto":
        say(f"{path} holds two pictures, the left eye's and the right one's; otherwise give --stereo mono")
        return Eyes("sbs", first.pixels, first.right)
    pixels = first.pixels if first.alpha is None else filled(first.pixels, first.alpha)
    found = find_layout(job.layout, (pixels.shape[1], pixels.shape[0]), path, by_shape=False)
    if found.why and found.layout != "mono":
        say(f"{path}: {found.told}")
    return Eyes(found.layout, *split(pixels, found.layout), first.alpha)


def write_eyes(job: Job, painted: NDArray[np.uint8], layout: str, alpha: NDArray[np.uint8] | None = None) -> Done:
    """`painted` (2, H, W, 3), left first, into the job's outputs, arranged as they came, with the opacity of the file.
    Raises `RecordingError`.
    """
    if len(job.outputs) == 2:
        for output, eye in zip(job.outputs, painted, strict=True):
            write_picture(output, eye)
    else:
        output = job.outputs[0]
        arranged = _arrangement(layout, output, (2, 2))
        joined = _joined(painted, arranged)
        if alpha is not None:
            if arranged not in (None, layout):  # the eyes changed places
                alpha = np.roll(alpha, alpha.shape["sbs" in layout] // 2, "sbs" in layout)
            alpha = cv2.resize(alpha, joined.shape[1::-1])  # type: ignore[assignment]
            if output.suffix.lower() != ".png":
                say(f"{output}: JPEG cannot be transparent: it is on white; a name in .png keeps it transparent")
            write_picture(output, joined, alpha=alpha)
        else:
            write_picture(output, joined)
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
        film, output = reel.film, job.outputs[0]
        arranged = _arrangement(layout, output, film.size)
        across, down = "sbs" in (arranged or ""), "tb" in (arranged or "")
        whole = (size[0] * (2 if across else 1), size[1] * (2 if down else 1))
        original = Original(tracks, film.time_base, film.start_ns, film.pixel_aspect, film.matrix)
        with VideoWriter(output, whole, reel.rate_hz, arranged, original) as writer:
            while (pair := reel.next()) is not None:
                painted = _joined(painter.paint(pair.left, pair.right, weights), arranged)
                writer.write(painted, pair.t_ns, pair.duration_ns)
                progress(advance=1, total=reel.length)
        damage = reel.damage
    if damage:
        say(f"{job.inputs[0]}: {damage}")
    return Done(layout, size, writer.count, damage)


def _joined(painted: NDArray[np.uint8], arranged: StereoLayout | None) -> Pixels:
    """One picture of the painted pair (2, H, W, 3), left eye first."""
    if arranged is None:
        return painted[0]
    eyes = painted[::-1] if arranged.endswith("swapped") else painted
    return np.concatenate(tuple(eyes), axis=0 if arranged.startswith("tb") else 1)


def _arrangement(layout: str, output: Path, size: tuple[int, int]) -> StereoLayout | None:
    """How both eyes are put into one picture: as they came, but for swapped eyes in a file that cannot say so, neither
    by a mark nor by its name; None where there is one eye.
    """
    if layout == "mono":
        return None
    arranged: StereoLayout = "sbs" if layout == "pair" else layout  # type: ignore[assignment]
    told = output.suffix.lower() == ".mkv" or detect_layout(size, output) == arranged
    return arranged if told or not arranged.endswith("swapped") else SWAPPED[arranged]  # type: ignore[return-value,index]
