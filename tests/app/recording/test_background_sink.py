"""A slow or broken encoder must not be felt by whoever draws."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from patience import PATIENCE_S

from allaprima.app.core.errors import RecordingError
from allaprima.app.recording.background import BackgroundSink
from allaprima.app.recording.sink import FrameSink

PICTURE = np.zeros((48, 64, 3), np.uint8)


class Scripted(FrameSink):
    """Waits for `gate` before each picture; fails at the picture numbered `fails_at`."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.size, self.count = (64, 48), 0
        self.gate, self.entered = threading.Event(), threading.Event()
        self.fails_at = fails_at
        self.times: list[int | None] = []
        self.ended = ""
        self.thread = ""

    def write(self, rgb: np.ndarray, t_ns: int | None = None) -> None:
        self.entered.set()
        self.thread = threading.current_thread().name
        assert self.gate.wait(PATIENCE_S)
        if self.count == self.fails_at:
            raise RecordingError("the disk is full")
        self.count += 1
        self.times.append(t_ns)

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"


Make = Callable[..., Scripted]
Open = Callable[..., BackgroundSink]


@pytest.fixture
def background() -> Iterator[Open]:
    """Opens them; what a failing test has not ended is aborted at the end."""
    with ExitStack() as opened:

        def open_sink(sink: Scripted, **options: int) -> BackgroundSink:
            opened.callback((background := BackgroundSink(sink, **options)).abort)
            return background

        yield open_sink


@pytest.fixture
def scripted(background: Open) -> Iterator[Make]:
    """Makes them; at the end, all gates are open."""
    made: list[Scripted] = []

    def make(fails_at: int | None = None) -> Scripted:
        made.append(Scripted(fails_at))
        return made[-1]

    yield make
    for sink in made:
        sink.gate.set()


def test_a_stalled_encoder_costs_pictures_and_never_time(scripted: Make, background: Open) -> None:
    slow = scripted()
    sink = background(slow, capacity=3)
    sink.write(PICTURE, 0)
    assert slow.entered.wait(PATIENCE_S)  # it holds picture 0 now, and the queue is empty
    for t_ns in range(1, 8):
        sink.write(PICTURE, t_ns)  # would hang here if it waited
    assert sink.dropped == 4
    slow.gate.set()
    sink.close()
    assert slow.times == [0, 1, 2, 3]
    assert (sink.count, slow.ended, slow.thread) == (4, "closed", "recorder")


def test_close_raises_what_failed_in_the_thread_and_aborts(scripted: Make, background: Open) -> None:
    broken = scripted(fails_at=1)
    broken.gate.set()
    sink = background(broken, capacity=8)
    for t_ns in range(5):
        sink.write(PICTURE, t_ns)
    with pytest.raises(RecordingError, match="disk is full"):
        sink.close()
    assert broken.ended == "aborted"
    assert broken.times == [0]
    sink.close()


def test_after_a_fault_pictures_are_dropped_and_the_fault_can_be_seen(scripted: Make, background: Open) -> None:
    broken = scripted(fails_at=0)
    broken.gate.set()
    sink = background(broken, capacity=1)
    sink.write(PICTURE)
    with pytest.raises(RecordingError):
        sink.close()
    assert isinstance(sink.fault, RecordingError)


def test_abort_does_not_write_what_is_still_queued(scripted: Make, background: Open) -> None:
    slow = scripted()
    sink = background(slow, capacity=8)
    for t_ns in range(6):
        sink.write(PICTURE, t_ns)
    assert slow.entered.wait(PATIENCE_S)
    ended = threading.Thread(target=sink.abort, daemon=True)
    ended.start()
    assert sink._aborted.wait(PATIENCE_S)
    slow.gate.set()
    ended.join(PATIENCE_S)
    assert slow.times == [0]
    assert slow.ended == "aborted"


@pytest.mark.parametrize("end", ["close", "abort"])
def test_no_thread_is_left_behind(end: str, scripted: Make, background: Open) -> None:
    fast = scripted()
    fast.gate.set()
    sink = background(fast)
    sink.write(PICTURE)
    getattr(sink, end)()
    assert "recorder" not in [thread.name for thread in threading.enumerate()]
