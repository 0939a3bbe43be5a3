"""A headset that is lost, taken off, or does not know where it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from patience import eventually
from stage import BuildStage, Stage
from stand_ins import ScriptedSource, ScriptedStylizer

from allaprima.app.core.clock import NS, Clock, FakeClock
from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.core.pose import Pose
from allaprima.app.headset.failover import FailoverHeadset
from allaprima.app.headset.headset import Headset, HeadsetFrame
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.sources.recorded.film import Film


def forgiving(headset: Headset, clock: Clock, reopen: Callable[[], Headset] | None = None) -> FailoverHeadset:
    return FailoverHeadset(headset, clock, lambda size: SimulatedHeadset(clock, size), reopen)


def live(count: int = 10**6, colour: Callable[[int], tuple[int, int, int]] | None = None) -> ScriptedSource:
    """A source with a pace, whose pairs overwrite one another."""
    source = ScriptedSource(count, stalls=True, colour=colour)
    source.rate_hz = 90.0
    return source


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The HUD's titles and lines, each once."""
    from allaprima.app.compositor.hud import Hud

    lines: list[str] = []
    set_status = Hud.set_status

    def tell(hud: Hud, title: str, text: tuple[str, ...] = ()) -> None:
        lines.extend(line for line in (title, *text) if line not in lines)
        set_status(hud, title, text)

    monkeypatch.setattr(Hud, "set_status", tell)
    return lines


