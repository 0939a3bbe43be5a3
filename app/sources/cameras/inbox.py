"""Where the capture threads leave their frames for the one that pairs them."""

from __future__ import annotations

import threading
from collections import deque

from allaprima.app.core.frame import Frame

_KEPT = 16  # of both cameras, for a reader that was held up; older ones would be too old to show


class Inbox:
    """A few frames of all cameras of a source, in the order of arrival. The newest win."""

    def __init__(self) -> None:
        self.overflowed = 0
        """Frames that were pushed out unread."""
        self._frames: deque[Frame] = deque(maxlen=_KEPT)
        self._news = threading.Condition()

    def put(self, frame: Frame) -> None:
        with self._news:
            self.overflowed += len(self._frames) == _KEPT
            self._frames.append(frame)
            self._news.notify_all()

    def drain(self) -> list[Frame]:
        """Everything that has come, oldest first, removed."""
        with self._news:
            frames = list(self._frames)
            self._frames.clear()
            return frames

    def empty(self) -> None:
        """Forget everything that has come so far, and that anything was pushed out."""
        self.drain()
        self.overflowed = 0

    def wake(self) -> None:
        """Let whoever waits look around."""
        with self._news:
            self._news.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Return once there is a frame, at `wake`, or after `timeout_s` seconds."""
        with self._news:
            if not self._frames and timeout_s > 0:
                self._news.wait(timeout_s)
