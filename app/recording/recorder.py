"""A recording in a separate thread, so that drawing and capture never wait for an encoder."""

import queue
import threading

from allaprima.app.core.clock import now_ns
from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.journal import Entry
from allaprima.app.recording.stereo_recording import StereoRecording

_QUEUE_BYTES = 256 << 20  # pictures that wait for the encoder
_SHORTEST, _LONGEST = 4, 128  # pairs
_MOST_LINES = 20_000


class Recorder:
    """Passes pairs and entries to `recording` in the thread `recorder`, in order of their arrival.

    `write` and `note` never wait and never raise; they may be called from several threads. A pair is dropped and
    counted if the queue is full (`capacity` pairs; None: 256 MiB of them) or the pair has another size. When
    `recording` fails, as on a full disk, it is closed at once; `fault` has the reason, and later pairs are dropped.
    """

    def __init__(self, recording: StereoRecording, capacity: int | None = None) -> None:
        width, height = recording.size
        self.capacity = capacity or min(_LONGEST, max(_SHORTEST, _QUEUE_BYTES // (width * height * 6)))
        self.path, self.journal_path = recording.path, recording.journal_path
        self.dropped = 0
        """Pairs that were not written."""
        self.fault: RecordingError | None = None
        self.encode_ns = 0
        """Total time for encoding and writing so far."""
        self.slowest_ns = 0
        self._recording = recording
        self._queue: queue.SimpleQueue[StereoFrame | Entry | None] = queue.SimpleQueue()
        self._room = threading.BoundedSemaphore(self.capacity)
        self._lock = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="recorder")
        self._thread.start()

    @property
    def count(self) -> int:
        """Pairs written; after a full disk, the last of them may be missing there."""
        return self._recording.count

    def write(self, frame: StereoFrame) -> None:
        """Queue a pair, whose pixels must not change any more, or drop it. After `end`, does nothing."""
        with self._lock:
            if not self._open:  # ended in the meantime
                return
            fits = frame.size == self._recording.size
            if fits and not self.fault and self._room.acquire(blocking=False):
                self._queue.put(frame)
            else:
                self.dropped += 1

    def note(self, entry: Entry) -> None:
        """Queue a line for the journal; drops it if thousands wait for a hanging disk."""
        with self._lock:
            if self._open and not self.fault and self._queue.qsize() < _MOST_LINES:
                self._queue.put(entry)

    def end(self) -> None:
        """Accept nothing more; the thread writes the queue and completes the recording in the background."""
        with self._lock:
            if self._open:
                self._open = False
                self._queue.put(None)

    def close(self) -> None:
        """`end` it, and return when everything is written. Idempotent. A failure is in `fault`, not raised."""
        self.end()
        self._thread.join()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            is_pair = isinstance(item, StereoFrame)
            if is_pair:
                self._room.release()
            if not (self.fault is None and self._attempt(item)) and is_pair:
                with self._lock:
                    self.dropped += 1
        self._finish()

    def _attempt(self, item: StereoFrame | Entry) -> bool:
        """Write it; False if it failed, and the recording is over."""
        try:
            if not isinstance(item, StereoFrame):
                self._recording.note(item)
                return True
            self._recording.dropped = self.dropped
            begun = now_ns()
            self._recording.write(item)
            took = now_ns() - begun
            self.encode_ns, self.slowest_ns = self.encode_ns + took, max(self.slowest_ns, took)
            return True
        except Exception as error:  # no error of a recording may end the session
            self.fault = error if isinstance(error, RecordingError) else RecordingError(f"{self.path}: {error}")
            self._finish()
            return False

    def _finish(self) -> None:
        self._recording.dropped = self.dropped
        try:
            self._recording.close()
        except Exception as error:
            self.fault = self.fault or RecordingError(f"{self.path}: {error}")
