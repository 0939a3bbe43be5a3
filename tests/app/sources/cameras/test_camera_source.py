"""Two simulated cameras as a source, on a fake clock: liveness, one eye for both, reconnecting, what is told."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, get_args

import numpy as np
import pytest
from simulated_runner import SimulatedRunner

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.core.errors import CameraLost, CameraNotFound, SourceEnded, Stalled
from allaprima.app.core.frame import Eye, StereoFrame
from allaprima.app.sources.cameras.camera import Camera
from allaprima.app.sources.cameras.eyes import SplitCamera, TwoCameras
from allaprima.app.sources.cameras.inbox import Inbox
from allaprima.app.sources.cameras.simulated import SimulatedCamera, read_card
from allaprima.app.sources.cameras.source import GIVE_UP_S, CameraSource
from allaprima.app.sources.layout import Layout
from allaprima.app.sources.source import LiveSource

SIZE = (64, 48)


def two(
    clock: FakeClock,
    *,
    opens_in_s: float = 0,
    delays_ms: tuple[float, float] = (0, 0),
    frames: int | None = None,
    hold: int = 0,
    **eyes: Any,
) -> CameraSource:
    """Two 60 fps cameras; `left` and `right` are what is special about either."""
    inbox = Inbox()

    def camera(place: int, eye: Eye) -> Camera:
        shelf = SimulatedCamera(
            clock, place, **{"fps": 60.0, "size": SIZE, "jitter_ms": 1.0, "seed": 3, **eyes.get(eye, {})}
        )
        return Camera(eye, shelf.open, inbox, clock, eye, round(delays_ms[place] * 1e6))

    both = TwoCameras(camera(0, "left"), camera(1, "right"), hold)
    return CameraSource("two", both, SimulatedRunner(clock, inbox, opens_in_s), clock, frames)


def play(source: CameraSource, clock: FakeClock, seconds: float) -> list[tuple[float, StereoFrame | None, str]]:
    """(when, the pair or None where it stalled, status) of every read until the clock says `seconds`."""
    told: list[tuple[float, StereoFrame | None, str]] = []
    while clock.now_ns() < seconds * NS:
        try:
            frame: StereoFrame | None = source.read(0.01)
        except Stalled:
            frame = None
        told.append((clock.now_ns() / NS, frame, source.status))
    return told


def seen(frame: StereoFrame) -> tuple[int, int]:
    """Which camera's picture each eye is shown."""
    return read_card(frame.left)[0], read_card(frame.right)[0]


def test_pairs_are_of_one_moment_numbered_and_never_swapped() -> None:
    clock = FakeClock()
    with two(clock) as source:
        assert isinstance(source, LiveSource) and source.size == SIZE and source.rate_hz == pytest.approx(60, rel=0.2)
        frames = [frame for _, frame, _ in play(source, clock, 5) if frame]
    assert len(frames) > 290 and [frame.seq for frame in frames] == list(range(len(frames)))
    assert {seen(frame) for frame in frames} == {(0, 1)}
    assert all(read_card(frame.left)[1] == read_card(frame.right)[1] for frame in frames), "the same exposure in both"
    assert all(a.t_ns < b.t_ns for a, b in pairwise(frames))
    told = source.statistics()
    assert told["pairs"] == len(frames) and 0 < told["skew_p50_ms"] < told["skew_max_ms"] <= 2
    assert told["unpaired"] <= 3 and told["left_frames"] == pytest.approx(300, abs=3)


