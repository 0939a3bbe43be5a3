"""Ctrl-C, SIGTERM and SIGHUP: the first one ends what is under way in order, a ctrl-C after it ends it at once."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Protocol, Self

from allaprima.app.core.errors import HUNG_UP, INTERRUPTED, TERMINATED

Handler = Callable[[int, FrameType | None], object]

_EXIT_CODES = {
    getattr(signal, name): code
    for name, code in (
        ("SIGINT", INTERRUPTED),
        ("SIGTERM", TERMINATED),  # kill, systemctl stop, a shutdown
        ("SIGHUP", HUNG_UP),  # the terminal was closed
        ("SIGBREAK", TERMINATED),  # Windows: ctrl-break; the C runtime makes it of a closed console, too
    )
    if hasattr(signal, name)
}
_CONSOLE_EVENTS = (2, 5, 6)  # Windows: the console was closed, the user logs off, the computer shuts down
_CONSOLE_PATIENCE_S = 10.0  # Windows ends the program after 5 s, whatever it does


class Interrupted(KeyboardInterrupt):
    """A signal other than ctrl-C asked the program to end; what cleans up after ctrl-C cleans up after it, too."""

    def __init__(self, exit_code: int) -> None:
        super().__init__()
        self.exit_code = exit_code


def exit_code_of(error: KeyboardInterrupt) -> int:
    """130 after ctrl-C, 143 after SIGTERM, 129 after SIGHUP, as shells have it."""
    return error.exit_code if isinstance(error, Interrupted) else INTERRUPTED


@contextmanager
def ending_signals() -> Iterator[None]:
    """In here SIGTERM and SIGHUP raise `Interrupted` in the main thread, as ctrl-C raises KeyboardInterrupt; on Windows
    ctrl-break and a closed console do. It is raised once: what cleans up is not disturbed by a second signal.
    """
    asked = False

    def interrupted(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:
            asked = True
            _leave_dead_terminals()
            raise Interrupted(_EXIT_CODES[number])

    before = _handled(interrupted, set(_EXIT_CODES) - {signal.SIGINT})
    try:
        with _waiting_consoles():
            yield
    finally:
        _restore(before)


@contextmanager
def postponed() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP wait for the end of this block: for what starts a thread, until it is known to what
    ends that thread, which the program would otherwise wait for for ever.
    """
    waiting: list[int] = []
    before = _handled(lambda number, frame: waiting.append(number), _EXIT_CODES)
    try:
        yield
    finally:
        _restore(before)
        for number in waiting:
            signal.raise_signal(number)


class Quittable(Protocol):
    """What ends when it is told to."""

    quit: bool


class Interruption:
    """Makes the first ctrl-C, SIGTERM or SIGHUP end the session as the key `q` does, so that its video and its report
    are completed. A ctrl-C after it ends the program; SIGTERM and SIGHUP do not, for `timeout` and closing terminals
    send them twice. `exit_code` tells which was the first.
    """

    def __init__(self, controls: Quittable) -> None:
        self.exit_code = 0
        self._controls = controls

    def __enter__(self) -> Self:
        self._before = _handled(self._interrupted, _EXIT_CODES)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _restore(self._before)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self.exit_code:
            return
        self.exit_code, self._controls.quit = _EXIT_CODES[number], True
        _restore({signal.SIGINT: self._before.pop(signal.SIGINT, None)})
        _leave_dead_terminals()


def _handled(handler: Handler, numbers: Iterable[int]) -> dict[int, Any]:
    """Sets `handler` and returns the handlers before. A SIGTERM or SIGHUP that the program was started without (nohup)
    stays ignored. Other threads than the main one may set none.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    asked = [n for n in numbers if n == signal.SIGINT or signal.getsignal(n) is not signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in asked}


def _restore(handlers: Mapping[int, Any]) -> None:
    for number, handler in handlers.items():
        if handler is not None:  # None was not set from Python
            signal.signal(number, handler)


def _leave_dead_terminals() -> None:
    """After a terminal is closed every word to it is an error, which would end the finishing that is asked for."""
    if sys.platform == "win32":
        return
    watched = select.poll()
    for stream in (1, 2):
        watched.register(stream, 0)  # POLLHUP and POLLERR come unasked
    with suppress(OSError):
        for stream, event in watched.poll(0):
            if event & select.POLLHUP:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


@contextmanager
def _waiting_consoles() -> Iterator[None]:
    """Windows ends a program as soon as it was told that its console is closed, so telling it takes until it has ended,
    or until Windows has waited its five seconds. Elsewhere this does nothing.
    """
    if sys.platform != "win32":
        yield
        return
    import _thread
    import ctypes

    def told(event: int) -> bool:
        """Called in a thread of the system's own."""
        if event not in _CONSOLE_EVENTS:
            return False  # ctrl-C and ctrl-break are Python's
        _thread.interrupt_main(signal.SIGBREAK)
        time.sleep(_CONSOLE_PATIENCE_S)
        return True

    handler = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)(told)
    ctypes.windll.kernel32.SetConsoleCtrlHandler(handler, True)
    try:
        yield
    finally:
        ctypes.windll.kernel32.SetConsoleCtrlHandler(handler, False)
