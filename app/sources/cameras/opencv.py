"""Cameras, streams and pipelines through OpenCV. The only module that uses `cv2.VideoCapture`."""

import math
import os
import sys

import cv2
import numpy as np

from allaprima.app.core.errors import CameraNotFound, SettingsError
from allaprima.app.core.frame import Pixels
from allaprima.app.sources.cameras.address import LISTING, Address, resolve
from allaprima.app.sources.cameras.device import OPEN_TIMEOUT_S, READ_TIMEOUT_S, CaptureMode

COMMON_SIZES = ((320, 240), (640, 480), (800, 600), (1280, 720), (1280, 960), (1920, 1080), (2560, 960), (3840, 1080))
"""Common sizes of single cameras, then of two eyes side by side."""
_TO_RGB = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}
_TIMEOUTS = (
    (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(OPEN_TIMEOUT_S * 500)),  # shorter than our own limit
    (cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(READ_TIMEOUT_S * 500)),
)


class OpenCvDevice:
    """See `Device`. `name` is the given address."""

    def __init__(self, name: str, mode: CaptureMode) -> None:
        """Raises `CameraNotFound` if nothing answers, `SettingsError` if it refuses the mode."""
        self.name = name
        address = resolve(name)
        self._capture = _open(address)
        if not self._capture.isOpened():
            raise _refused(name, address)
        try:
            if address.kind == "device":
                _set_mode(self._capture, name, mode)
        except SettingsError:
            self.close()
            raise
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        believed = address.kind == "device" and math.isfinite(fps) and 1 <= fps <= 1000  # FFmpeg invents 25 for streams
        self.fps = fps if believed else None

    def grab(self) -> bool:
        try:
            return bool(self._capture.grab())
        except cv2.error:
            return False

    def retrieve(self) -> Pixels | None:
        try:
            decoded, picture = self._capture.retrieve()
        except cv2.error:
            return None
        channels = 0 if not decoded or picture is None else 1 if picture.ndim == 2 else picture.shape[2]
        if channels not in _TO_RGB or picture.dtype != np.uint8:
            return None
        pixels: Pixels = cv2.cvtColor(picture, _TO_RGB[channels])
        pixels.flags.writeable = False
        return pixels

    def close(self) -> None:
        self._capture.release()


def probe_modes(name: str, mjpeg: bool = True) -> list[tuple[tuple[int, int], float]]:
    """((width, height), frames a second) that the camera takes of the common sizes, by asking for each; OpenCV can list
    no modes. Raises `CameraNotFound`.
    """
    found: dict[tuple[int, int], float] = {}
    for size in COMMON_SIZES:
        try:
            device = OpenCvDevice(name, CaptureMode(size, 60.0, mjpeg))
        except SettingsError:  # it offers another size instead
            continue
        found[size] = device.fps or 0.0
        device.close()
    return list(found.items())


def _open(address: Address) -> cv2.VideoCapture:
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # our own errors are clearer
    if address.kind == "pipeline":
        return cv2.VideoCapture(address.target, cv2.CAP_GSTREAMER)
    if address.kind == "stream":
        return cv2.VideoCapture(address.target, cv2.CAP_FFMPEG, [int(v) for pair in _TIMEOUTS for v in pair])
    capture = cv2.VideoCapture(address.target, cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY)
    capture.set(*_TIMEOUTS[1])
    return capture


def _refused(name: str, address: Address) -> CameraNotFound:
    match address.kind:
        case "stream":
            hint = "open it in a browser or with ffplay to see whether it is there"
        case "pipeline":
            hint = "try it with gst-launch-1.0; OpenCV from PyPI is built without GStreamer, a distribution's has it"
        case _ if sys.platform == "linux":
            hint = f"{LISTING}; perhaps another program has it open, or you are not in the group 'video'"
        case _:
            hint = f"{LISTING}; perhaps another program has it open, or this one may not use cameras (system settings)"
    return CameraNotFound(f"camera '{name}' does not open", hint)


def _set_mode(capture: cv2.VideoCapture, name: str, mode: CaptureMode) -> None:
    """Set the mode in the order that drivers need: compression, size, rate, exposure."""
    if mode.mjpeg:
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # cameras without MJPG ignore this
    if mode.size:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.size[1])
    if mode.fps:
        capture.set(cv2.CAP_PROP_FPS, mode.fps)
    given = round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    if mode.size and given != mode.size:
        raise SettingsError(
            f"camera '{name}' offers {given[0]}x{given[1]}, not {mode.size[0]}x{mode.size[1]}",
            "allaprima devices --modes tells what it can",
        )
    _set_exposure(capture, name, mode.exposure_ms)


def _set_exposure(capture: cv2.VideoCapture, name: str, exposure_ms: float | None) -> None:
    """V4L2 counts 0.1 ms, with 1 for manual and 3 for automatic; Windows has log2 of seconds, with 0.25 and 0.75
    (OpenCV's documentation leaves both to its backends: modules/videoio/src/cap_v4l.cpp, cap_dshow.cpp, cap_msmf.cpp).
    """
    linux = sys.platform == "linux"
    if exposure_ms is None:
        capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, 3 if linux else 0.75)
        return
    capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, 1 if linux else 0.25)
    value = exposure_ms * 10 if linux else math.log2(exposure_ms / 1000)
    if not capture.set(cv2.CAP_PROP_EXPOSURE, round(value)):
        raise SettingsError(f"camera '{name}' takes no exposure of {exposure_ms:g} ms", "leave --exposure out")