@pytest.mark.parametrize("eye", ["left", "right"])
def test_an_unplugged_eye_is_told_within_150_ms_and_live_within_3_s_of_being_plugged_in(eye: str) -> None:
    clock = FakeClock()
    unplugged: dict[str, Any] = {eye: {"unplugged": ((2.0, 5.0),)}}
    with two(clock, opens_in_s=1.0, **unplugged) as source:
        told = play(source, clock, 9)
    badge = next(at for at, _, status in told if status)
    assert 2 < badge <= 2.15
    assert next(status for _, _, status in told if status).startswith(f"{eye} camera lost")
    back = next(at for at, frame, status in told if at > 5 and not status and frame and seen(frame) == (0, 1))
    assert back <= 8
    alone = [seen(frame) for at, frame, _ in told if frame and badge < at < 5]
    assert set(alone) == ({(1, 1)} if eye == "left" else {(0, 0)}), "the other eye is shown to both"
    assert len(alone) > 100, "and goes on at its pace, while the lost one is being opened"
    assert source.statistics()[f"{eye}_reopened"] == 1
    assert source.statistics()[f"{'right' if eye == 'left' else 'left'}_reopened"] == 0, "the other is left alone"
    gaps = [b - a for (a, f, _), (b, g, _) in pairwise([t for t in told if t[1] and not 5 < t[0] < back])]
    assert max(gaps) < 4


def test_a_read_that_hangs_is_abandoned_with_its_handle() -> None:
    clock = FakeClock()
    with two(clock, right={"hanging": ((1.0, 8.0),)}) as source:
        told = play(source, clock, 12)
        assert source.statistics()["right_abandoned"] >= 1
    assert next(at for at, _, status in told if status) <= 1.15
    assert not told[-1][2] and told[-1][1] and seen(told[-1][1]) == (0, 1), "it is back once it answers"


def test_frames_of_the_wrong_size_are_rejected_and_counted_and_the_camera_set_up_anew() -> None:
    clock = FakeClock()
    with two(clock, left={"misshapen": ((1.0, 1.5),)}) as source:
        told = play(source, clock, 4)
        counts = source.statistics()
    assert {frame.size for _, frame, _ in told if frame} == {SIZE}
    assert counts["left_rejected"] >= 3 and counts["left_reopened"] >= 1
    assert any("left camera has the wrong size" in status for _, _, status in told) and not told[-1][2]


def test_a_camera_that_stands_still_is_noticed_and_comes_alive_again() -> None:
    clock = FakeClock()
    with two(clock, right={"frozen": ((1.0, 3.0),)}) as source:
        told = play(source, clock, 4)
        assert source.statistics()["right_frozen"] == 1
    noticed = [at for at, _, status in told if status == "right camera stands still"]
    assert 1.9 < noticed[0] < 2.1 and 2.9 < noticed[-1] < 3.1


def test_without_any_camera_reads_stall_the_status_says_so_and_in_the_end_it_is_lost() -> None:
    clock = FakeClock()
    gone = {"unplugged": ((1.0, 1e9),)}
    with two(clock, left=gone, right=gone) as source:
        told = play(source, clock, 3)
        assert told[-1][1:] == (None, "both cameras lost")
        with pytest.raises(CameraLost, match="left and right"):
            play(source, clock, GIVE_UP_S + 5)


def test_a_read_that_waits_ends_when_the_source_is_closed() -> None:
    class ClosingClock(FakeClock):
        """Somebody closes the source while `read` waits."""

        def sleep_until(self, t_ns: int) -> None:
            for each in opened:
                each.close()
            super().sleep_until(t_ns)

    opened: list[CameraSource] = []
    clock = ClosingClock()
    opened.append(two(clock))
    with pytest.raises(SourceEnded):
        for _ in range(3):
            opened[0].read(60)
    assert clock.now_ns() < NS


def test_drops_cost_only_their_own_pair() -> None:
    clock = FakeClock()
    with two(clock, left={"drops": 0.05, "jitter_ms": 0.0}, right={"jitter_ms": 0.0}) as source:
        frames = [frame for _, frame, status in play(source, clock, 10) if frame]
        assert {seen(frame) for frame in frames} == {(0, 1)}
        counts = source.statistics()
    assert counts["pairs"] == pytest.approx(counts["left_frames"], abs=1), "each has its mate"
    assert counts["unpaired"] == pytest.approx(counts["right_frames"] - counts["pairs"], abs=1)


