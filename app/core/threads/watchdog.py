"""Tells when a call does not come back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOKS_PER_S = 4


class Watchdog:
    """Looks from a thread of its own whether the call under way is still the one it saw before.

    A C function that never returns cannot be interrupted, nor can the thread that is in it: no exception reaches it,
    no lock that it holds is given back, and ctrl-C waits for it too. All that is left is to say so from elsewhere,
    to bring what others wait for into safety, and to end the process. That is for `barks(what)` to do, which is called
    once, in the watchdog's thread, when a call has lasted `limit_s` seconds.

    It counts its own looks instead of asking a clock: a computer that was asleep did not hang.
    """

    def __init__(self, limit_s: float = 10.0) -> None:
        self.limit_s = limit_s
        self._most = max(1, round(limit_s * _LOOKS_PER_S))
        self._call: tuple[int, str] | None = None  # its number and its name
        self._number = 0
        self._seen: tuple[int, str] | None = None
        self._looks = 0
        self._barked = False
        self._barks: Callable[[str], None] = lambda what: None

    @contextmanager
    def over(self, what: str) -> Iterator[None]:
        """Around a call that must return. One that does so after `barks` has begun waits here for the end."""
        self._number += 1
        self._call = (self._number, what)
        try:
            yield
        finally:
            self._call = None
            if self._barked:
                threading.Event().wait()

    @contextmanager
    def watching(self, barks: Callable[[str], None]) -> Iterator[None]:
        """Look, `_LOOKS_PER_S` times a second, until this is left."""
        self._barks = barks
        over = threading.Event()

        def watch() -> None:
            while not over.wait(1 / _LOOKS_PER_S):
                self.look()

        thread = threading.Thread(target=watch, name="watchdog")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def look(self) -> None:
        """One look, as the thread takes them."""
        call = self._call
        if call is None or call != self._seen:
            self._seen, self._looks = call, 0
            return
        self._looks += 1
        if self._looks >= self._most and not self._barked:
            self._barked = True
            self._barks(call[1])
