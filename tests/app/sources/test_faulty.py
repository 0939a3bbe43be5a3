"""Every fault, as the one who reads sees it; and what the pipeline makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stand_ins import SIZE, ScriptedSource, ScriptedStylizer, networks

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.core.errors import CameraLost, SettingsError, SourceEnded, Stalled
from allaprima.app.core.frame import StereoFrame
from allaprima.app.live.pipeline import Pipeline
from allaprima.app.packs.pack import load_pack
from allaprima.app.sources.faulty import DELAY_S, KINDS, Fault, FaultySource, Kind, parse_fault
from allaprima.app.sources.source import LiveSource
from allaprima.app.stylize.palette import Palette

HALF = (SIZE[0] // 2, SIZE[1] // 2)


class TwoSided(ScriptedSource):
    """Its eyes differ: the right one sees the negative."""

    def read(self, timeout_s: float) -> StereoFrame:
        frame = super().read(timeout_s)
        return replace(frame, right=255 - frame.left)


def source(*faults: str, frames: int = 8) -> tuple[FaultySource, FakeClock]:
    clock = FakeClock()
    return FaultySource(TwoSided(frames), [parse_fault(text) for text in faults], clock), clock


def play(faulty: FaultySource) -> list[StereoFrame]:
    frames = []
    try:
        while True:
            frames.append(faulty.read(1))
    except SourceEnded:
        return frames


def test_without_a_fault_nothing_is_changed() -> None:
    faulty, _ = source()
    assert isinstance(faulty, LiveSource) and faulty.size == SIZE and not faulty.statistics()
    assert [frame.seq for frame in play(faulty)] == list(range(8)) and not faulty.status


def test_dropped_pairs_are_not_seen() -> None:
    faulty, _ = source("drop@2+3")
    assert [frame.seq for frame in play(faulty)] == [0, 1, 5, 6, 7]


def test_a_delayed_pair_stalls_and_then_comes_unharmed() -> None:
    faulty, clock = source("delay@1")
    faulty.read(0)
    start = clock.now_ns()
    with pytest.raises(Stalled):
        faulty.read(DELAY_S / 2)
    assert clock.now_ns() - start == round(DELAY_S / 2 * NS)
    assert faulty.read(1).seq == 1 and clock.now_ns() - start == round(DELAY_S * NS)
    assert faulty.read(0).seq == 2


def test_a_frozen_source_gives_the_same_picture_again_and_again_with_stamps_that_go_on() -> None:
    faulty, _ = source("freeze@3")
    frames = play(faulty)
    assert [frame.seq for frame in frames] == list(range(8))
    assert all(frame.left is frames[2].left and frame.right is frames[2].right for frame in frames[3:])


def test_a_freeze_for_some_pairs_thaws() -> None:
    faulty, _ = source("freeze@3+2")
    frames = play(faulty)
    assert frames[4].left is frames[2].left and frames[5].left is not frames[2].left


@pytest.mark.parametrize("eye", ["left", "right"])
def test_a_lost_eye_is_told_and_shown_the_other_one(eye: str) -> None:
    faulty, _ = source(f"lose-{eye}@2+2")
    for seq in range(6):
        frame = faulty.read(1)
        lost = seq in (2, 3)
        assert np.array_equal(frame.left, frame.right) == lost
        assert (eye in faulty.status) == lost


def test_whoever_dies_is_lost_and_stays_so() -> None:
    faulty, _ = source("die@2")
    assert [faulty.read(1).seq for _ in range(2)] == [0, 1]
    with pytest.raises(CameraLost, match="died at pair 2"):
        faulty.read(1)
    with pytest.raises(SourceEnded):
        faulty.read(1)


def test_a_pair_of_the_wrong_size_has_half_of_it() -> None:
    faulty, _ = source("wrong-size@1")
    assert [frame.size for frame in play(faulty)][:3] == [SIZE, HALF, SIZE]


def test_faults_add_up() -> None:
    faulty, _ = source("drop@1", "freeze@3", "wrong-size@4")
    frames = play(faulty)
    assert [frame.seq for frame in frames] == [0, 2, 3, 4, 5, 6, 7] and frames[3].size == HALF


def test_a_pipeline_throws_pairs_of_the_wrong_size_away_counts_them_and_goes_on(tiny_pack: Path) -> None:
    clock = FakeClock()
    faulty = FaultySource(ScriptedSource(10), [parse_fault("wrong-size@3+4")], clock)
    stylizer = ScriptedStylizer()
    pipeline = Pipeline(faulty, networks(stylizer), Palette(load_pack(str(tiny_pack)), clock, 0.0), clock)
    pipeline.start()
    seen = []
    while not pipeline.finished:
        if painted := pipeline.painted.take(10):
            seen.append(painted.source.seq)
    pipeline.stop()
    assert pipeline.fault is None and pipeline.misshapen == pipeline.unpaired == 4 and seen == [0, 1, 2, 7, 8, 9]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_written_on_the_command_line(kind: Kind) -> None:
    fault = parse_fault(f"{kind}@30+7")
    assert fault == Fault(kind, 30, 7) and not fault.hits(29) and fault.hits(36) and not fault.hits(37)


@pytest.mark.parametrize("text", ["", "freeze", "freeze@", "freeze@-1", "freeze@3+0", "frieze@3", "freeze@1e3", "@3"])
def test_what_is_no_fault_is_refused_with_what_would_be_one(text: str) -> None:
    with pytest.raises(SettingsError, match="--fault") as caught:
        parse_fault(text)
    assert "freeze" in caught.value.hint