def test_a_camera_that_skips_frames_shows_its_last_one_again_where_that_is_asked_for() -> None:
    clock = FakeClock()
    with two(clock, hold=1, left={"drops": 0.05}, right={"drops": 0.05}) as source:
        told = play(source, clock, 20)
        counts = source.statistics()
    frames = [frame for _, frame, _ in told if frame]
    held = [frame for frame in frames if frame.held]
    assert counts["held"] == len(held) > 50 and counts["pairs"] == len(frames) and counts["one_eye_for_both"] == 0
    assert {seen(frame) for frame in frames} == {(0, 1)} and {frame.held for frame in held} == {"left", "right"}
    assert counts["skew_max_ms"] <= 1000 / 120, "of the true pairs"
    for before, frame in pairwise(frames):
        assert (
            frame.t_ns > before.t_ns and min(b - a for a, b in zip(before.grabs_ns, frame.grabs_ns, strict=True)) >= 0
        )
        if frame.held:
            place = ("left", "right").index(frame.held)
            assert frame.grabs_ns[place] == before.grabs_ns[place], "exactly the last picture again"
            assert (frame.left if place == 0 else frame.right) is (before.left if place == 0 else before.right)
            assert frame.t_ns == frame.grabs_ns[1 - place] and abs(frame.skew_ns) < 1.6 * NS / 60
            waited = (next(at for at, each, _ in told if each is frame) * NS - frame.t_ns) * 60 / NS
            assert 0.7 < waited < 0.9, "as soon as there is no more hope of its mate, in periods"
    with_neither = 0.05**2 * 20 * 60
    assert counts["unpaired"] <= 3 * with_neither + 10


def test_holding_changes_nothing_where_nothing_is_skipped_or_an_eye_is_lost() -> None:
    def story(hold: int) -> list[tuple[float, tuple[int, int] | None, str]]:
        clock = FakeClock()
        with two(clock, hold=hold, right={"unplugged": ((2.0, 4.0),)}) as source:
            return [(at, frame.grabs_ns if frame else None, status) for at, frame, status in play(source, clock, 6)]

    without, holding = story(0), story(2)
    in_doubt = (2.0, 2.1)  # the camera is not lost yet

    def settled(told: list[tuple[float, tuple[int, int] | None, str]]) -> list[tuple[int, int]]:
        return [grabs for at, grabs, _ in told if grabs and not in_doubt[0] <= at <= in_doubt[1]]

    assert settled(holding) == settled(without)
    assert next(at for at, _, status in holding if status) <= 2.15
    added = {grabs for _, grabs, _ in holding if grabs} - {grabs for _, grabs, _ in without if grabs}
    assert len(added) == 2, "for two periods, its last picture"


def test_a_camera_that_hands_its_frames_over_late_is_not_thought_to_skip_them() -> None:
    clock = FakeClock()
    with two(clock, hold=1, delays_ms=(0, 12), right={"phase_ms": 12.0}) as source:
        assert not any(frame.held for _, frame, _ in play(source, clock, 3) if frame)


def test_delays_between_exposure_and_grab_are_taken_out_before_pairing() -> None:
    """The right camera hands its frames over 12 ms late: by the grabs alone, every pair would be off by a frame."""
    clock = FakeClock()
    right = {"phase_ms": 12.0, "jitter_ms": 0.0}
    with two(clock, delays_ms=(0, 12), left={"jitter_ms": 0.0}, right=right) as source:
        frames = [frame for _, frame, _ in play(source, clock, 1) if frame]
    assert all(read_card(frame.left)[1] == read_card(frame.right)[1] for frame in frames) and len(frames) > 50
    assert all(abs(frame.skew_ns) < 1000 for frame in frames)


def test_cameras_of_different_rates_give_the_slower_one_s_pairs() -> None:
    clock = FakeClock()
    with two(clock, right={"fps": 30.0}) as source:
        frames = [frame for _, frame, status in play(source, clock, 5) if frame]
        assert not source.status
    assert len(frames) == pytest.approx(150, abs=5) and {seen(frame) for frame in frames} == {(0, 1)}


def test_eyes_of_different_sizes_are_refused_with_both_sizes() -> None:
    with pytest.raises(CameraNotFound, match=r"left gives 64x48 but .*right gives 32x24"):
        two(FakeClock(), right={"size": (32, 24)})


