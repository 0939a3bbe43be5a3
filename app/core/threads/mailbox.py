"""A one-slot mailbox: the newest item wins; it counts overwritten items."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Hand-over between two threads without a queue: a stale frame in a headset is a bug."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Number of items that were overwritten before they were taken."""
        return self._dropped

    @property
    def closed(self) -> bool:
        """True once the producer has closed it."""
        return self._closed

    @property
    def empty(self) -> bool:
        """True while there is nothing to take."""
        return self._item is None

    def put(self, item: T) -> None:
        """Put `item`, replacing one that was not taken."""
        with self._condition:
            if self._item is not None:
                self._dropped += 1
            self._item = item
            self._condition.notify_all()

    def offer(self, item: T, timeout_s: float) -> bool:
        """Put `item` once the previous one was taken; False if it was not within `timeout_s` seconds. For sources that
        go as fast as they are read: nothing is dropped or queued.
        """
        with self._condition:
            if not self._condition.wait_for(lambda: self._item is None, timeout_s):
                return False
            self._item = item
            self._condition.notify_all()
            return True

    def take(self, timeout_s: float = 0.0) -> T | None:
        """The newest item, removed; None if none came within `timeout_s` seconds, or the box is closed and empty."""
        with self._condition:
            if self._item is None and timeout_s > 0 and not self._closed:
                self._condition.wait_for(lambda: self._item is not None or self._closed, timeout_s)
            item, self._item = self._item, None
            self._condition.notify_all()
            return item

    def close(self) -> None:
        """End of the items: wakes waiting threads. An item in the box can still be taken."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
