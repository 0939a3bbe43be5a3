"""Two real streams, OpenCV's own backend, real threads: a cable that comes loose, and what else cameras do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from mjpeg_streams import MjpegStreams
from patience import PATIENCE_S, eventually

from allaprima.app.core.clock import SystemClock
from allaprima.app.core.errors import CameraNotFound, SettingsError, SourceEnded, Stalled
from allaprima.app.core.frame import StereoFrame
from allaprima.app.recording.picture import write_picture
from allaprima.app.sources.cameras.opening import CameraOptions
from allaprima.app.sources.cameras.simulated import draw_card, read_card
from allaprima.app.sources.cameras.source import CameraSource
from allaprima.app.sources.opening import open_source

SIZE = (320, 240)


@pytest.fixture
def streams() -> Iterator[MjpegStreams]:
    with MjpegStreams(SIZE, fps=30, loop=64) as served:
        yield served


@pytest.fixture
def cameras(streams: MjpegStreams) -> Iterator[CameraSource]:
    source = open_source(streams.source, clock=SystemClock())
    assert isinstance(source, CameraSource)
    with source:
        yield source


def read_until(source: CameraSource, met: Callable[[StereoFrame], bool]) -> StereoFrame:
    """The first pair for which `met` is true."""
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        try:
            frame = source.read(0.01)
        except Stalled:
            continue
        if met(frame):
            return frame
    pytest.fail(f"it never came; {source.status or 'no trouble'}, {source.statistics()}")


def eyes(frame: StereoFrame) -> tuple[int, int]:
    return read_card(frame.left)[0], read_card(frame.right)[0]


def test_two_streams_make_pairs_of_one_moment(cameras: CameraSource) -> None:
    frames = [read_until(cameras, lambda f: not cameras.status) for _ in range(20)]
    assert cameras.size == SIZE and {eyes(frame) for frame in frames} == {(0, 1)}
    assert all(a.seq < b.seq and a.t_ns < b.t_ns for a, b in pairwise(frames))
    assert all(not frame.left.flags.writeable and frame.left.flags.c_contiguous for frame in frames)
    captures = [t for t in threading.enumerate() if t.name.startswith("capture")]
    assert {t.name for t in captures} == {"capture-left", "capture-right"}
    cameras.close()
    eventually(lambda: not [t for t in captures if t.is_alive()])


def test_swapped_eyes_are_swapped(streams: MjpegStreams) -> None:
    with open_source(streams.source, cameras=CameraOptions(swap_eyes=True)) as source:
        assert eyes(source.read(PATIENCE_S)) == (1, 0)


@pytest.mark.parametrize("camera", [0, 1])
def test_a_lost_stream_shows_the_other_eye_to_both_and_comes_back(
    streams: MjpegStreams, cameras: CameraSource, camera: int
) -> None:
    side, other = ("left", "right")[camera], 1 - camera
    read_until(cameras, lambda frame: eyes(frame) == (0, 1))
    streams.unplugged.add(camera)
    frame = read_until(cameras, lambda frame: eyes(frame) == (other, other))
    assert np.array_equal(frame.left, frame.right)
    read_until(cameras, lambda frame: cameras.status.startswith(f"{side} camera lost"))
    streams.unplugged.clear()
    read_until(cameras, lambda frame: eyes(frame) == (0, 1) and not cameras.status)
    assert cameras.statistics()[f"{side}_reopened"] >= 1


def test_a_stream_that_stands_still_is_told(streams: MjpegStreams, cameras: CameraSource) -> None:
    streams.frozen.add(1)
    read_until(cameras, lambda frame: cameras.status == "right camera stands still")
    streams.frozen.clear()
    read_until(cameras, lambda frame: not cameras.status)


def test_a_stream_that_falls_silent_but_stays_connected_is_opened_anew(
    streams: MjpegStreams, cameras: CameraSource
) -> None:
    read_until(cameras, lambda frame: eyes(frame) == (0, 1))
    streams.silent.add(1)
    read_until(cameras, lambda frame: cameras.status.startswith("right camera lost") and eyes(frame) == (0, 0))
    right = cameras._eyes.cameras[1]
    read_until(cameras, lambda frame: right.retry_ns > 0)  # its driver gave up waiting
    streams.silent.clear()
    read_until(cameras, lambda frame: eyes(frame) == (0, 1) and not cameras.status)
    assert cameras.statistics()["right_reopened"] >= 1


def test_closing_ends_a_read_that_waits(streams: MjpegStreams, cameras: CameraSource) -> None:
    streams.unplugged |= {0, 1}
    while cameras.status != "both cameras lost":
        with suppress(Stalled):
            cameras.read(0.01)
    ended = threading.Event()

    def read() -> None:
        try:
            cameras.read(60)
        except SourceEnded:
            ended.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    cameras.close()
    assert ended.wait(PATIENCE_S)
    reader.join(PATIENCE_S)


def test_one_stream_holds_both_eyes(streams: MjpegStreams) -> None:
    with open_source(f"camera:{streams.url(0)}", layout="sbs") as source:
        frame = source.read(PATIENCE_S)
        assert source.size == (160, 240)
        assert read_card(np.hstack([frame.left, frame.right]))[0] == 0


@pytest.mark.parametrize(
    ("spec", "error", "says"),
    [
        ("cameras:", SettingsError, "does not name two cameras"),
        ("cameras:0", SettingsError, "does not name two cameras"),
        ("cameras:0,1,2", SettingsError, "does not name two cameras"),
        ("cameras:3,3", SettingsError, "cannot be both eyes"),
        ("camera:0,1", SettingsError, "more than one camera"),
        ("0,1", SettingsError, "'0,1' is no recording"),
        ("camera:", SettingsError, "names no camera"),
        ("cameras:usb-nowhere,1", CameraNotFound, "there is no camera 'usb-nowhere'"),
        ("camera:/etc/hostname/x", CameraNotFound, "there is no camera"),
    ],
)
def test_what_is_no_camera_is_refused_in_one_line(spec: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        open_source(spec)
    assert "\n" not in str(caught.value)


def test_settings_that_speak_of_cameras_leave_other_sources_alone(tmp_path: Path) -> None:
    """They may stand in the settings file of somebody who now looks at a recording."""
    for place, eye in enumerate(("left", "right")):
        write_picture(tmp_path / f"{eye}.png", draw_card(place, 1, SIZE))
    with open_source(str(tmp_path / "left.png"), cameras=CameraOptions(swap_eyes=True)) as source:
        assert eyes(source.read(1)) == (0, 1)