def test_a_camera_that_is_not_there_at_the_start_is_refused_at_once_and_the_other_one_closed() -> None:
    clock, inbox = FakeClock(), Inbox()
    there, absent = SimulatedCamera(clock, 0, size=SIZE), SimulatedCamera(clock, 1, size=SIZE, unplugged=((0, 9),))
    left, right = Camera("left", there.open, inbox, clock, "left"), Camera("right", absent.open, inbox, clock, "right")
    with pytest.raises(CameraNotFound, match="unplugged"):
        CameraSource("two", TwoCameras(left, right), SimulatedRunner(clock, inbox), clock)
    assert clock.now_ns() < NS and there.opened == there.closed


def test_a_camera_that_opens_but_gives_nothing_is_refused_in_the_end() -> None:
    with pytest.raises(CameraNotFound, match="gives no frame within"):
        two(FakeClock(), left={"hanging": ((0, 1e9),)})


def test_it_ends_after_as_many_pairs_as_asked_for() -> None:
    clock = FakeClock()
    with two(clock, frames=3) as source:
        assert [source.read(1).seq for _ in range(3)] == [0, 1, 2]
        with pytest.raises(SourceEnded):
            source.read(1)


@pytest.mark.parametrize(
    ("layout", "size"), [("sbs", (32, 48)), ("sbs-swapped", (32, 48)), ("tb", (64, 24)), ("mono", SIZE)]
)
def test_one_camera_holds_both_eyes(layout: Layout, size: tuple[int, int]) -> None:
    clock, inbox = FakeClock(), Inbox()
    shelf = SimulatedCamera(clock, 0, size=SIZE, unplugged=((1.0, 2.0),))
    camera = Camera("one", shelf.open, inbox, clock)
    with CameraSource("one", SplitCamera(camera, lambda _: layout), SimulatedRunner(clock, inbox), clock) as source:
        assert source.size == size
        told = play(source, clock, 4)
        assert source.statistics()["camera_reopened"] == 1
    frames = [frame for _, frame, _ in told if frame]
    assert {frame.size for frame in frames} == {size} and len(frames) > 70
    lost = {"camera lost", "camera lost: simulated camera 0 is unplugged"}
    assert {status for _, _, status in told} == {"", *lost} and not told[-1][2]
    whole = {"sbs": np.hstack, "tb": np.vstack}.get(layout.removesuffix("-swapped"))
    if whole:
        eyes = (frames[0].right, frames[0].left) if layout.endswith("swapped") else (frames[0].left, frames[0].right)
        assert read_card(whole(eyes))[0] == 0
    else:
        assert frames[0].left is frames[0].right


def test_what_comes_before_the_first_read_is_neither_shown_nor_counted_as_lost() -> None:
    clock = FakeClock()
    with two(clock) as source:
        for _ in range(200):
            source._runner.wait(clock.now_ns() + NS)
        opened = clock.now_ns()
        assert source.read(1).t_ns > opened
        assert source.statistics()["overtaken"] == 0 and source.statistics()["unpaired"] <= 1


def test_a_late_reader_gets_the_newest_pair_and_the_overtaken_are_counted() -> None:
    clock = FakeClock()
    with two(clock, left={"jitter_ms": 0.0}, right={"jitter_ms": 0.0}) as source:
        source.read(1)
        for _ in range(12):
            source._runner.wait(clock.now_ns() + NS)
        before = source._inbox._frames[-1].t_ns
        assert source.read(0).t_ns == before
        assert source.statistics()["overtaken"] >= 4


@pytest.mark.parametrize(("prefix", "hint"), [("", "--camera-size"), ("http://cam/", "on their own pages")])
def test_what_helps_cameras_of_two_sizes_depends_on_what_they_are(prefix: str, hint: str) -> None:
    clock, inbox = FakeClock(), Inbox()
    shelf, eyes = SimulatedCamera(clock, 0), get_args(Eye)
    left, right = (Camera(f"{prefix}{eye}", shelf.open, inbox, clock, eye) for eye in eyes)
    left.size, right.size = (320, 240), (640, 480)
    with pytest.raises(CameraNotFound, match=r"320x240 but camera .* 640x480") as caught:
        TwoCameras(left, right).eye_size()
    assert hint in caught.value.hint
