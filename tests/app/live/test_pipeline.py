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
from stand_ins import ROWS, GreyReel, ScriptedSource, ScriptedStylizer, networks

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import CameraLost, EngineError
from allaprima.app.core.frame import Pixels, StereoFrame, StyledFrame
from allaprima.app.core.journal import Event
from allaprima.app.live.pipeline import Pipeline
from allaprima.app.packs.pack import load_pack
from allaprima.app.sources.reel import Playback, ReelPair
from allaprima.app.stylize.blend import Blend
from allaprima.app.stylize.fade import Fade
from allaprima.app.stylize.governor import Governor
from allaprima.app.stylize.network_cache import NetworkCache
from allaprima.app.stylize.palette import Palette
from allaprima.app.stylize.reenactment import Reenactment, Setting

Begin = Callable[..., Pipeline]


@pytest.fixture
def begin(tiny_pack: Path) -> Iterator[Begin]:
    """Starts pipelines, warm, and stops them at the end."""
    with ExitStack() as begun:

        def pipeline(
            source: ScriptedSource,
            first: NetworkCache | ScriptedStylizer,
            clock: FakeClock | None = None,
            palette: Palette | None = None,
            **options: Any,
        ) -> Pipeline:
            clock = clock or FakeClock()
            palette = palette or Palette(load_pack(tiny_pack), clock, 0.0)
            line = Pipeline(
                source, first if isinstance(first, NetworkCache) else networks(first), palette, clock, **options
            )
            begun.callback(line.networks.close)
            begun.callback(line.stop)
            line.warm_up()
            line.start()
            return line

        yield pipeline


def drain(line: Pipeline) -> list[StyledFrame]:
    frames: list[StyledFrame] = []
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
        assert np.all(frame.pixels == 255 - frame.source.seq)
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
    line = begin(source, networks(ScriptedStylizer(size=(128, 128)), load, (128, 128)))
    frames: list[StyledFrame] = []
    while len(frames) < 20 or frames[-1].stroke_size != 2.0:
        frame = line.painted.take(PATIENCE_S)
        assert frame is not None
        frames.append(frame)
        if len(frames) == 5:
            line.networks.ask(2.0)
        if len(frames) == 15:
            assert {frame.stroke_size for frame in frames} == {1.0}, "painting has gone on"
            loading.set()
    line.stop()
    assert [frame.source.seq for frame in frames] == list(range(len(frames)))
    for frame in frames:
        side = round(128 / frame.stroke_size)
        assert frame.pixels.shape == (2, side, side, 3)
        assert np.all(frame.pixels == 255 - frame.source.seq % 256)


def test_a_governed_line_paints_smaller_until_it_holds_the_rate(begin: Begin) -> None:
    """Each pair takes as long as it has pixels, on a clock that only painting moves."""
    clock = FakeClock()

    class Slow(ScriptedStylizer):
        def paint(self, frames: np.ndarray, weights: np.ndarray, canvas: np.ndarray | None = None) -> np.ndarray:
            if len(self.passes) >= self.WARM_UP:  # in the line's thread
                clock.advance(frames.shape[1] * frames.shape[2] * 1_900)  # 31 ms at 128 x 128
            return super().paint(frames, weights)

    governor = Governor(60)
    first_brushes = networks(Slow(size=(128, 128)), lambda size: Slow(size=size), (128, 128))
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
    assert all(len(array_of(frame)) == 2 for frame in frames), "both eyes are one array, of one size"
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
    line.networks.ask(0.5)
    finer = line.painted.take(PATIENCE_S)
    line.stop()
    assert again is not None and seen is not None and again.source is seen.source
    assert finer is not None and finer.source is seen.source and finer.pixels.shape == (2, 128, 128, 3)
    assert np.argmax(stylizer.passes[-1]) == palette.pack.styles[1].row


PERIOD = 20_000_000


def array_of(frame: StyledFrame) -> Pixels:
    assert isinstance(frame.pixels, np.ndarray)
    return frame.pixels


class Walk(GreyReel):
    """Twelve pairs, the n-th of brightness n, recorded 20 ms apart."""

    def __init__(self) -> None:
        super().__init__(length=12)

    def next(self) -> ReelPair | None:
        number = self._count
        if super().next() is None:
            return None
        grey = np.full((*self.size, 3), number, np.uint8)
        return ReelPair(grey, grey, 10**15 + number * PERIOD)


def rehearsed(tiny_pack: Path, *events: tuple[float, str, str | float | bool]) -> Reenactment:
    """`events`: (pairs since the beginning, name, value)."""
    pack = load_pack(tiny_pack)
    blend = Blend.of(pack.styles[0])
    start = Setting(blend, Fade(blend.weights(ROWS), blend.weights(ROWS)), crossfade_s=0.0)
    return Reenactment([Event(10**15 + round(n * PERIOD), name, value) for n, name, value in events], pack, start)


def replayed(line: Pipeline, reenactment: Reenactment) -> list[StyledFrame]:
    line.reenactment = reenactment
    line.warm_up()
    line.start()
    frames = drain(line)
    line.stop()
    line.networks.close()
    assert line.fault is None
    return frames


