"""What is asked of a driver, and what becomes of its answers: with a capture that notes it down."""

from __future__ import annotations

from typing import Any, ClassVar

import cv2
import numpy as np
import pytest

from allaprima.app.core.errors import SettingsError
from allaprima.app.sources.cameras import opencv
from allaprima.app.sources.cameras.device import CaptureMode
from allaprima.app.sources.cameras.opencv import OpenCvDevice, probe_modes

SIZES = ((640, 480), (1280, 720))


class FakeCapture:
    """A driver that has two sizes and gives the first for every other."""

    made: ClassVar[list[FakeCapture]] = []
    picture: Any = np.zeros((480, 640, 3), np.uint8)

    def __init__(self, target: object, backend: int) -> None:
        self.target = target
        self.asked: dict[int, float] = {}
        self.open = True
        self.made.append(self)

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def set(self, key: int, value: float) -> bool:
        self.asked[key] = value
        return True

    def get(self, key: int) -> float:
        wanted = self.asked.get(cv2.CAP_PROP_FRAME_WIDTH, 0), self.asked.get(cv2.CAP_PROP_FRAME_HEIGHT, 0)
        size = wanted if wanted in SIZES else SIZES[0]
        return {
            cv2.CAP_PROP_FRAME_WIDTH: size[0],
            cv2.CAP_PROP_FRAME_HEIGHT: size[1],
            cv2.CAP_PROP_FPS: 30 if size == SIZES[1] else 60,
        }.get(key, 0)

    def grab(self) -> bool:
        return True

    def retrieve(self) -> tuple[bool, Any]:
        return True, self.picture

    def release(self) -> None:
        self.open = False


@pytest.fixture(autouse=True)
def driver(monkeypatch: pytest.MonkeyPatch) -> type[FakeCapture]:
    monkeypatch.setattr(opencv.cv2, "VideoCapture", FakeCapture)
    monkeypatch.setattr(FakeCapture, "made", [])
    return FakeCapture


def test_compression_is_asked_for_before_the_size_that_depends_on_it(driver: type[FakeCapture]) -> None:
    OpenCvDevice("0", CaptureMode((1280, 720), 30))
    keys = [key for key in driver.made[0].asked if key != cv2.CAP_PROP_READ_TIMEOUT_MSEC]
    assert keys[:4] == [
        cv2.CAP_PROP_FOURCC,
        cv2.CAP_PROP_FRAME_WIDTH,
        cv2.CAP_PROP_FRAME_HEIGHT,
        cv2.CAP_PROP_FPS,
    ]
    assert driver.made[0].asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")


def test_nothing_is_asked_that_was_not_wanted(driver: type[FakeCapture]) -> None:
    OpenCvDevice("0", CaptureMode(mjpeg=False))
    assert not {cv2.CAP_PROP_FOURCC, cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FPS} & set(driver.made[0].asked)


def test_a_size_that_the_camera_has_not_is_refused_with_the_one_it_gives(driver: type[FakeCapture]) -> None:
    with pytest.raises(SettingsError, match="offers 640x480, not 800x600"):
        OpenCvDevice("0", CaptureMode((800, 600)))
    assert not driver.made[0].open, "its handle is given back"


@pytest.mark.parametrize(
    ("platform", "automatic", "manual", "value"), [("linux", 3, 1, 80), ("win32", 0.75, 0.25, round(np.log2(0.008)))]
)
def test_exposure_is_in_milliseconds_on_every_platform(
    driver: type[FakeCapture],
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    automatic: float,
    manual: float,
    value: float,
) -> None:
    monkeypatch.setattr(opencv.sys, "platform", platform)
    OpenCvDevice("0", CaptureMode())
    OpenCvDevice("0", CaptureMode(exposure_ms=8))
    assert driver.made[0].asked[cv2.CAP_PROP_AUTO_EXPOSURE] == automatic
    assert driver.made[1].asked[cv2.CAP_PROP_AUTO_EXPOSURE] == manual
    assert driver.made[1].asked[cv2.CAP_PROP_EXPOSURE] == value


def test_modes_are_those_of_the_common_sizes_that_the_camera_takes() -> None:
    assert probe_modes("0") == [((640, 480), 60.0), ((1280, 720), 30.0)]


@pytest.mark.parametrize(
    ("picture", "pixel"),
    [
        (np.full((2, 2, 3), (1, 2, 3), np.uint8), [3, 2, 1]),
        (np.full((2, 2, 4), (1, 2, 3, 9), np.uint8), [3, 2, 1]),
        (np.full((2, 2), 7, np.uint8), [7, 7, 7]),
        (np.full((2, 2), 700, np.uint16), None),
        (np.zeros((2, 2, 2), np.uint8), None),
        (None, None),
    ],
)
def test_frames_are_rgb_whatever_the_driver_delivers(
    monkeypatch: pytest.MonkeyPatch, picture: Any, pixel: list[int] | None
) -> None:
    monkeypatch.setattr(FakeCapture, "picture", picture)
    pixels = OpenCvDevice("0", CaptureMode()).retrieve()
    assert pixel == (None if pixels is None else pixels[0, 0].tolist())


def test_a_driver_that_raises_gives_no_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: FakeCapture) -> None:
        raise cv2.error("driver gone")

    device = OpenCvDevice("0", CaptureMode())
    monkeypatch.setattr(FakeCapture, "grab", broken)
    monkeypatch.setattr(FakeCapture, "retrieve", broken)
    assert not device.grab() and device.retrieve() is None
