"""The mailbox from the capture threads to the pairing thread."""

import threading
from collections import deque

from allaprima.app.core.frame import Frame

_KEPT = 16  # of both cameras, for a delayed reader; older ones would be too old to show


class Inbox:
    """A few frames of all cameras of a source, in the order of arrival. The newest win."""

    def __init__(self) -> None:
        self.overflowed = 0
        """Frames that were overwritten unread."""
        self._frames: deque[Frame] = deque(maxlen=_KEPT)
        self._news = threading.Condition()

    def put(self, frame: Frame) -> None:
        with self._news:
            self.overflowed += len(self._frames) == _KEPT
            self._frames.append(frame)
            self._news.notify_all()

    def drain(self) -> list[Frame]:
        """Take all frames, oldest first."""
        with self._news:
            frames = list(self._frames)
            self._frames.clear()
            return frames

    def empty(self) -> None:
        """Drop all frames, and reset the count of overwritten ones."""
        self.drain()
        self.overflowed = 0

    def wake(self) -> None:
        with self._news:
            self._news.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Return once there is a frame, at `wake`, or after `timeout_s` seconds."""
        with self._news:
            if not self._frames and timeout_s > 0:
                self._news.wait(timeout_s)