def test_each_pair_is_painted_as_it_was_chosen_when_it_was_recorded(tiny_pack: Path) -> None:
    clock, stylizer = FakeClock(), ScriptedStylizer()
    palette = Palette(load_pack(tiny_pack), clock, 0.0)
    line = Pipeline(Playback(Walk(), clock, pace="fast"), networks(stylizer), palette, clock)
    events = ((0, "style", "harbour"), (0, "strength", 1.0), (2.5, "style", "mosaic"), (6, "strength", 0.25))
    frames = replayed(line, rehearsed(tiny_pack, *events))
    passes = stylizer.passes[ScriptedStylizer.WARM_UP :]
    assert [(int(np.argmax(weights)), float(weights[0])) for weights in passes] == (
        [(2, 0.0)] * 3 + [(3, 0.0)] * 3 + [(0, 0.75)] * 6
    )
    assert [frame.style for frame in frames] == ["Harbour — C. M."] * 3 + ["Mosaic"] * 9


def test_a_replay_waits_for_the_strokes_that_were_chosen_and_goes_on_without_those_that_cannot_be(
    tiny_pack: Path,
) -> None:
    """Live they come when they are loaded; here it must not depend on the machine which pair has them."""
    clock, loads = FakeClock(), []

    def load(size: tuple[int, int]) -> ScriptedStylizer:
        loads.append(size)
        if size == (184, 184):
            raise EngineError("out of memory")
        threading.Event().wait(0.05)
        return ScriptedStylizer(size=size)

    palette = Palette(load_pack(tiny_pack), clock, 0.0)
    loading = networks(ScriptedStylizer(size=(128, 128)), load, (128, 128))
    line = Pipeline(Playback(Walk(), clock, pace="fast"), loading, palette, clock)
    told = [(0, 1.0), (2, 2.0), (4, 0.5), (6, 4.0), (8, 0.7), (10, 1.0)]  # 4.0 would be painted too small
    frames = replayed(line, rehearsed(tiny_pack, *((n, "stroke_size", size) for n, size in told)))
    assert [frame.stroke_size for frame in frames] == [1.0] * 2 + [2.0] * 2 + [0.5] * 6 + [1.0] * 2
    assert loads == [(64, 64), (256, 256), (184, 184)], "once each"
    assert "no strokes of size 0.7" in loading.failure()


def test_a_world_that_was_frozen_is_frozen_again_at_its_own_pair_and_moves_on(tiny_pack: Path) -> None:
    clock, stylizer = FakeClock(), ScriptedStylizer()
    palette = Palette(load_pack(tiny_pack), clock, 0.0)
    line = Pipeline(Playback(Walk(), clock, pace="fast"), networks(stylizer), palette, clock)
    events = ((0, "frozen", False), (0, "style", "red-room"), (3, "frozen", True), (5, "style", "mosaic"))
    frames = replayed(line, rehearsed(tiny_pack, *events, (8, "frozen", False)))
    assert [int(frame.source.left[0, 0, 0]) for frame in frames] == [0, 1, 2, 2, 2, 2, 2, 2, 8, 9, 10, 11]
    assert [frame.source.seq for frame in frames] == list(range(12)) and not line.still
    assert [frame.style for frame in frames][4:6] == ["The Red Room — Henri M.", "Mosaic"], "but not the network"
    assert len({frame.source.t_ns for frame in frames[2:8]}) == 1, "seen from where it was seen"


@pytest.mark.parametrize("kept", [(0, 5, 11), (1, 2, 3, 4, 9), (6, 7)])
def test_pairs_that_a_slow_machine_leaves_out_change_nothing_for_the_others(
    tiny_pack: Path, monkeypatch: pytest.MonkeyPatch, kept: tuple[int, ...]
) -> None:
    events = (
        (0, "style", "harbour"), (0, "crossfade_s", 0.1), (0, "frozen", False), (2.5, "style", "mosaic"),
        (4, "frozen", True), (5, "style", "red-room"), (7, "frozen", False),
    )  # fmt: skip
    painted = []
    for chosen in (tuple(range(12)), kept):
        clock, stylizer = FakeClock(), ScriptedStylizer()
        palette = Palette(load_pack(tiny_pack), clock, 0.0)
        line = Pipeline(Playback(Walk(), clock, pace="fast"), networks(stylizer), palette, clock)
        offer = line.captured.offer

        def unless_busy(item: StereoFrame, timeout_s: float, chosen: Any = chosen, offer: Any = offer) -> bool:
            return item.seq not in chosen or offer(item, timeout_s)

        monkeypatch.setattr(line.captured, "offer", unless_busy)
        frames = replayed(line, rehearsed(tiny_pack, *events))
        passes = stylizer.passes[ScriptedStylizer.WARM_UP :]
        painted.append(
            {f.source.seq: (array_of(f).tobytes(), w.tobytes()) for f, w in zip(frames, passes, strict=True)}
        )
    whole, part = painted
    assert set(part) == set(kept) and all(whole[number] == part[number] for number in kept)
