"""What every opened camera owes: the simulated one, a stream read by OpenCV's own backend, and a headset's own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from mjpeg_streams import LOOP, MjpegStreams

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import CameraNotFound
from allaprima.app.sources.cameras.device import CaptureMode, Device, OpenDevice
from allaprima.app.sources.cameras.opencv import OpenCvDevice
from allaprima.app.sources.cameras.simulated import SimulatedCamera, read_card

SIZE = (320, 240)


@pytest.fixture(params=["simulated", "stream", "headset"])
def plug(request: pytest.FixtureRequest) -> Iterator[OpenDevice]:
    """Opens the right camera of the kind."""
    if request.param == "simulated":
        yield SimulatedCamera(FakeClock(), 1, size=SIZE).open
        return
    if request.param == "headset":
        from allaprima.app.sources.cameras.openvr.stream import Stream

        request.getfixturevalue("steamvr").do("camera layout 1 1", "camera size 320 240", "camera shows 1")
        yield lambda: Stream(FakeClock())
        return
    with MjpegStreams(SIZE, fps=20) as streams:
        yield lambda: OpenCvDevice(streams.url(1), CaptureMode())


@pytest.fixture
def device(plug: OpenDevice) -> Iterator[Device]:
    opened = plug()
    yield opened
    opened.close()


def test_frames_are_rgb_read_only_and_of_one_size(device: Device) -> None:
    for _ in range(3):
        assert device.grab()
        pixels = device.retrieve()
        assert pixels is not None and type(pixels) is np.ndarray
        assert pixels.shape == (SIZE[1], SIZE[0], 3) and pixels.dtype == np.uint8
        assert pixels.flags.c_contiguous and not pixels.flags.writeable
        assert read_card(pixels)[0] == 1, "blue is the third channel"


def test_frames_come_one_after_the_other(device: Device) -> None:
    numbers = []
    for _ in range(5):
        assert device.grab()
        pixels = device.retrieve()
        assert pixels is not None
        numbers.append(read_card(pixels)[1])
    assert all(0 < (b - a) % LOOP < LOOP / 2 for a, b in pairwise(numbers))


def test_frames_already_handed_out_do_not_change(device: Device) -> None:
    device.grab()
    first = device.retrieve()
    assert first is not None
    copy = first.copy()
    for _ in range(3):
        device.grab()
        device.retrieve()
    assert np.array_equal(first, copy)


def test_the_rate_is_told_or_unknown(device: Device) -> None:
    assert device.fps is None or 1 <= device.fps <= 1000


def test_closing_is_idempotent_and_it_can_be_opened_again(plug: OpenDevice) -> None:
    for _ in range(2):
        device = plug()
        assert device.grab()
        device.close()
        device.close()


@pytest.mark.parametrize("name", ["no-such-camera", "/dev/video99", "http://127.0.0.1:9/none", "nosrc ! appsink"])
def test_what_is_not_there_is_named_with_a_hint(name: str) -> None:
    with pytest.raises(CameraNotFound) as caught:
        OpenCvDevice(name, CaptureMode())
    assert name in caught.value.message and caught.value.hint
