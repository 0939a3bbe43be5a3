"""The headset's cameras as one device, whose frames hold all their pictures."""

import ctypes
import time
from contextlib import suppress
from typing import Any

import cv2
import numpy as np

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.errors import AllaPrimaError, Stalled
from allaprima.app.core.frame import Pixels
from allaprima.app.openvr.errors import NO_FRAME, camera_error
from allaprima.app.openvr.hmd import HMD, Hmd
from allaprima.app.openvr.runtime import Runtime, asked, code_of
from allaprima.app.sources.cameras.device import Exposure
from allaprima.app.sources.cameras.openvr.description import INTERFACES, describe

_TICKS_PER_S = round(1 / time.get_clock_info("perf_counter").resolution)
"""Ticks per second of the clock behind `core.clock.now_ns`: QueryPerformanceCounter's on Windows, 1e9 elsewhere."""
_OLDEST_NS = NS // 2  # an exposure earlier than that, or later than now, is of another clock
_POLL_NS = 2_000_000  # SteamVR offers no way to wait
_GRAB_NS = NS // 10  # so that a stop of the thread is noticed
_PATIENCE_NS = 10 * NS  # cameras take seconds to wake up


class Stream:
    """See `ExposingDevice`. Joins SteamVR if it runs, and shares it with the headset if that is in use.

    A frame is stamped with SteamVR's middle of its exposure in host ticks. These are taken as ticks of `core.clock` if
    that gives a time within the last half second. Otherwise they are 0, as on the first Vive at 30 Hz
    (ValveSoftware/openvr#1605), or of another clock, and the stamp is `delay_ns` before the frame's arrival. The head's
    pose is SteamVR's pose at the stamp: on some headsets, the pose in the frame's own header is a camera's, not the
    head's (ValveSoftware/openvr#1561).
    """

    fps: float | None = None

    def __init__(self, clock: Clock, distorted: bool = False, delay_ns: int = 0) -> None:
        """Raises `HeadsetUnavailable` if SteamVR does not run, and the errors of `describe`."""
        self.exposure = Exposure(0)
        self._clock, self._delay_ns = clock, delay_ns
        self._runtime = Runtime("background", *INTERFACES)
        self._handle: Any = None
        try:
            with self._runtime.in_use():
                self._acquire(distorted)
        except BaseException:
            self.close()
            raise

    def _acquire(self, distorted: bool) -> None:
        api, self._camera = self._runtime.api, self._runtime.trackedcamera
        self._hmd, described = Hmd(self._runtime), describe(self._runtime, distorted)
        self._type, (width, height) = described.frame_type, described.size
        self._buffer = np.empty((height, width, 4), np.uint8)
        # pyopenvr's own method cannot ask for the header alone
        self._frame = self._camera.function_table.getVideoStreamFrameBuffer
        self._header = api.CameraVideoStreamFrameHeader_t()
        self._last: int | None = None
        self._since_ns = self._clock.now_ns()
        code, self._handle = asked(self._camera.acquireVideoStreamingService, HMD)
        if code:
            raise camera_error(code)

    def grab(self) -> bool:
        until = self._clock.now_ns() + _GRAB_NS
        self._runtime.heed()
        while True:
            with self._runtime.in_use():
                code = self._ask(None, 0)
            now = self._clock.now_ns()
            if not code and self._header.nFrameSequence != self._last:
                self._since_ns = now
                return True
            if code not in (0, NO_FRAME) or now - self._since_ns > _PATIENCE_NS:
                raise camera_error(code or NO_FRAME)
            if now >= until:
                raise Stalled
            self._clock.sleep_until(min(until, now + _POLL_NS))

    def retrieve(self) -> Pixels | None:
        with self._runtime.in_use():
            code = self._ask(self._buffer.ctypes.data, self._buffer.nbytes)
            if code:
                raise Stalled if code == NO_FRAME else camera_error(code)
            now = self._clock.now_ns()
            t_ns = self._exposed_ns(now)
            self.exposure = Exposure(t_ns, self._hmd.pose_in((t_ns - now) / NS))
        self._last = self._header.nFrameSequence
        height, width, channels = self._buffer.shape
        if (self._header.nWidth, self._header.nHeight, self._header.nBytesPerPixel) != (width, height, channels):
            return None
        pixels: Pixels = cv2.cvtColor(self._buffer, cv2.COLOR_RGBA2RGB)
        pixels.flags.writeable = False
        return pixels

    def close(self) -> None:
        handle, self._handle = self._handle, None
        with suppress(AllaPrimaError), self._runtime.in_use():
            if handle is not None:
                code_of(self._camera.releaseVideoStreamingService, handle)
        self._runtime.close()

    def _ask(self, buffer: int | None, size: int) -> int:
        """Header, and picture into `buffer` of `size` bytes; returns the EVRTrackedCameraError."""
        header = self._header
        return int(self._frame(self._handle, self._type, buffer, size, ctypes.byref(header), ctypes.sizeof(header)))

    def _exposed_ns(self, now_ns: int) -> int:
        exposed = int(self._header.ulFrameExposureTime) * NS // _TICKS_PER_S
        return exposed if 0 <= now_ns - exposed <= _OLDEST_NS else now_ns - self._delay_ns
