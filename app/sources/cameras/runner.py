"""Runs cameras: one thread per device, which is abandoned if the device hangs."""

import threading
from collections.abc import Sequence

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.errors import AllaPrimaError, Stalled
from allaprima.app.core.threads.worker import Worker
from allaprima.app.sources.cameras.camera import Camera
from allaprima.app.sources.cameras.device import OPEN_TIMEOUT_S, READ_TIMEOUT_S, Device, ExposingDevice
from allaprima.app.sources.cameras.inbox import Inbox

_JOIN_S = 1.0  # for all threads together; a thread that waits for a frame ends soon, one that hangs never does


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


class Runner:
    """The common part of all runners: a capture for each camera, and a new one if that hangs."""

    def __init__(self, clock: Clock, inbox: Inbox) -> None:
        self.clock, self.inbox = clock, inbox
        self.captures: list[Capture] = []

    def start(self, cameras: Sequence[Camera]) -> None:
        self.captures = [Capture(camera, self.clock) for camera in cameras]
        for capture in self.captures:
            self.launch(capture)

    def watch(self) -> None:
        """Replace hanging captures; call it regularly. Raises the error of a failed capture."""
        now = self.clock.now_ns()
        for place, capture in enumerate(self.captures):
            if capture.hangs(now):
                capture.abandoned = True
                capture.camera.counts.abandoned += 1
                capture.camera.failed()
                self.captures[place] = Capture(capture.camera, self.clock)
                self.launch(self.captures[place])

    def launch(self, capture: Capture) -> None:
        raise NotImplementedError

    def wait(self, until_ns: int) -> None:
        """Return when a frame is in the inbox, at the latest at `until_ns`."""
        raise NotImplementedError

    def stop(self) -> None:
        """End all captures, which close their devices. From any thread; idempotent."""
        raise NotImplementedError


class ThreadedRunner(Runner):
    """One thread per device. They are daemons: one that hangs in a driver must not keep the program from ending."""

    def __init__(self, clock: Clock, inbox: Inbox) -> None:
        super().__init__(clock, inbox)
        self._stop = threading.Event()
        self._workers: list[Worker] = []

    def launch(self, capture: Capture) -> None:
        def step() -> bool:
            if capture.device is None:
                wait_s = (capture.camera.retry_ns - self.clock.now_ns()) / NS
                if wait_s > 0 and self._stop.wait(min(wait_s, 0.1)):
                    return False
                if wait_s > 0.1:
                    return not capture.abandoned
            return capture.step()

        worker = Worker(f"capture-{capture.camera.eye}", step, self._stop, capture.close, daemon=True)
        self._workers.append(worker)
        worker.start()

    def watch(self) -> None:
        for worker in self._workers:
            if worker.error:
                raise worker.error
        self._workers = [worker for worker in self._workers if worker.running]
        super().watch()

    def wait(self, until_ns: int) -> None:
        self.inbox.wait((until_ns - self.clock.now_ns()) / NS)

    def stop(self) -> None:
        self._stop.set()
        self.inbox.wake()
        limit = self.clock.now_ns() + round(_JOIN_S * NS)
        for worker in self._workers:
            worker.join(max(0.0, (limit - self.clock.now_ns()) / NS))
