"""The session's promises: cadence whatever the network does, clean endings, never black."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE_S, eventually
from stand_ins import ScriptedSource, ScriptedStylizer

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.hud import Hud
from allaprima.app.core.clock import FakeClock
from allaprima.app.core.commands import Call
from allaprima.app.core.errors import AllaPrimaError, CameraLost, EngineError, HeadsetLost, Stalled
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.journal import Event
from allaprima.app.core.pose import Pose
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.live.audience import Audience
from allaprima.app.live.effects import Effect
from allaprima.app.sources.faulty import Fault, FaultySource
from allaprima.app.stylize.colour import keep_colour
from allaprima.app.stylize.fade import Fade
from allaprima.app.stylize.governor import Governor
from allaprima.app.stylize.reenactment import Reenactment, Setting


def ours() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name in ("source", "stylize")]


def middle(headset: SimulatedHeadset, eye: int = 0) -> tuple[int, ...]:
    height, width, _ = headset.read_eye(eye).shape
    return tuple(int(v) for v in headset.read_eye(eye)[height // 2, width // 2])


def test_a_stalled_network_leaves_the_cadence_untouched(stage) -> None:
    stylizer = ScriptedStylizer(held=True)
    s = stage(ScriptedSource(10), stylizer)

    def release_at_the_end(now_ns: int) -> None:
        if now_ns > 0.95e9:
            stylizer.go.set()

    summary = s.session.run(seconds=1.0, each_frame=release_at_the_end)
    assert s.headset.timing().dropped == 0
    assert summary["submitted"] == s.headset.timing().submitted - 1 >= 89, "all but the one drawn to warm up"
    assert summary["interval_ms"]["max"] == pytest.approx(1000 / 90, rel=0.01)
    assert summary["unpainted"] >= 84, "the network was held for all but the end"


def test_a_source_that_ends_closes_cleanly_after_its_last_pair_was_shown(stage) -> None:
    s = stage(ScriptedSource(5), ScriptedStylizer())
    summary = s.session.run()
    assert s.pipeline.count == 5 and summary["pairs"] >= 1
    assert middle(s.headset) == (251, 251, 251), "the last pair, of brightness 4, inverted"
    assert not ours()


def test_ctrl_c_leaves_no_thread_behind(stage) -> None:
    s = stage(ScriptedSource(10**6), ScriptedStylizer())

    def interrupt(now_ns: int) -> None:
        if s.pipeline.count > 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        s.session.run(each_frame=interrupt)
    assert not ours()


@pytest.mark.parametrize("who", ["key", "controller"])
def test_whoever_quits_ends_it(stage, who: str) -> None:
    s = stage(ScriptedSource(10**6), ScriptedStylizer())

    def quit_soon(now_ns: int) -> None:
        s.session.do(Call("quit")) if who == "key" else s.headset.press("quit")

    s.session.run(each_frame=quit_soon)
    assert not ours()


def test_a_broken_network_is_raised_at_once_where_nobody_watches(stage) -> None:
    s = stage(ScriptedSource(10**6), ScriptedStylizer(EngineError("out of memory", ""), fails_at=2))
    with pytest.raises(EngineError, match="out of memory"):
        s.session.run()
    assert not ours()


def test_a_broken_network_shows_the_plain_view_where_somebody_watches(stage) -> None:
    source = ScriptedSource(200, stalls=True)
    source.rate_hz = 90.0
    s = stage(source, ScriptedStylizer(EngineError("out of memory", "")))
    s.audience.watched = True
    seen = []

    def look(now_ns: int) -> None:
        newest = s.pipeline.newest
        if s.pipeline.fault and newest and newest.seq == 199:
            seen.append(middle(s.headset))
            if len(seen) > 3:
                s.session.quit = True

    with pytest.raises(EngineError):
        s.session.run(each_frame=look)
    assert seen[-1] == (199, 199, 199), "unpainted, live, not black"


def test_a_screenshot_that_cannot_be_saved_is_said_and_ends_nothing(stage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    s = stage(ScriptedSource(10**6), ScriptedStylizer())
    compositor = Compositor(ScriptedSource.rig)
    notices, folder = Latest[str](), tmp_path / "file" / "pictures"
    audience = Audience(s.headset, compositor, FakeClock(), "left", notices, screenshots=folder)
    effect = s.controls.do("screenshot")
    assert effect == Effect.SCREENSHOT
    audience.show(s.headset.wait_frame(), None, s.controls, [effect])
    assert "cannot be written" in (notices.take() or "")
    audience.close()
    compositor.close()


def test_what_ended_the_session_is_raised_even_if_a_thread_does_not_end(stage, monkeypatch: pytest.MonkeyPatch) -> None:
    s = stage(ScriptedSource(10**6), ScriptedStylizer())
    stop = s.pipeline.stop

    def stuck() -> None:
        stop()
        raise AllaPrimaError("1 thread(s) did not end")

    def lose(now_ns: int) -> None:
        raise HeadsetLost("the headset is gone")

    monkeypatch.setattr(s.pipeline, "stop", stuck)
    with pytest.raises(HeadsetLost):
        s.session.run(each_frame=lose)


def test_a_lost_camera_is_raised(stage) -> None:
    s = stage(ScriptedSource(3, CameraLost("camera 0 is gone", "plug it in")), ScriptedStylizer())
    with pytest.raises(CameraLost):
        s.session.run()
    assert not ours()


def test_the_plain_key_shows_what_the_camera_sees(stage) -> None:
    s = stage(ScriptedSource(60, stalls=True), ScriptedStylizer())
    painted: list[tuple[int, ...]] = []
    plain: list[tuple[int, ...]] = []

    def look(now_ns: int) -> None:
        shown = s.monitor.records().painted
        if shown and shown[-1].seq == 59:
            (plain if s.controls.plain else painted).append(middle(s.headset))
            if len(painted) == 3 and not s.controls.plain:
                s.headset.press("plain")
            s.session.quit = len(plain) > 3

    s.session.run(each_frame=look)
    assert painted[-1] == (196, 196, 196) and plain[-1] == (59, 59, 59)


def test_a_replay_shows_the_unpainted_world_where_its_wearer_looked_at_that(stage) -> None:
    class Recorded(ScriptedSource):
        def read(self, timeout_s: float) -> StereoFrame:
            frame = super().read(timeout_s)
            return replace(frame, recorded_ns=frame.seq)

    s = stage(Recorded(15, colour=lambda seq: (59,) * 3), ScriptedStylizer())
    pack, blend = s.controls.palette.pack, s.controls.palette.blend
    start = Setting(blend, Fade(blend.weights(pack.rows), blend.weights(pack.rows)))
    events = [Event(0, "plain", False), Event(5, "plain", True), Event(10, "plain", False)]
    s.pipeline.reenactment = Reenactment(events, pack, start)
    seen: list[tuple[int, ...]] = []
    s.session.run(each_frame=lambda now_ns: seen.append(middle(s.headset)))
    drawn = [colour for colour, _ in groupby(seen) if colour in ((196,) * 3, (59,) * 3)]
    assert drawn == [(196,) * 3, (59,) * 3, (196,) * 3]


def test_pressing_next_paints_in_the_next_style_from_the_next_pass_on(stage) -> None:
    stylizer = ScriptedStylizer()
    s = stage(ScriptedSource(10**6), stylizer)
    first, second = (style.row for style in s.controls.palette.pack.styles[:2])

    def press(now_ns: int) -> None:
        if s.pipeline.count == 0:
            return
        if s.controls.palette.index == 0:
            s.headset.press("next-style")
        elif np.argmax(stylizer.passes[-1]) == second:
            s.session.quit = True

    s.session.run(each_frame=press)
    assert np.argmax(stylizer.passes[0]) == first and np.argmax(stylizer.passes[-1]) == second


def test_no_control_drops_a_frame_or_holds_one_up(stage) -> None:
    """Styles, blends, strength, strokes that are loaded on the way, kept colours: all pressed as frames are shown."""
    pressed: tuple[str, ...] = (
        "next-style", "blend-next", "crossfade", "weaker", "larger-strokes", "keep-colour", "previous-style",
        "smaller-strokes", "smaller-strokes", "blend-previous", "keep-colour", "stronger", "larger-strokes",
    )  # fmt: skip
    s = stage(ScriptedSource(10**6), ScriptedStylizer(size=(128, 128)), full=(128, 128))
    waiting = list(pressed)

    def press(now_ns: int) -> None:
        shown = s.monitor.records().painted
        settled = bool(shown) and shown[-1].stroke_size == s.pipeline.networks.asked
        if settled and waiting and s.pipeline.count > 2 * (len(pressed) - len(waiting)):
            s.headset.press(waiting.pop(0))
        s.session.quit = settled and not waiting and s.controls.keep_colour == 1.0 and s.pipeline.count > 40

    summary = s.session.run(each_frame=press)
    assert not waiting and s.controls.keep_colour == 1.0
    assert s.headset.timing().dropped == summary["dropped"]["headset"] == 0
    assert summary["interval_ms"]["max"] == pytest.approx(1000 / 90, rel=0.01)
    shown = s.monitor.records().painted
    assert [painted.seq for painted in shown] == list(range(len(shown))), "nor does a painted pair get lost"
    assert [strokes for strokes, _ in groupby(painted.stroke_size for painted in shown)] == [1.0, 1.4, 1.0, 0.7, 1.0]


def test_painting_goes_on_while_larger_strokes_are_loaded(stage) -> None:
    loading, asked_at, waited = threading.Event(), [0], [0]

    def load(size: tuple[int, int]) -> ScriptedStylizer:
        assert loading.wait(PATIENCE_S)
        return ScriptedStylizer(size=size)

    s = stage(ScriptedSource(10**6), ScriptedStylizer(size=(128, 128)), load, (128, 128))

    def each(now_ns: int) -> None:
        if not asked_at[0] and s.pipeline.count > 3:
            asked_at[0] = s.pipeline.count
            s.session.do("larger-strokes")
        if asked_at[0] and not loading.is_set() and s.pipeline.count > asked_at[0] + 20:
            waited[0] = s.pipeline.count
            loading.set()
        s.session.quit = bool(s.monitor.records().painted) and s.monitor.records().painted[-1].stroke_size == 1.4

    s.session.run(each_frame=each)
    strokes = [painted.stroke_size for painted in s.monitor.records().painted]
    assert strokes.count(1.0) > 20 and strokes[-1] == 1.4
    assert s.headset.timing().dropped == 0


def test_strokes_that_cannot_be_loaded_are_said_and_end_nothing(stage, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(Hud, "show_banner", lambda hud, text, now_ns: said.append(text))

    def load(size: tuple[int, int]) -> ScriptedStylizer:
        raise EngineError(f"no memory for {size[0]}x{size[1]}", "")

    s = stage(ScriptedSource(10**6), ScriptedStylizer(size=(128, 128)), load, (128, 128))

    def each(now_ns: int) -> None:
        if "strokes of size 1.4" not in said:
            s.session.do("larger-strokes")
        s.session.quit = said[-1:] == ["no strokes of size 1.4: no memory for 88x88"]

    s.session.run(each_frame=each)
    assert s.pipeline.fault is None and s.pipeline.networks.asked == 1.0


@pytest.mark.parametrize("plain_first", [False, True])
def test_kept_colours_are_those_of_the_moment_that_was_painted(stage, plain_first: bool) -> None:
    """The stylizer inverts; with the colour of another pair what is seen would be the mixture of two moments."""

    def colour(seq: int) -> tuple[int, int, int]:
        return (40 + seq * 37 % 160, 60 + seq * 59 % 130, 50 + seq * 83 % 150)

    class Late(ScriptedStylizer):
        """Done when the source is three pairs further: the newest pair is never the one that was painted."""

        def paint(self, frames: np.ndarray, weights: np.ndarray, canvas: np.ndarray | None = None) -> np.ndarray:
            until = source._seq + 3 if len(self.passes) >= self.WARM_UP else 0
            while source._seq < until and not source._closed.is_set():
                threading.Event().wait(0.0005)
            return super().paint(frames, weights)

    source = ScriptedSource(10**6, colour=colour)
    source.rate_hz = 90.0  # its pairs overwrite one another
    s = stage(source, Late())
    seen: list[tuple[int, tuple[int, ...]]] = []
    s.controls.plain = plain_first

    def look(now_ns: int) -> None:
        shown = s.monitor.records().submitted[-1].painted_seq
        if s.controls.plain and len(s.monitor.records().submitted) > 5:
            s.headset.press("plain")
        elif s.controls.keep_colour < 1:
            s.headset.press("keep-colour")
        elif shown is not None:
            seen.append((shown, middle(s.headset)))
        s.session.quit = len(seen) > 20 and seen[-1][0] != seen[1][0]

    s.session.run(each_frame=look)
    for seq, pixel in seen[1:]:  # the key acts on the frame after
        camera = np.array(colour(seq), np.uint8).reshape(1, 1, 3)
        expected = keep_colour(255 - camera, camera)[0, 0]
        assert np.abs(expected.astype(int) - pixel).max() <= 1


@pytest.mark.parametrize("smaller", [True, False])
def test_a_smaller_painting_is_guided_by_the_pair_it_was_painted_from(
    stage, monkeypatch: pytest.MonkeyPatch, smaller: bool
) -> None:
    class Large(ScriptedSource):
        size = (128, 128)

        def read(self, timeout_s: float) -> StereoFrame:
            frame = super().read(timeout_s)
            large = np.tile(frame.left, (2, 2, 1))
            return replace(frame, left=large, right=large)

    shown: list[tuple[int | None, int | None]] = []  # what is painted, what is not, frame by frame
    upload = Compositor.upload

    def watch(self: Compositor, painted: np.ndarray | None, plain: StereoFrame | None, matte: None = None) -> None:
        upload(self, painted, plain, matte)
        of_painted, of_plain = shown[-1] if shown else (None, None)
        of_painted = 255 - int(painted[0, 0, 0, 0]) if painted is not None else of_painted
        shown.append((of_painted, plain.seq % 256 if plain else of_plain))

    monkeypatch.setattr(Compositor, "upload", watch)
    side = 64 if smaller else 128
    source = Large(10**6)
    source.rate_hz = 90.0  # its pairs overwrite one another
    s = stage(source, ScriptedStylizer(size=(side, side)), full=(side, side), guided=True)
    drawn: list[tuple[int | None, int | None]] = []

    def each(now_ns: int) -> None:
        if shown:
            drawn.append(shown[-1])
        s.session.quit = len(drawn) > 20

    s.session.run(each_frame=each)
    if smaller:
        assert all(painted == plain for painted, plain in drawn), "of one moment"
    else:
        assert all(plain is None for _, plain in drawn), "nothing is uploaded in vain"


def test_the_hud_tells_what_the_governor_does(stage, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(Hud, "set_status", lambda hud, title, lines: said.extend(lines))
    s = stage(ScriptedSource(10**6), ScriptedStylizer(), governor=Governor(60))
    s.controls.hud = True

    def each(now_ns: int) -> None:
        s.session.quit = any(line.endswith("at 100%") for line in said)

    s.session.run(seconds=5, each_frame=each)
    assert s.session.quit


def test_a_simulated_head_goes_on_turning_between_the_pairs_of_its_source(stage) -> None:
    """Frames come at 60 Hz and are shown at 90: a head that stops at each pair would judder."""

    class Turning(ScriptedSource):
        rate_hz = 60.0

        def read(self, timeout_s: float) -> StereoFrame:
            if not turned.wait(timeout_s):
                raise Stalled
            turned.clear()
            frame = super().read(timeout_s)
            t_ns = frame.seq * 16_666_667
            return replace(frame, t_ns=t_ns, head_pose=Pose.from_euler(yaw=t_ns / 1e9))

    turned, yaws, due = threading.Event(), [], [0]
    s = stage(Turning(10**6), ScriptedStylizer())

    def each(now_ns: int) -> None:
        yaws.append((now_ns, s.headset.pose_at(now_ns)))
        while now_ns >= due[0]:  # hand over the pair of this moment, and wait until it has arrived
            before = s.pipeline.newest

            def arrived(before: object = before) -> bool:
                return s.pipeline.newest is not before

            turned.set()
            eventually(arrived)
            due[0] += 16_666_667

    s.session.run(seconds=0.5, each_frame=each)
    assert len(yaws) > 40
    for t_ns, pose in yaws[10:]:
        assert pose is not None and pose.angle_to(Pose.from_euler(yaw=t_ns / 1e9)) < 1e-3


def test_a_stalled_source_is_said_in_the_hud(stage, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(Hud, "set_status", lambda hud, title, lines=(): said.extend(lines))
    s = stage(ScriptedSource(3, stalls=True), ScriptedStylizer())
    s.controls.hud = True

    def until_it_has_begun(now_ns: int) -> None:
        eventually(lambda: s.pipeline.newest)

    s.session.run(seconds=5.0, each_frame=until_it_has_begun)
    assert "frames/s" in said[0]
    assert said[-1] == "no new picture for 5 s"


def test_the_hud_hides_behind_the_help_and_shows_figures_when_asked(stage, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    seen: list[bool] = []
    monkeypatch.setattr(Hud, "set_status", lambda hud, title, lines=(): said.extend(lines))
    s = stage(ScriptedSource(10**6), ScriptedStylizer())

    def each(now_ns: int) -> None:
        seen.append(s.hud.visible)
        s.controls.do(("hud", "help", "help", "help")[min(len(seen), 4) - 1]) if len(seen) < 5 else None
        s.session.quit = len(seen) == 6

    s.session.run(seconds=5, each_frame=each)
    assert seen == [False, True, False, False, True, True]
    assert s.controls.hud and s.controls.help == 0


def test_a_lost_camera_is_said_at_once_and_stays_said_until_it_is_back(stage, monkeypatch: pytest.MonkeyPatch) -> None:
    banners: list[str] = []
    panel: list[list[str]] = []
    monkeypatch.setattr(Hud, "show_banner", lambda hud, title, now, lines=(): banners.append(title))
    monkeypatch.setattr(Hud, "set_status", lambda hud, title, lines=(): panel.append(list(lines)))
    s = stage(FaultySource(ScriptedSource(120), [Fault("lose-left", 40, 40)], FakeClock()), ScriptedStylizer())
    s.session.run()
    lost = "left camera lost, as asked for"
    assert banners == [lost], "said once, large"
    said = [lost in lines for lines in panel]
    assert True in said and not said[0] and not said[-1], "and in the panel for as long as it lasts"
