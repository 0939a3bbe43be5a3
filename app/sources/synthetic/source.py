"""The synthetic room as a source of stereo pairs."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from allaprima.app.core.clock import Clock, SystemClock
from allaprima.app.core.errors import SettingsError, SourceError
from allaprima.app.core.frame import Eye, Pixels
from allaprima.app.core.shell import deleting
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.sources.reel import Pace, Playback, ReelPair
from allaprima.app.sources.synthetic.loop import EYES, Loop, Progress, draw_loop, load_loop, loop_path
from allaprima.app.sources.synthetic.path import LOOP, RATE_HZ, head_path, phase_of
from allaprima.app.sources.synthetic.renderer import Renderer, Stage
from allaprima.app.sources.synthetic.truth import SeenPoints

BASELINE_M = 0.063
HORIZONTAL_FOV_DEG = 110.0
"""Degrees, as wide as the cameras of passthrough headsets: with less, a headset's eyes see past the edge."""
SMALLEST, LARGEST = 16, 4096


class _RoomReel:
    """Frames of the loop, from the mapped file or drawn on demand."""

    name = "synthetic room"
    rate_hz = RATE_HZ
    length: int | None = None
    damage = ""

    def __init__(self, room: SyntheticRoom, loop: Loop | None) -> None:
        self.rig, self.size = room_rig(*room.resolution), room.resolution
        self._room, self._loop, self._frame = room, loop, 0

    def next(self) -> ReelPair:
        frame, self._frame = self._frame % LOOP, self._frame + 1
        pair = self._loop.pair(frame) if self._loop else None
        left, right = self._room.draw(frame) if pair is None else (np.asarray(picture) for picture in pair)
        return ReelPair(left, right, head_pose=head_path(self._room.seed, phase_of(frame)))

    def rewind(self) -> None:
        self._frame = 0

    def close(self) -> None:
        """Returned frames keep the mapping alive; nothing else holds it."""


def room_rig(width: int, height: int) -> StereoRig:
    """Two parallel cameras 63 mm apart, 110 degrees wide."""
    return StereoRig.parallel(FieldOfView.symmetric(HORIZONTAL_FOV_DEG, width / height), BASELINE_M)


class SyntheticRoom(Playback):
    """A furnished room seen by a moving head; endless, the same for the same seed and frame number.

    `size` (width, height). With `rate_hz` None it goes as fast as it is read. It ends after `frames` pairs. `cache`
    maps a loop of 240 frames from the cache folder (or `cache_folder`); a missing or incomplete loop is drawn first,
    with calls of `progress(done, all)`. A damaged frame is drawn on demand, and the loop anew at the next start.
    Without `cache` every pair is drawn when it is read, in tens of milliseconds.
    Raises `SettingsError` for impossible sizes and `SourceError` if the loop cannot be written.
    """

    def __init__(
        self,
        size: tuple[int, int],
        seed: int = 0,
        rate_hz: float | None = RATE_HZ,
        frames: int | None = None,
        clock: Clock | None = None,
        cache: bool = True,
        *,
        cache_folder: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        if not all(SMALLEST <= side <= LARGEST for side in size):
            raise SettingsError(
                f"the synthetic room cannot be {size[0]}x{size[1]}",
                f"sides from {SMALLEST} to {LARGEST}, e.g. --set source.size=640x480",
            )
        if seed < 0:
            raise SettingsError(f"the synthetic room has no seed {seed}", "use 0 or more")
        self.resolution, self.seed = size, seed
        loop = None
        if cache:
            path = loop_path(size, seed, cache_folder)
            loop = load_loop(path, size)
            if loop is None:
                draw_loop(path, room_rig(*size), size, seed, progress)
                loop = load_loop(path, size)
            if loop is None:
                raise SourceError(f"the synthetic room's cache file {path} cannot be read back", deleting(path))
        pace: Pace = "fast" if rate_hz is None else "rate"
        super().__init__(_RoomReel(self, loop), clock or SystemClock(), pace=pace, rate_hz=rate_hz, frames=frames)

    @cached_property
    def _renderer(self) -> Renderer:
        return Renderer(Stage.build(self.seed), room_rig(*self.resolution), self.resolution)

    def draw(self, frame: int) -> tuple[Pixels, Pixels]:
        """Left and right picture of frame `frame`, any whole number, drawn now: what the loop holds, bit by bit."""
        left, right = (self._renderer.draw(frame, eye) for eye in EYES)
        left.flags.writeable = right.flags.writeable = False
        return left, right

    def seen_points(self, frame: int, eye: Eye) -> SeenPoints:
        """The points that the eye sees at frame `frame`, for exact look-ups in any other picture of the loop."""
        return SeenPoints(self._renderer, frame, eye)
