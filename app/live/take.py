"""Records a source without painting."""

import threading

from allaprima.app.core.clock import NS
from allaprima.app.core.errors import SourceEnded, Stalled
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.core.threads.worker import Worker
from allaprima.app.recording.recorder import Recorder
from allaprima.app.sources.source import StereoSource

_WAIT_S = 0.1
_JOIN_S = 10.0


class Capture:
    """Passes every pair of `source` to `recorder` in the thread `source`. It ends after `pairs` pairs or `seconds` by
    their stamps, or when the source ends, the recorder fails, or `quit` is set.
    """

    def __init__(self, source: StereoSource, recorder: Recorder, seconds: float | None, pairs: int | None) -> None:
        self.newest: Latest[StereoFrame] = Latest()
        self.quit = False
        self.count = 0
        """Pairs captured."""
        self._source, self._recorder, self._seconds, self._pairs = source, recorder, seconds, pairs
        self._first_ns: int | None = None
        self._worker = Worker("source", self._read, threading.Event(), self.newest.close)

    @property
    def running(self) -> bool:
        return not (self.newest.closed and self.newest.empty)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        """Stop and join the thread, and raise its error."""
        self.quit = True
        self._source.close()
        self._worker.join(_JOIN_S)
        if self._worker.error:
            raise self._worker.error

    def _read(self) -> bool:
        if self.quit or self._recorder.fault:
            return False
        try:
            frame = self._source.read(_WAIT_S)
        except Stalled:
            return True
        except SourceEnded:
            return False
        self._first_ns = frame.t_ns if self._first_ns is None else self._first_ns
        if self._seconds is not None and frame.t_ns - self._first_ns >= self._seconds * NS:
            return False
        self._recorder.write(frame)
        self.count += 1
        self.newest.put(frame)
        return self._pairs is None or self.count < self._pairs
