"""A sink in a separate thread, so that drawing never waits for an encoder."""

import queue
import threading

from allaprima.app.core.frame import Pixels
from allaprima.app.recording.sink import FrameSink

_Item = tuple[Pixels, int | None]


class BackgroundSink(FrameSink):
    """Passes pictures to `sink` in the thread `recorder` through a queue of at most `capacity` pictures.

    `write` never waits: when the queue is full, the picture is dropped and counted. The caller
    must not change a picture after passing it. An error of `sink` ends the recording at once and is raised by `close`;
    until then `fault` holds it.
    """

    def __init__(self, sink: FrameSink, capacity: int = 8) -> None:
        self.size, self.count = sink.size, 0
        self.dropped = 0
        """Pictures dropped because the queue was full or the sink had failed."""
        self.fault: Exception | None = None
        self._sink = sink
        self._queue: queue.Queue[_Item | None] = queue.Queue(capacity)
        self._aborted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder")
        self._open = True
        self._thread.start()

    def write(self, rgb: Pixels, t_ns: int | None = None) -> None:
        self._check(rgb, self._open)
        try:
            if self.fault:
                raise queue.Full
            self._queue.put_nowait((rgb, t_ns))
            self.count += 1
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Write the queued pictures, close the sink, and raise the thread's error."""
        if not self._open:
            return
        self._end()
        if self.fault:
            self._sink.abort()
            raise self.fault
        self._sink.close()

    def abort(self) -> None:
        if self._open:
            self._aborted.set()
            self._end()
            self._sink.abort()

    def _end(self) -> None:
        self._open = False
        self._queue.put(None)  # waits for room, which the thread makes even after a fault
        self._thread.join()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            if self.fault or self._aborted.is_set():
                continue
            try:
                self._sink.write(*item)
            except Exception as error:
                self.fault = error
