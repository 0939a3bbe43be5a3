"""Ctrl-C, as a training loop wants it."""

from __future__ import annotations

import signal
import threading


class Interruption:
    """Ctrl-C lets the step in hand finish, so that what is kept is whole and a resumed run is the same run; a second
    one interrupts at once.
    """

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Interruption:
        self._main = threading.current_thread() is threading.main_thread()  # signals are the main thread's
        if self._main:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._main:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, number: int, frame: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
