"""The two threads between source and compositor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from patience import PATIENCE_S, eventually
from stand_ins import ScriptedSource, ScriptedStylizer, brushes

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import CameraLost, EngineError
from allaprima.app.core.frame import StyledFrame
from allaprima.app.pipeline import Pipeline
from allaprima.app.stylize.brushes import Brushes
from allaprima.app.stylize.governor import Governor
from allaprima.app.stylize.pack import load_pack
from allaprima.app.stylize.palette import Palette

Begin = Callable[..., Pipeline]


@pytest.fixture
def begin(tiny_pack: Path) -> Iterator[Begin]:
    """Starts pipelines, warm, and stops them at the end."""
    with ExitStack() as begun:

        def pipeline(
            source: ScriptedSource,
            first: Brushes | ScriptedStylizer,
            clock: FakeClock | None = None,
            palette: Palette | None = None,
            **options: Any,
        ) -> Pipeline:
            clock = clock or FakeClock()
            palette = palette or Palette(load_pack(tiny_pack), clock, 0.0)
            line = Pipeline(source, first if isinstance(first, Brushes) else brushes(first), palette, clock, **options)
            begun.callback(line.brushes.close)
            begun.callback(line.stop)
            line.warm_up()
            line.start()
            return line

        yield pipeline


def drain(line: Pipeline) -> list[StyledFrame]:
    frames = []
    while not line.finished:
        frame = line.painted.take(PATIENCE_S)
        if frame:
            frames.append(frame)
    return frames


def ours() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name in ("source", "stylize")]


def test_every_pair_of_an_unpaced_source_is_painted_and_the_end_closes_the_line(begin: Begin) -> None:
    line = begin(ScriptedSource(40), ScriptedStylizer())
    frames = drain(line)
    line.stop()
    assert line.count == 40 and line.captured.dropped == 0
    assert [frame.source.seq for frame in frames] == list(range(40))
    for frame in frames:
        assert (frame.pixels == 255 - frame.source.seq).all()
        assert frame.stamps.prepared is not None and frame.stamps.inferred is not None
    assert line.fault is None and not ours()


def test_a_paced_source_overwrites_what_the_network_is_too_slow_for(begin: Begin) -> None:
    source, stylizer = ScriptedSource(50), ScriptedStylizer(held=True)
    source.rate_hz = 60.0
    line = begin(source, stylizer)
    eventually(lambda: line.captured.closed)
    stylizer.go.set()
    last = drain(line)[-1]
    line.stop()
    assert last.source.seq == 49, "the newest pair wins"
    assert line.count + line.captured.dropped == 50 and line.captured.dropped > 0


def test_a_number_of_pairs_ends_it_though_the_source_goes_on(begin: Begin) -> None:
    line = begin(ScriptedSource(10**6), ScriptedStylizer(), pairs=3)
    drain(line)
    line.stop()
    assert line.count == 3 and not ours()


def test_stopping_while_the_source_stalls_leaves_no_thread(begin: Begin) -> None:
    line = begin(ScriptedSource(1, stalls=True), ScriptedStylizer())
    assert line.painted.take(PATIENCE_S) is not None
    assert not line.finished
    line.stop()
    assert not ours()


@pytest.mark.parametrize(
    ("source_error", "network_error", "expected"),
    [
        (CameraLost("camera 0 is gone", ""), None, CameraLost),
        (None, EngineError("out of memory", ""), EngineError),
        (None, RuntimeError("exotic"), EngineError),
    ],
)
def test_what_a_thread_raises_is_kept_for_main(
    begin: Begin, source_error: Exception | None, network_error: Exception | None, expected: type[Exception]
) -> None:
    line = begin(ScriptedSource(2, source_error), ScriptedStylizer(network_error, fails_at=1))
    drain(line)
    line.stop()
    assert isinstance(line.fault, expected) and not ours()


def test_larger_strokes_come_without_a_pair_being_missed(begin: Begin) -> None:
    """The network for them is loaded, slowly, while the pairs go on being painted with the one in hand."""
    loading = threading.Event()

    def load(size: tuple[int, int]) -> ScriptedStylizer:
        assert loading.wait(PATIENCE_S)
        return ScriptedStylizer(size=size)

    source = ScriptedSource(10**6)
    line = begin(source, brushes(ScriptedStylizer(size=(128, 128)), load, (128, 128)))
    frames = []
    while len(frames) < 20 or frames[-1].stroke_size != 2.0:
        frame = line.painted.take(PATIENCE_S)
        assert frame is not None
        frames.append(frame)
        if len(frames) == 5:
            line.brushes.ask(2.0)
        if len(frames) == 15:
            assert {frame.stroke_size for frame in frames} == {1.0}, "painting has gone on"
            loading.set()
    line.stop()
    assert [frame.source.seq for frame in frames] == list(range(len(frames)))
    for frame in frames:
        side = round(128 / frame.stroke_size)
        assert frame.pixels.shape == (2, side, side, 3)
        assert (frame.pixels == 255 - frame.source.seq % 256).all()


def test_a_governed_line_paints_smaller_until_it_holds_the_rate(begin: Begin) -> None:
    """Each pair takes as long as it has pixels, on a clock that only painting moves."""
    clock = FakeClock()

    class Slow(ScriptedStylizer):
        def paint(self, frames: np.ndarray, weights: np.ndarray) -> np.ndarray:
            if len(self.passes) >= self.WARM_UP:  # in the line's thread
                clock.advance(frames.shape[1] * frames.shape[2] * 1_900)  # 31 ms at 128 x 128
            return super().paint(frames, weights)

    governor = Governor(60)
    first_brushes = brushes(Slow(size=(128, 128)), lambda size: Slow(size=size), (128, 128))
    line = begin(ScriptedSource(10**6), first_brushes, clock, governor=governor)
    frames: list[StyledFrame] = []
    first = 0
    while len(frames) < 100 or governor.scale == 1.0 or len(frames) - first < 300:
        frame = line.painted.take(PATIENCE_S)
        assert frame is not None
        frames.append(frame)
        first = next((n for n, frame in enumerate(frames) if frame.size != (128, 128)), len(frames))
    line.stop()
    assert [frame.source.seq for frame in frames] == list(range(len(frames))), "no pair is missed on the way"
    assert {frame.size for frame in frames[:first]} == {(128, 128)}
    assert {frame.size for frame in frames[first:]} == {(88, 88)}
    assert all(len(frame.pixels) == 2 for frame in frames), "both eyes are one array, of one size"
    (change,) = governor.summary()["changes"]
    assert change["scale"] == 0.71 and change["before_ms"] == 31.13 and change["t_s"] >= 1


def test_a_frozen_picture_is_painted_again_only_in_another_style_or_with_other_strokes(
    begin: Begin, tiny_pack: Path
) -> None:
    clock = FakeClock()
    palette = Palette(load_pack(tiny_pack), clock, 0.0)
    source, stylizer = ScriptedSource(10**6), ScriptedStylizer()
    line = begin(source, stylizer, clock, palette)
    seen = line.painted.take(PATIENCE_S)
    line.frozen = True
    frozen_at = source._seq
    while source._seq < frozen_at + 5:  # pairs are thrown away now, and what was under way when it froze is painted
        seen = line.painted.take(0.01) or seen
    palette.select(1)
    again = line.painted.take(PATIENCE_S)
    line.brushes.ask(0.5)
    finer = line.painted.take(PATIENCE_S)
    line.stop()
    assert again is not None and seen is not None and again.source is seen.source
    assert finer is not None and finer.source is seen.source and finer.pixels.shape == (2, 128, 128, 3)
    assert np.argmax(stylizer.passes[-1]) == palette.pack.styles[1].row
