"""Sources and stylizers that do exactly what a test says. The real ones are tested by their contracts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Self

import numpy as np
from numpy.typing import NDArray
from patience import PATIENCE_S

from allaprima.app.core.errors import SourceEnded, Stalled
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.stamps import Stamps
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.sources.reel import ReelPair
from allaprima.app.stylize.network_cache import NetworkCache
from allaprima.app.stylize.stylizer import Stylizer

SIZE = (64, 64)
ROWS = 4  # of the tiny pack


class ScriptedSource:
    """Delivers `count` pairs of one `colour` (R, G, B), by default the n-th grey of brightness n, then ends, stalls or
    raises `error`.
    """

    name = "scripted"
    rig = StereoRig.parallel(FieldOfView.symmetric(70, 1.0), 0.063)
    size = SIZE
    rate_hz: float | None = None
    length: int | None = None

    def __init__(
        self,
        count: int,
        error: Exception | None = None,
        stalls: bool = False,
        colour: Callable[[int], tuple[int, int, int]] | None = None,
    ) -> None:
        self._count, self._error, self._stalls = count, error, stalls
        self._colour = colour or (lambda seq: (seq % 256,) * 3)
        self._seq = 0
        self._closed = threading.Event()

    def read(self, timeout_s: float) -> StereoFrame:
        if self._closed.is_set():
            raise SourceEnded
        if self._seq >= self._count:
            if self._error:
                raise self._error
            if self._stalls:
                self._closed.wait(timeout_s)
                raise Stalled
            raise SourceEnded
        pixels = np.full((SIZE[1], SIZE[0], 3), self._colour(self._seq), np.uint8)
        pixels.flags.writeable = False
        frame = StereoFrame(pixels, pixels, self._seq, self._seq, stamps=Stamps(grabbed=self._seq, paired=self._seq))
        self._seq += 1
        return frame

    def close(self) -> None:
        self._closed.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class GreyReel:
    """Grey pairs of `size` without end, or `length` of them, for a `Playback` at the test's pace."""

    name, rate_hz, damage = "grey", 50.0, ""

    def __init__(self, size: tuple[int, int] = SIZE, length: int | None = None) -> None:
        self.size, self.length, self._count = size, length, 0
        self.rig = StereoRig.parallel(FieldOfView.symmetric(110, size[0] / size[1]), 0.063)
        self._picture = np.full((size[1], size[0], 3), 90, np.uint8)
        self._picture.flags.writeable = False

    def next(self) -> ReelPair | None:
        self._count += 1
        ended = self.length is not None and self._count > self.length
        return None if ended else ReelPair(self._picture, self._picture, head_pose=Pose())

    def rewind(self) -> None:
        self._count = 0

    def close(self) -> None:
        pass


class ScriptedStylizer:
    """Inverts pictures; holds every pass after the warm-up until `go` is set; raises `error` from pass `fails_at`."""

    engine, precision, device = "scripted", "f32", "test"
    WARM_UP = 2
    canvas = 0

    def __init__(
        self, error: Exception | None = None, fails_at: int = 0, held: bool = False, size: tuple[int, int] = SIZE
    ) -> None:
        self.size, self.closed = size, False
        self.go = threading.Event()
        self.passes: list[NDArray[np.float32]] = []
        self._error, self._fails_at, self._held = error, fails_at + self.WARM_UP, held

    def paint(
        self, frames: NDArray[np.uint8], weights: NDArray[np.float32], canvas: NDArray[np.float32] | None = None
    ) -> NDArray[np.uint8]:
        assert frames.shape == (2, self.size[1], self.size[0], 3) and not self.closed
        self.passes.append(weights)
        if self._held and len(self.passes) > self.WARM_UP:
            self.go.wait(PATIENCE_S)
        if self._error and len(self.passes) > self._fails_at:
            raise self._error
        return 255 - frames

    def close(self) -> None:
        self.closed = True


def networks(
    stylizer: Stylizer, load: Callable[[tuple[int, int]], Stylizer] | None = None, full: tuple[int, int] = SIZE
) -> NetworkCache:
    """`stylizer` for strokes of size 1; others are opened by `load`, by default as a `ScriptedStylizer` each."""
    first = [stylizer]
    load = load or (lambda size: ScriptedStylizer(size=size))
    return NetworkCache(lambda size: first.pop() if first else load(size), full, ROWS)
