"""The headset's own cameras through the OpenVR test runtime, under pyopenvr's own library."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from openvr_runtime.in_line import InLineRunner

from allaprima.app.core.clock import NS, FakeClock, now_ns
from allaprima.app.core.errors import AllaPrimaError, CameraLost, CameraNotFound, HeadsetLost, SettingsError, Stalled
from allaprima.app.core.frame import StereoFrame
from allaprima.app.sources.cameras.camera import Camera
from allaprima.app.sources.cameras.eyes import SplitCamera
from allaprima.app.sources.cameras.inbox import Inbox
from allaprima.app.sources.cameras.opening import CameraOptions
from allaprima.app.sources.cameras.simulated import draw_card, read_card
from allaprima.app.sources.cameras.source import GIVE_UP_S, CameraSource

SIZE = (64, 48)
STEREO, VERTICAL, HORIZONTAL = 2, 16, 32
SCENE, BACKGROUND = 1, 3
QUIT, NO_FRAME = 700, 113


@pytest.fixture(autouse=True)
def _nothing_unexpected(steamvr: Any) -> Iterator[None]:
    yield
    assert steamvr.calls("unimplemented", "unknown command") == []
    assert len(steamvr.calls("acquireVideoStreamingService")) >= len(steamvr.calls("releaseVideoStreamingService"))


@pytest.fixture
def open_stream(steamvr: Any, clock: FakeClock) -> Iterator[Callable[..., Any]]:
    from allaprima.app.sources.cameras.openvr.stream import Stream

    opened: list[Any] = []

    def open_one(*arguments: Any, **options: Any) -> Any:
        opened.append(Stream(*(arguments or (clock,)), **options))
        return opened[-1]

    yield open_one
    for stream in opened:
        stream.close()


@pytest.fixture
def source(steamvr: Any, clock: FakeClock) -> Iterator[CameraSource]:
    """The cameras as a source, on a fake clock: a frame for every look."""
    from allaprima.app.sources.cameras.openvr.stream import Stream

    inbox = Inbox()
    camera = Camera("the cameras of a headset", lambda: Stream(clock), inbox, clock)
    with CameraSource("headset", SplitCamera(camera, lambda _: "sbs"), InLineRunner(clock, inbox), clock) as opened:
        yield opened


def tell(steamvr: Any, distorted: bool = False) -> Any:
    from allaprima.app.openvr.runtime import Runtime
    from allaprima.app.sources.cameras.openvr.description import INTERFACES, describe

    with Runtime("background", *INTERFACES) as runtime, runtime.in_use():
        return describe(runtime, distorted)


def open_source(steamvr: Any, spec: str = "headset", **options: Any) -> Any:
    """As the program does, with a thread and on the real clock."""
    from allaprima.app.core.clock import SystemClock
    from allaprima.app.sources.cameras.openvr.opening import open_headset_cameras

    steamvr.do("camera rate 60")
    layout = options.pop("layout", "auto")
    return open_headset_cameras(spec, CameraOptions(**options), SystemClock(), layout=layout)


def play(source: CameraSource, clock: FakeClock, seconds: float) -> list[tuple[StereoFrame | None, str]]:
    """(the pair or None where it stalled, status) of every read for so long."""
    told: list[tuple[StereoFrame | None, str]] = []
    end = clock.now_ns() + round(seconds * NS)
    while clock.now_ns() < end:
        try:
            frame: StereoFrame | None = source.read(0.05)
        except Stalled:
            frame = None
        told.append((frame, source.status))
    return told


def eyes(source: Any) -> tuple[int, int]:
    """Whose card each eye is shown; every pixel of it is right."""
    frame = source.read(30)
    found = []
    for pixels in (frame.left, frame.right):
        camera, number = read_card(pixels)
        assert np.array_equal(pixels, draw_card(camera, number, frame.size))
        found.append(camera)
    return found[0], found[1]


def test_side_by_side_cameras_are_told_with_angles_and_places(steamvr: Any) -> None:
    told = tell(steamvr)
    assert (told.layout, told.size, told.known) == ("sbs", (128, 48), True)
    assert told.name == "the cameras of Test Visor"
    left, right = told.rig.left, told.rig.right
    assert (left.fov.left, left.fov.right, left.fov.up) == pytest.approx((1, 1, 0.75))
    assert (right.fov.left, right.fov.right) == pytest.approx((0.875, 1.125)), "each camera has its own"
    for camera, x in ((left, -0.0315), (right, 0.0315)):
        assert camera.camera_to_head.position == pytest.approx((x, 0.01, -0.05))
        assert camera.camera_to_head.orientation == pytest.approx((0, 0, 0, 1))


def test_vertical_frames_have_the_right_eye_on_top_where_the_places_say_so(steamvr: Any) -> None:
    steamvr.do(f"camera layout {STEREO | VERTICAL} 2", "camera places 1 1")
    told = tell(steamvr)
    assert (told.layout, told.size, told.known) == ("tb-swapped", (64, 96), True)
    left, right = told.rig.left, told.rig.right
    assert left.camera_to_head.position[0] < 0 < right.camera_to_head.position[0]
    assert left.camera_to_head.orientation == pytest.approx((0, 0, 0, 1)), "other axes, and scaled, in the driver"
    assert left.fov.left == pytest.approx(0.875), "the left camera is number 1"


@pytest.mark.parametrize(
    ("layout", "expected"), [(STEREO | HORIZONTAL, "sbs"), (STEREO | VERTICAL, "tb-swapped"), (0, "sbs")]
)
def test_without_places_the_layout_tells_and_the_rig_is_assumed(steamvr: Any, layout: int, expected: str) -> None:
    steamvr.do(f"camera layout {layout} 2", "camera places 0")
    told = tell(steamvr)
    assert (told.layout, told.known) == (expected, False)
    assert told.rig.baseline_m == pytest.approx(0.063)


def test_nonsense_of_a_driver_is_not_believed() -> None:
    from allaprima.app.sources.cameras.openvr.description import camera_to_head

    straight = np.eye(3, 4)
    assert camera_to_head(straight) is not None
    for spoilt in (straight * math.nan, straight * 0, np.diag([-1.0, 1, 1]) @ straight, straight + [[0, 0, 0, 9]] * 3):
        assert camera_to_head(np.asarray(spoilt)) is None


def test_each_eye_gets_its_own_camera_the_right_way_up_in_true_colours(steamvr: Any) -> None:
    with open_source(steamvr) as source:
        assert source.size == SIZE and eyes(source) == (0, 1)
    with open_source(steamvr, swap_eyes=True) as source:
        assert eyes(source) == (1, 0)
    steamvr.do(f"camera layout {STEREO | VERTICAL} 2", "camera places 1 1")
    with open_source(steamvr) as source:
        assert source.size == SIZE and eyes(source) == (1, 0), "the upper picture is the right camera's"
    with open_source(steamvr, layout="tb") as source:
        assert eyes(source) == (0, 1), "the wearer knows better"


def test_one_camera_is_shown_to_both_eyes_and_the_name_says_so(steamvr: Any) -> None:
    steamvr.do("camera layout 1 1")
    with open_source(steamvr) as source:
        frame = source.read(30)
        assert frame.left is frame.right and frame.size == SIZE
        assert source.name == "the one camera of Test Visor, shown to both eyes"
        assert source.rig.left == source.rig.right


def test_undistorted_frames_are_taken_where_there_are_any(steamvr: Any) -> None:
    assert (tell(steamvr).frame_type, tell(steamvr).size) == (1, (128, 48))
    assert (tell(steamvr, distorted=True).frame_type, tell(steamvr, distorted=True).size) == (0, (160, 48))
    with open_source(steamvr, "headset:distorted") as source:
        assert source.size == (80, 48) and eyes(source) == (0, 1)
    steamvr.do("camera undistorted 0")
    assert tell(steamvr).frame_type == 0
    with pytest.raises(SettingsError, match="upside-down"):
        open_source(steamvr, "headset:upside-down")


def test_a_frame_is_stamped_with_its_exposure(steamvr: Any, open_stream: Any, clock: FakeClock) -> None:
    stream = open_stream()
    steamvr.do(f"camera exposed {clock.now_ns() - 30_000_000}")
    assert stream.grab() and stream.retrieve() is not None
    assert stream.exposure.t_ns == clock.now_ns() - 30_000_000


@pytest.mark.parametrize("exposed", [0, 4_400_000_000, 5_000_000_001, 10**15])
def test_an_exposure_of_another_clock_is_not_believed(
    steamvr: Any, open_stream: Any, clock: FakeClock, exposed: int
) -> None:
    stream = open_stream(delay_ns=7_000_000)
    steamvr.do(f"camera exposed {exposed}")
    assert stream.grab() and stream.retrieve() is not None
    assert stream.exposure.t_ns == clock.now_ns() - 7_000_000


def test_the_head_pose_is_that_of_the_exposure(steamvr: Any) -> None:
    """A degree a second: what is off by less than 0.2 degrees is off by less than 0.2 s, whatever the machine does."""
    began = now_ns()
    steamvr.do("reset", f"log {steamvr.log}", "head 0 1", "camera age 0.4")
    begun = now_ns()
    with open_source(steamvr) as source:
        frame = source.read(30)
        assert source.statistics()["camera_frames"] > 0
    assert frame.t_ns < now_ns() - 350_000_000
    forward = frame.head_pose.matrix()[:3, :3] @ (0.0, 0.0, -1.0)
    yaw = math.degrees(math.atan2(-forward[0], -forward[2]))
    assert (frame.t_ns - begun) / NS - 0.2 < yaw < (frame.t_ns - began) / NS + 0.2
    assert frame.head_pose.position == pytest.approx((0, 1.6, 0)), "in standing space"


def test_without_tracking_there_is_no_head_pose(steamvr: Any, open_stream: Any) -> None:
    steamvr.do("tracked 0")
    stream = open_stream()
    assert stream.grab() and stream.retrieve() is not None
    assert stream.exposure.head_pose is None


def test_a_frame_is_taken_once(steamvr: Any, open_stream: Any, clock: FakeClock) -> None:
    stream = open_stream()
    assert stream.grab() and stream.retrieve() is not None
    steamvr.do("camera frozen 1")
    begun = clock.now_ns()
    with pytest.raises(Stalled):
        stream.grab()
    assert 0 < clock.now_ns() - begun <= NS // 4, "whoever wants to stop it is heard soon"
    steamvr.do("camera frozen 0")
    assert stream.grab()


def test_a_camera_that_wakes_up_is_waited_for_and_one_that_does_not_is_lost(
    steamvr: Any, open_stream: Any, clock: FakeClock
) -> None:
    steamvr.do("camera asleep 1")
    stream = open_stream()
    for _ in range(50):
        with pytest.raises(Stalled):
            stream.grab()
    steamvr.do("camera asleep 0")
    assert stream.grab() and stream.retrieve() is not None
    steamvr.do("camera asleep 1")
    with pytest.raises(CameraLost, match="no picture") as told:
        for _ in range(1000):
            with pytest.raises(Stalled):
                stream.grab()
    assert "Settings, Camera" in told.value.hint


def test_a_camera_that_never_wakes_is_an_error_with_a_hint(steamvr: Any, clock: FakeClock) -> None:
    from allaprima.app.sources.cameras.openvr.stream import Stream

    steamvr.do("camera asleep 1")
    inbox = Inbox()
    camera = Camera("headset", lambda: Stream(clock), inbox, clock)
    with pytest.raises(CameraLost, match="no picture") as told:
        CameraSource("headset", SplitCamera(camera, lambda _: "sbs"), InLineRunner(clock, inbox), clock)
    assert "Settings, Camera" in told.value.hint
    assert len(steamvr.calls("cleanup")) == 1


@pytest.mark.parametrize(
    ("commands", "kind", "message", "hint"),
    [
        (["camera present 0"], CameraNotFound, "Test Visor gives SteamVR no camera", "Settings, Camera"),
        (["camera acquire 105"], CameraLost, "gives SteamVR no camera", "allaprima devices"),
        (["camera acquire 108"], CameraLost, "108", "Settings, Camera"),
        (["camera acquire 4242"], CameraLost, "4242", "Settings, Camera"),
        (["camera error 104"], CameraLost, "104", "close SteamVR"),
        (["running 0"], CameraNotFound, "SteamVR is not running", "start SteamVR"),
        (["init 108"], CameraNotFound, "no headset", "connect the headset"),
        (["missing IVRTrackedCamera_006"], CameraNotFound, "IVRTrackedCamera_006", "update SteamVR"),
    ],
)
def test_why_there_is_no_picture_is_told_with_what_to_do(
    steamvr: Any, commands: list[str], kind: type[AllaPrimaError], message: str, hint: str
) -> None:
    steamvr.do(*commands)
    with pytest.raises(kind, match=message) as told:
        open_source(steamvr)
    assert hint in told.value.hint
    let_in = not commands[0].startswith(("running", "init"))
    assert len(steamvr.calls("cleanup")) == (len(steamvr.calls("init")) if let_in else 0), "it left what it joined"


def test_without_any_runtime_or_library_it_says_so(
    steamvr: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "openvr", None)
        with pytest.raises(CameraNotFound, match="cannot be loaded") as told:
            open_source(steamvr)
        assert "pip install openvr" in told.value.hint
    monkeypatch.delenv("VR_OVERRIDE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(CameraNotFound, match="not installed"):
        open_source(steamvr)


def test_steamvr_is_left_at_once_when_it_quits_and_joined_again_when_it_is_back(
    steamvr: Any, source: CameraSource, clock: FakeClock
) -> None:
    assert source.read(1) and source.status == ""
    steamvr.do(f"event {QUIT}", "running 0")
    told = play(source, clock, 3)
    assert steamvr.calls("acknowledgeQuit") and len(steamvr.calls("cleanup")) == 1
    assert told[-1][0] is None and told[-1][1].startswith("camera lost: SteamVR is not running")
    joined = len(steamvr.calls("init"))
    steamvr.do("running 1")
    assert play(source, clock, 3)[-1][1] == ""
    assert len(steamvr.calls("init")) == joined + 1
    assert source.statistics()["camera_reopened"] == 1


def test_the_rate_is_that_at_which_frames_come(source: CameraSource) -> None:
    assert source.rate_hz == pytest.approx(50, rel=0.01)


def test_frames_that_stop_are_late_then_lost_then_live(steamvr: Any, source: CameraSource, clock: FakeClock) -> None:
    play(source, clock, 1)
    steamvr.do("camera frozen 1")
    assert play(source, clock, 0.5)[-1] == (None, "camera lost")
    steamvr.do("camera frozen 0")
    frame, status = play(source, clock, 0.5)[-1]
    assert frame is not None and status == "" and source.statistics()["camera_reopened"] == 0


def test_a_minute_of_standby_is_no_loss_but_a_minute_of_waiting_is(
    steamvr: Any, source: CameraSource, clock: FakeClock
) -> None:
    source.read(1)
    steamvr.do("camera asleep 1")
    clock.advance(10 * 60 * NS)
    play(source, clock, GIVE_UP_S - 5)
    with pytest.raises(CameraLost, match="no frame from the cameras of a headset") as told:
        play(source, clock, 10)
    assert "Settings, Camera" in told.value.hint


def test_frames_of_another_size_are_not_taken_for_ours(steamvr: Any, source: CameraSource, clock: FakeClock) -> None:
    play(source, clock, 1)
    steamvr.do("camera size 32 24")
    frame, status = play(source, clock, 3)[-1]
    assert frame is None and status == "camera has the wrong size"
    steamvr.do("camera size 64 48")
    assert play(source, clock, 3)[-1][0] is not None


def test_the_headset_and_its_cameras_share_one_membership(steamvr: Any, open_headset: Any, open_stream: Any) -> None:
    headset = open_headset()
    stream = open_stream()
    headset.submit(headset.wait_frame())
    assert stream.grab() and stream.retrieve() is not None
    assert [call["type"] for call in steamvr.calls("init")] == [SCENE]
    stream.close()
    assert steamvr.calls("cleanup") == [] and len(steamvr.calls("releaseVideoStreamingService")) == 1
    headset.submit(headset.wait_frame())


def test_cameras_lose_steamvr_with_the_headset_and_come_back_by_themselves(
    steamvr: Any, open_headset: Any, source: CameraSource, clock: FakeClock
) -> None:
    """A scene settles what the program is to SteamVR, so everybody joins anew when one comes or goes."""
    source.read(1)
    headset = open_headset()
    assert play(source, clock, 1)[-1][1] == ""
    assert [call["type"] for call in steamvr.calls("init")] == [BACKGROUND, SCENE]
    headset.submit(headset.wait_frame())
    steamvr.do(f"event {QUIT}")
    assert play(source, clock, 0.5)[-1][1] == "", "its events are the headset's to answer"
    assert steamvr.calls("acknowledgeQuit") == []
    headset.close()
    assert len(steamvr.calls("cleanup")) == 2
    steamvr.do("running 0")
    assert "not running" in play(source, clock, 1)[-1][1]
    steamvr.do("running 1")
    assert play(source, clock, 2)[-1][1] == ""
    assert steamvr.calls("init")[-1]["type"] == BACKGROUND


def test_devices_are_listed_only_where_steamvr_runs_and_it_is_not_started(steamvr: Any) -> None:
    from allaprima.app.sources.cameras.openvr.opening import list_headset_cameras

    (found,) = list_headset_cameras()
    assert (found.id, found.device, found.name) == ("headset", "SteamVR", "the cameras of Test Visor")
    assert [call["type"] for call in steamvr.calls("init")] == [BACKGROUND] and len(steamvr.calls("cleanup")) == 1
    assert steamvr.calls("acquireVideoStreamingService") == [], "no light goes on"
    for command in ("camera present 0", "running 0"):
        steamvr.do(command)
        assert list_headset_cameras() == []


def test_a_call_that_hangs_keeps_nobody_else_waiting_for_ever(
    steamvr: Any, open_headset: Any, open_stream: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allaprima.app.core.clock import SystemClock
    from allaprima.app.openvr import runtime

    headset, stream = open_headset(), open_stream(SystemClock())
    monkeypatch.setattr(runtime, "_PATIENCE_S", 0.05)
    steamvr.do("camera hang 1")
    hanging = threading.Thread(target=stream.grab, daemon=True)
    try:
        hanging.start()
        with pytest.raises(HeadsetLost, match="does not answer") as told:
            while True:  # until the thread is in the call
                with runtime.Runtime("background").in_use():
                    pass
        assert "close SteamVR" in told.value.hint
        headset.submit(headset.wait_frame())
        headset.close()
    finally:
        steamvr.do("camera hang 0")
        hanging.join(60)
    again = open_headset()
    again.submit(again.wait_frame())
    assert len(steamvr.calls("init")) == 2 and len(steamvr.calls("cleanup")) == 1, "the first was left after all"