def test_a_lost_headset_leaves_a_whole_video_and_the_mirror_goes_on(
    stage: BuildStage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    video = tmp_path / "film.mkv"
    s = stage(ScriptedSource(10**6), ScriptedStylizer(), wear=forgiving, video=video)
    frames = [0]

    def each(now_ns: int) -> None:
        frames[0] += 1
        if frames[0] == 60:
            s.session.do("show-plain")  # held, and never let go of
            s.headset.lost = "SteamVR has quit"
        if frames[0] == 70:
            film = Film(video)
            assert film.next() is not None, "complete while the session still runs"
            film.close()
            assert s.worn.simulated and not s.controls.held_plain
        s.session.quit = frames[0] > 150

    summary = s.session.run(each_frame=each)
    assert frames[0] == 151 and summary["submitted"] >= 150
    assert s.audience.finish() == [video]
    error = caplog.text
    assert error.count("SteamVR has quit: going on without it") == 1 and str(video) in error
    assert summary["headset_timing"]["runtime"] == "simulated headset"
    assert summary["headset_timing"]["submitted"] == pytest.approx(60, abs=2), "what the lost one counted"


def test_a_headset_that_comes_back_is_worn_again(stage: BuildStage, caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    opened: list[Headset] = []

    def reopen() -> Headset:
        if clock.now_ns() < 5 * NS:
            raise HeadsetUnavailable("not yet")
        opened.append(SimulatedHeadset(clock, (64, 72)))
        return opened[-1]

    s = stage(ScriptedSource(10**6), ScriptedStylizer(), clock=clock, wear=lambda h, c: forgiving(h, c, reopen))

    def each(now_ns: int) -> None:
        if now_ns > NS and not s.headset.lost:
            s.headset.lost = "the runtime died"
        s.session.quit = bool(opened) and opened[0].timing().submitted > 20

    s.session.run(seconds=60, each_frame=each)
    assert opened and not s.worn.simulated and s.worn.eye_size == (64, 72)
    error = caplog.text
    assert "the runtime died: going on without it, trying again" in error and "is back" in error


def test_in_standby_nothing_is_painted_and_the_first_look_resumes(
    stage: BuildStage, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    s = stage(live(), ScriptedStylizer())
    at: dict[str, int] = {}
    drawn: list[int] = []
    draw_eye = s.session._compositor.draw_eye

    def noted(*arguments: Any, **options: Any) -> None:
        drawn.append(1)
        draw_eye(*arguments, **options)

    monkeypatch.setattr(s.session._compositor, "draw_eye", noted)
    asleep: set[str] = set()
    awake = s.pipeline._awake
    wait = awake.wait

    def tell(timeout: float) -> bool:
        if not awake.is_set():
            asleep.add(threading.current_thread().name)
        return wait(timeout)

    monkeypatch.setattr(awake, "wait", tell)

    def each(now_ns: int) -> None:
        s.controls.hud = True
        if now_ns < NS:
            eventually(lambda: s.pipeline.count > 0)
        elif now_ns < 2 * NS:
            s.headset.visible = False
        elif now_ns < int(4.5 * NS):
            pass  # a look at the menu may last two seconds
        elif "paused" not in at:
            assert s.pipeline.paused
            eventually(lambda: asleep == {"source", "stylize"})  # the pass that was under way has ended
            at["paused"], at["newest"], at["drawn"] = s.pipeline.count, id(s.pipeline.newest), len(drawn)
            at["submitted"] = s.headset.timing().submitted
        elif now_ns < 20 * NS:
            pass
        elif "resumed" not in at:
            assert s.pipeline.count == at["paused"] and id(s.pipeline.newest) == at["newest"], (
                "nothing read, or painted"
            )
            assert s.headset.timing().submitted - at["submitted"] > 1300, "but every frame is submitted"
            assert (len(drawn) - at["drawn"]) / 2 < 2.2 * 16, "though hardly any is drawn"
            assert s.pipeline.silence_s() is None
            s.headset.visible = True
            at["resumed"] = now_ns
        else:
            assert not s.pipeline.paused, "at once"
            assert s.pipeline.silence_s() is None or now_ns - at["resumed"] > NS
            eventually(lambda: s.pipeline.count > at["paused"])
            s.session.quit = True

    summary = s.session.run(seconds=60, each_frame=each)
    assert "resumed" in at
    assert summary["standby_s"] == pytest.approx(at["resumed"] / NS - 4, abs=0.3)
    assert "the headset is not worn" in said
    assert summary["submitted"] == s.headset.timing().submitted - 1, "all but the one that warms up"
    assert summary["interval_ms"]["max"] == pytest.approx(1000 / 90, rel=0.01), "to sleep is no hitch"
    assert s.headset.timing().dropped == 0


def test_a_short_look_away_pauses_nothing(stage: BuildStage) -> None:
    s = stage(live(), ScriptedStylizer())

    def each(now_ns: int) -> None:
        s.headset.visible = (now_ns // NS) % 3 == 0  # two seconds of three at the menu
        assert not s.pipeline.paused

    assert s.session.run(seconds=12, each_frame=each)["standby_s"] == 0


def test_what_was_captured_before_standby_is_not_shown_after_it(stage: BuildStage) -> None:
    stylizer = ScriptedStylizer()
    s = stage(live(), stylizer)
    s.pipeline.captured.put(s.pipeline._source.read(0.1))
    s.pipeline.pause()
    s.pipeline.resume()
    assert s.pipeline.captured.empty


class Swaying:
    def at(self, t_ns: int) -> Pose | None:
        return Pose.from_euler(yaw=t_ns / NS)


def test_a_headset_that_lost_itself_shows_the_picture_still_and_says_so(
    stage: BuildStage, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    headset = SimulatedHeadset(clock, (80, 90), 90.0, Swaying())
    source = live(colour=lambda seq: (40, 40, 40))  # one without a pace would wait for its pairs to be taken
    s = stage(source, ScriptedStylizer(), headset=headset, clock=clock, wear=lambda h, c: FailoverHeadset(h, c))
    heads: list[Pose] = []
    seen: list[np.ndarray] = []
    wait_frame = headset.wait_frame

    def noted() -> HeadsetFrame:
        frame = wait_frame()
        heads.append(frame.head)
        return frame

    monkeypatch.setattr(headset, "wait_frame", noted)

    def each(now_ns: int) -> None:
        eventually(lambda: s.pipeline.count > 2)
        frames = len(heads)
        if frames == 40:
            headset.tracked = False
        if 45 < frames < 140:
            assert s.hud.visible and s.hud.dimmed, "though the figures were switched off"
            seen.append(headset.read_eye(0).copy())
        if frames == 140:
            headset.tracked = True
        if frames == 145:
            assert not s.hud.visible and not s.hud.dimmed
        s.session.quit = frames > 150

    s.session.run(each_frame=each)
    assert "tracking lost" in said
    assert {head for head in heads[42:139]} == {heads[41]}, "the last pose is held"
    assert heads[-1] != heads[41]
    for picture in seen:
        assert picture[20, 40].tolist() == [215, 215, 215], "locked to the head, painted, not black"


def test_trims_act_on_the_next_frame_are_said_and_kept(stage: BuildStage) -> None:
    from allaprima.app.compositor.trims import KeptTrims
    from allaprima.app.mirror.keys import lookup
    from allaprima.calibration.rig import Trims

    written: list[Trims] = []
    s = stage(ScriptedSource(10**6), ScriptedStylizer(), trims=KeptTrims(written.append, Trims()))
    frames, notices = [0], []

    def each(now_ns: int) -> None:
        frames[0] += 1
        if frames[0] == 5:
            for key in "vvvVeeZzzdd":
                command = lookup(key)
                assert command
                s.session.do(command)
                notices.append(s.session._notices.take())
        if frames[0] == 6:
            assert s.session._compositor.trims == s.controls.trims != Trims()
            assert written == [], "not while keys may still be held"
        if frames[0] == 120:
            assert written == [s.controls.trims]
            s.session.do("further-away")
        s.session.quit = frames[0] > 121

    s.session.run(each_frame=each)
    assert written[-1] == s.controls.trims == Trims(0.2, 0.002, 1.01, 2.662)
    assert notices[0] == "right eye +0.1 degrees" and notices[5] == "cameras +2 mm apart"
    assert notices[6] == "picture 99% of its size" and notices[-1] == "picture 2.42 m away"


@pytest.mark.parametrize("eye", [0, 1])
@pytest.mark.parametrize("delay_ms", [0, 40])
def test_what_hangs_at_the_projection_distance_lands_where_it_must(
    stage: BuildStage, eye: int, delay_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Head turning and moving, a picture that is late, cameras with a delay: to half a pixel of a 640x720 eye."""
    from allaprima.app.core.frame import StereoFrame
    from allaprima.app.core.stamps import Stamps

    width, height, size = 1280, 1280, (640, 720)

    class Walking:
        def at(self, t_ns: int) -> Pose | None:
            t = t_ns / NS
            return Pose.from_euler(
                yaw=0.9 * t, pitch=-0.4 * t, roll=0.3 * t, position=(0.5 * t, 1.6 - 0.3 * t, 0.4 * t)
            )

    class Marked(ScriptedSource):
        size, rate_hz = (width, height), 90.0
        column, row, t_ns = 760, 560, 100_000_000

        def read(self, timeout_s: float) -> StereoFrame:
            frame = super().read(timeout_s)
            pixels = np.zeros((height, width, 3), np.uint8)
            pixels[self.row - 3 : self.row + 4, self.column - 3 : self.column + 4] = 255
            return StereoFrame(pixels, pixels, frame.seq, self.t_ns, stamps=Stamps(self.t_ns, self.t_ns))

    clock, source, walking = FakeClock(), Marked(1, stalls=True), Walking()
    headset = SimulatedHeadset(clock, size, 90.0, walking)
    s: Stage = stage(
        source,
        ScriptedStylizer(),
        headset=headset,
        clock=clock,
        wear=lambda h, c: FailoverHeadset(h, c),
        camera_delay_ns=delay_ms * 1_000_000,
    )
    s.controls.plain = True
    asked: list[HeadsetFrame] = []
    wait_frame = headset.wait_frame

    def noted() -> HeadsetFrame:
        asked.append(wait_frame())
        return asked[-1]

    monkeypatch.setattr(headset, "wait_frame", noted)
    errors: list[float] = []

    def each(now_ns: int) -> None:
        eventually(lambda: s.pipeline.newest is not None)
        if len(asked) < 12:
            return
        frame = asked[-1]
        camera = (source.rig.left, source.rig.right)[eye]
        fov, view = camera.fov, frame.views[eye]
        x = (source.column + 0.5) / width * (fov.left + fov.right) - fov.left
        y = fov.up - (source.row + 0.5) / height * (fov.up + fov.down)
        exposed = walking.at(source.t_ns - delay_ms * 1_000_000)
        assert exposed
        world = exposed.matrix() @ camera.camera_to_head.matrix() @ (2 * x, 2 * y, -2.0, 1.0)
        point = np.linalg.inv(frame.head.matrix() @ view.eye_to_head.matrix()) @ world
        across, up = point[0] / -point[2], point[1] / -point[2]
        expected = (
            (across + view.fov.left) / (view.fov.left + view.fov.right) * size[0],
            (view.fov.up - up) / (view.fov.up + view.fov.down) * size[1],
        )
        weight = np.where(headset.read_eye(eye).min(axis=-1) > 60, headset.read_eye(eye).mean(axis=-1), 0.0)
        assert weight.sum() > 0
        found = (
            weight.sum(axis=0) @ (np.arange(size[0]) + 0.5) / weight.sum(),
            weight.sum(axis=1) @ (np.arange(size[1]) + 0.5) / weight.sum(),
        )
        errors.append(max(abs(a - b) for a, b in zip(found, expected, strict=True)))
        s.session.quit = len(errors) == 12

    s.session.run(each_frame=each)
    assert len(errors) == 12 and max(errors) < 0.5, f"pixels: {errors}"
