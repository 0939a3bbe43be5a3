"""One clock for every stamp in the program, and its fake twin."""

import threading
import time
from typing import Protocol

NS = 1_000_000_000


def now_ns() -> int:
    """Nanoseconds on the program's one monotonic clock. Wall-clock time appears only in labels."""
    return time.perf_counter_ns()


class Clock(Protocol):
    """The clock interface of pacing code."""

    def now_ns(self) -> int:
        """Nanoseconds, monotonic."""

    def sleep_until(self, t_ns: int) -> None:
        """Return at `t_ns`, or at once if that is past."""


class SystemClock:
    def now_ns(self) -> int:
        return now_ns()

    def sleep_until(self, t_ns: int) -> None:
        while (left := t_ns - now_ns()) > 0:
            time.sleep(left / NS)


class FakeClock:
    """A clock that moves only by `advance` or by a sleep on it. For tests and for offline rendering."""

    def __init__(self, t_ns: int = 0) -> None:
        self._t_ns = t_ns
        self._lock = threading.Lock()

    def now_ns(self) -> int:
        with self._lock:
            return self._t_ns

    def advance(self, ns: int) -> None:
        with self._lock:
            self._t_ns += ns

    def sleep_until(self, t_ns: int) -> None:
        with self._lock:
            self._t_ns = max(self._t_ns, t_ns)
