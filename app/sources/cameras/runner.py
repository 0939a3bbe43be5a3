"""Runs cameras: one thread per device, which is abandoned if the device hangs."""

import threading
from collections.abc import Sequence

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.threads.worker import Worker
from allaprima.app.sources.cameras.camera import Camera
from allaprima.app.sources.cameras.frame_stamping import Capture
from allaprima.app.sources.cameras.inbox import Inbox

_JOIN_S = 1.0  # for all threads together; a thread that waits for a frame ends soon, one that hangs never does


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
