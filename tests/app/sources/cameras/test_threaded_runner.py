"""Threads that hang, break or end: with a device that answers only when a test lets it. The clock is fake."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from patience import PATIENCE_S, eventually

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.core.errors import CameraLost, CameraNotFound, Stalled
from allaprima.app.core.frame import Pixels
from allaprima.app.sources.cameras.camera import BACK_OFF_S, Camera
from allaprima.app.sources.cameras.device import READ_TIMEOUT_S, Device
from allaprima.app.sources.cameras.frame_stamping import Capture
from allaprima.app.sources.cameras.inbox import Inbox
from allaprima.app.sources.cameras.runner import ThreadedRunner

PIXELS: Pixels = np.zeros((4, 6, 3), np.uint8)


@dataclass
class HeldDevice:
    """Gives a frame each time `go` is released; `asked` tells that somebody waits for one."""

    fps: float | None = 30.0
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    asked: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    thread: str = ""
    error: Exception | None = None

    def grab(self) -> bool:
        self.asked.set()
        assert self.go.acquire(timeout=PATIENCE_S)
        if self.error:
            raise self.error
        self.thread = threading.current_thread().name
        return not self.closed.is_set()

    def retrieve(self) -> Pixels | None:
        return PIXELS

    def close(self) -> None:
        self.closed.set()


class Bench:
    """One camera whose devices are opened in the order given."""

    def __init__(self, *devices: HeldDevice, eye: str = "left") -> None:
        self.clock, self.inbox = FakeClock(), Inbox()
        self.devices = list(devices)
        waiting = iter(self.devices)

        def open_device() -> Device:
            device = next(waiting, None)
            if device is None:
                raise CameraNotFound("no more of them")
            return device

        self.camera = Camera("bench", open_device, self.inbox, self.clock)
        self.runner = ThreadedRunner(self.clock, self.inbox)

    def __enter__(self) -> Bench:
        self.runner.start([self.camera])
        return self

    def __exit__(self, *error: object) -> None:
        for device in self.devices:
            device.error = None
            device.go.release(1000)
        self.runner.stop()

    def frame(self, device: HeldDevice) -> None:
        """Let `device` deliver one, and wait until it is there."""
        device.go.release()
        before = self.camera.counts.frames
        eventually(lambda: self.inbox.drain() or self.camera.counts.frames > before)


def test_a_device_is_opened_read_and_closed_by_its_own_named_thread() -> None:
    device = HeldDevice()
    with Bench(device) as bench:
        bench.frame(device)
        assert device.thread == "capture-left"
    assert device.closed.wait(PATIENCE_S)


def test_a_read_that_hangs_is_left_behind_and_closes_its_handle_when_it_returns_at_last() -> None:
    stuck, fresh = HeldDevice(), HeldDevice()
    with Bench(stuck, fresh) as bench:
        assert stuck.asked.wait(PATIENCE_S)
        stuck.asked.clear()
        bench.frame(stuck)
        assert stuck.asked.wait(PATIENCE_S), "it is in a read again"
        bench.runner.watch()
        assert bench.camera.counts.abandoned == 0, "a read may take its time"
        bench.clock.advance(round(READ_TIMEOUT_S * NS))
        bench.runner.watch()
        assert bench.camera.counts.abandoned == 1
        bench.clock.advance(round(BACK_OFF_S[0] * NS))
        bench.frame(fresh)
        assert not stuck.closed.is_set(), "nobody else touches a handle that is in use"
        frames = bench.camera.counts.frames
        stuck.go.release()
        assert stuck.closed.wait(PATIENCE_S)
        assert bench.camera.counts.frames == frames, "what it brings at last is not used"


def test_stopping_does_not_wait_for_a_device_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allaprima.app.sources.cameras.runner._JOIN_S", 0.05)
    device = HeldDevice()
    with Bench(device) as bench:
        assert device.asked.wait(PATIENCE_S)
        bench.runner.stop()
        (worker,) = bench.runner._workers
        assert worker.running and worker._thread.daemon, "it must not keep the program from ending"
    assert device.closed.wait(PATIENCE_S)


def test_what_breaks_a_capture_thread_is_raised_where_the_source_is_read() -> None:
    device = HeldDevice(error=ZeroDivisionError("a bug"))
    with Bench(device) as bench:
        device.go.release()
        (worker,) = bench.runner._workers
        assert worker.join(PATIENCE_S)
        with pytest.raises(ZeroDivisionError, match="a bug"):
            bench.runner.watch()


def steps(capture: Capture, clock: FakeClock) -> Callable[[], float]:
    """Opens again and again; each call tells the wait that follows, in seconds."""

    def step() -> float:
        clock.advance(max(0, capture.camera.retry_ns - clock.now_ns()))
        capture.step()
        return (capture.camera.retry_ns - clock.now_ns()) / NS

    return step


def test_opening_again_is_tried_less_and_less_often_but_at_least_once_a_second() -> None:
    bench = Bench()
    step = steps(Capture(bench.camera, bench.clock), bench.clock)
    waits = [step() for _ in range(8)]
    assert waits == [*BACK_OFF_S, 1.0, 1.0, 1.0] and max(waits) <= 1
    assert isinstance(bench.camera.refusal, CameraNotFound)


def test_a_device_that_asks_for_patience_stays_open_and_one_that_gives_up_tells_why() -> None:
    clock = FakeClock()
    device = HeldDevice()
    device.go.release(9)
    camera = Camera("one", lambda: device, Inbox(), clock)
    capture = Capture(camera, clock)
    device.error = Stalled()
    assert all(capture.step() for _ in range(3))
    assert not device.closed.is_set() and camera.refusal is None
    device.error = CameraLost("it was unscrewed", "screw it on")
    assert capture.step()
    assert device.closed.is_set() and camera.refusal is device.error and camera.retry_ns > clock.now_ns()
