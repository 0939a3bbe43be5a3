"""Takes frames from one camera and stamps each as it is grabbed."""

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.errors import AllaPrimaError, Stalled
from allaprima.app.sources.cameras.camera import Camera
from allaprima.app.sources.cameras.device import OPEN_TIMEOUT_S, READ_TIMEOUT_S, Device, ExposingDevice


class Capture:
    """One life of one camera's device, all of it on one thread: open, grab, stamp, retrieve, again; close."""

    def __init__(self, camera: Camera, clock: Clock) -> None:
        self.camera = camera
        self.device: Device | None = None
        self.abandoned = False
        """Set from outside: the result of its present wait is no longer wanted."""
        self.busy_since_ns: int | None = None
        """Start time of the device's unanswered call."""
        self._clock = clock

    def step(self) -> bool:
        """Open the device, or take one frame from it. False once abandoned."""
        if self.abandoned:
            return False
        self.busy_since_ns = self._clock.now_ns()
        if self.device is None:
            self._open()
        else:
            self._read(self.device)
        self.busy_since_ns = None
        return not self.abandoned

    def hangs(self, now_ns: int) -> bool:
        """True if its device has not answered for longer than a working one can take."""
        since = self.busy_since_ns
        limit_s = OPEN_TIMEOUT_S if self.device is None else READ_TIMEOUT_S
        return since is not None and now_ns - since >= limit_s * NS

    def close(self) -> None:
        """Close the device, on the thread that opened it."""
        if self.device:
            self.device.close()
        self.device = None

    def _open(self) -> None:
        try:
            self.device = self.camera.open_device()
        except AllaPrimaError as refusal:
            if not self.abandoned:
                self.camera.failed(refusal)
            return
        if not self.abandoned:
            self.camera.opened(self.device.fps)

    def _read(self, device: Device) -> None:
        reason = None
        try:
            grabbed = device.grab()
            t_ns = self._clock.now_ns()  # before decoding, which takes its time
            pixels = device.retrieve() if grabbed and not self.abandoned else None
        except Stalled:
            return
        except AllaPrimaError as error:
            pixels, reason = None, error
        if self.abandoned:
            return
        exposure = device.exposure if isinstance(device, ExposingDevice) else None
        if pixels is None or not self.camera.deliver(pixels, t_ns, exposure):
            self.close()
            self.camera.failed(reason)
