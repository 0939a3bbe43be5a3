"""Whoever captures never waits for an encoder, and hears of what was lost."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE_S
from recorded import SIZE, frame

from allaprima.app.core.files import cannot_write
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.journal import Ending, Event, Opening
from allaprima.app.recording.recorder import Recorder
from allaprima.app.recording.stereo_recording import StereoRecording
from allaprima.app.sources.recorded.journal import read_journal
from allaprima.app.sources.recorded.opening import open_reel


class Slow(StereoRecording):
    """Holds every pair until `gate` is set; the disk is full from the pair numbered `full_at` on."""

    gate: threading.Event
    entered: threading.Event
    full_at: int | None = None

    def write(self, frame: StereoFrame) -> None:
        self.entered.set()
        assert self.gate.wait(PATIENCE_S)
        if self.full_at is not None and self.count >= self.full_at:
            raise cannot_write(self.path, OSError(errno.ENOSPC, "No space left on device"))
        super().write(frame)


MakeSlow = Callable[..., Slow]
Close = Callable[[Recorder], Recorder]


@pytest.fixture
def slow(tmp_path: Path, will_close: Close) -> Iterator[MakeSlow]:
    """Makes them; at the end all gates are open, so that what uses them can be closed."""
    made = []

    def make(full_at: int | None = None) -> Slow:
        made.append(recording := Slow(tmp_path / "walk.mkv", Opening(SIZE, rate_hz=30.0)))
        recording.gate, recording.entered, recording.full_at = threading.Event(), threading.Event(), full_at
        return recording

    yield make
    for recording in made:
        recording.gate.set()


def pictures(path: Path) -> int:
    reel, count = open_reel(path), 0
    while reel.next() is not None:
        count += 1
    reel.close()
    return count


def test_a_slow_encoder_costs_pairs_which_are_counted_and_never_time(slow: MakeSlow, will_close: Close) -> None:
    recording = slow()
    recorder = will_close(Recorder(recording, capacity=3))
    recorder.write(frame(0))
    assert recording.entered.wait(PATIENCE_S)  # it holds pair 0 now, and the queue is empty
    for number in range(1, 8):
        recorder.write(frame(number))  # would hang here if it waited
    assert recorder.dropped == 4
    recording.gate.set()
    recorder.close()
    journal = read_journal(recorder.journal_path)
    assert [shot.seq for shot in journal.shots.values()] == [frame(n).seq for n in range(4)]
    assert journal.shots[3].dropped == 4 and journal.ending == Ending(4, 4)
    assert (recorder.count, recorder.dropped, recorder.fault, pictures(recorder.path)) == (4, 4, None, 4)


def test_a_full_disk_ends_the_recording_and_keeps_what_it_has(slow: MakeSlow, will_close: Close) -> None:
    recording = slow(full_at=5)
    recording.gate.set()
    recorder = will_close(Recorder(recording))
    for number in range(9):
        recorder.write(frame(number))
    recorder.close()
    assert recorder.fault is not None and "disk is full" in recorder.fault.message and recorder.fault.hint
    assert (recorder.count, recorder.dropped, pictures(recorder.path)) == (5, 4, 5)
    recorder.write(frame(10))  # nothing is raised, and nothing is lost that was still wanted
    recorder.note(Event(0, "style", "a"))
    assert recorder.dropped == 4


def test_pairs_of_another_size_are_dropped_and_the_others_recorded(slow: MakeSlow, will_close: Close) -> None:
    recording = slow()
    recording.gate.set()
    recorder = will_close(Recorder(recording))
    small = np.zeros((8, 8, 3), np.uint8)
    for pair in (frame(0), StereoFrame(small, small, 1, 1), frame(2)):
        recorder.write(pair)
    recorder.close()
    assert (recorder.count, recorder.dropped, recorder.fault) == (2, 1, None)


def test_what_happens_stands_in_the_journal_in_its_order(slow: MakeSlow, will_close: Close) -> None:
    recording = slow()
    recorder = will_close(Recorder(recording))
    recorder.write(frame(0))
    recorder.note(Event(5, "style", "scream"))
    recorder.write(frame(1))
    recording.gate.set()
    recorder.close()
    lines = recorder.journal_path.read_text().splitlines()
    assert [line.split('"')[1] for line in lines] == ["allaprima", "pair", "event", "pair", "end"]


def test_end_does_not_wait_and_still_everything_is_written(slow: MakeSlow, will_close: Close) -> None:
    recording = slow()
    recorder = will_close(Recorder(recording))
    recorder.write(frame(0))
    recorder.write(frame(1))
    recorder.end()  # would hang here if it waited
    recording.gate.set()
    recorder.close()
    recorder.close()
    assert (recorder.count, pictures(recorder.path)) == (2, 2)
    assert "recorder" not in [thread.name for thread in threading.enumerate()]


def test_the_queue_is_bounded_by_memory(tmp_path: Path, will_close: Close) -> None:
    for size, capacity in (((64, 48), 128), ((1280, 960), 36), ((8192, 4096), 4)):
        recording = StereoRecording(tmp_path / f"{size[0]}.mkv", Opening(size))
        recorder = will_close(Recorder(recording))
        assert recorder.capacity == capacity
        recorder.close()
