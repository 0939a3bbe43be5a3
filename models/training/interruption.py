"""Ctrl-C, SIGTERM and SIGHUP, as a training loop wants them."""

from __future__ import annotations

import signal
import threading
from typing import NoReturn

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
_SIGBREAK = getattr(signal, "SIGBREAK", None)


class Interruption:
    """The first of these signals lets the step in hand finish, so that what is kept is whole and a resumed run is the
    same run; a ctrl-C after it interrupts at once. What was ignored before (nohup) stays ignored.
    """

    def __init__(self) -> None:
        self.asked, self.exit_code = False, 130  # where another process of the group was asked, too

    def __enter__(self) -> Interruption:
        self._before = {}
        if threading.current_thread() is threading.main_thread():  # signals are the main thread's
            taken = [n for n in _SIGNALS if n == signal.SIGINT or signal.getsignal(n) is not signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._ask) for number in taken}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: object) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked, self.exit_code = True, 143 if number == _SIGBREAK else 128 + number

    def raised(self) -> NoReturn:
        """Ends the training. Raises KeyboardInterrupt, whose `exit_code` is the program's."""
        error = KeyboardInterrupt()
        error.exit_code = self.exit_code  # type: ignore[attr-defined]
        raise error
