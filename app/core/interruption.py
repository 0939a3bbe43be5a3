"""Ctrl-C, SIGTERM and SIGHUP: the first one ends the work in order, a later ctrl-C ends the program at once."""

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
_CONSOLE_PATIENCE_S = 10.0  # Windows ends the program after 5 s in any case


class Interrupted(KeyboardInterrupt):
    """A signal other than ctrl-C asked the program to end; what cleans up after ctrl-C cleans up after it, too."""

    def __init__(self, exit_code: int) -> None:
        super().__init__()
        self.exit_code = exit_code


def exit_code_of(error: KeyboardInterrupt) -> int:
    """130 after ctrl-C, 143 after SIGTERM, 129 after SIGHUP, as in shells."""
    return error.exit_code if isinstance(error, Interrupted) else INTERRUPTED


@contextmanager
def ending_signals() -> Iterator[None]:
    """Inside, SIGTERM and SIGHUP raise `Interrupted` in the main thread, as ctrl-C raises KeyboardInterrupt; on Windows
    ctrl-break and a closed console do. It is raised once, so that a second signal does not disturb the clean-up.
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
    """Delays ctrl-C, SIGTERM and SIGHUP to the end of this block: for code that starts a thread, until its owner can
    end it. Otherwise the program could wait for the thread for ever.
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
    """Something that can be ended."""

    quit: bool


class Interruption:
    """Makes the first ctrl-C, SIGTERM or SIGHUP end the session as the key `q` does, so that its video and its report
    are completed. A later ctrl-C ends the program; SIGTERM and SIGHUP do not, because `timeout` and closing terminals
    send them twice. `exit_code` depends on the first signal.
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
    """Sets `handler` and returns the previous handlers. A SIGTERM or SIGHUP that was ignored at the start (nohup) stays
    ignored. Only the main thread may set handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    asked = [n for n in numbers if n == signal.SIGINT or signal.getsignal(n) is not signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in asked}


def _restore(handlers: Mapping[int, Any]) -> None:
    for number, handler in handlers.items():
        if handler is not None:  # None: not set from Python
            signal.signal(number, handler)


def _leave_dead_terminals() -> None:
    """After a terminal is closed, every output to it is an error, which would interrupt the orderly end."""
    if sys.platform == "win32":
        return
    watched = select.poll()
    for stream in (1, 2):
        watched.register(stream, 0)  # POLLHUP and POLLERR are always reported
    with suppress(OSError):
        for stream, event in watched.poll(0):
            if event & select.POLLHUP:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


@contextmanager
def _waiting_consoles() -> Iterator[None]:
    """Windows ends a program when its handler for a closed console returns, so the handler waits until the program has
    ended, for at most Windows' five seconds. On other systems this does nothing.
    """
    if sys.platform != "win32":
        yield
        return
    import _thread
    import ctypes

    def notified(event: int) -> bool:
        """Called in a thread of the system."""
        if event not in _CONSOLE_EVENTS:
            return False  # Python handles ctrl-C and ctrl-break
        _thread.interrupt_main(signal.SIGBREAK)
        time.sleep(_CONSOLE_PATIENCE_S)
        return True

    handler = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)(notified)
    ctypes.windll.kernel32.SetConsoleCtrlHandler(handler, True)
    try:
        yield
    finally:
        ctypes.windll.kernel32.SetConsoleCtrlHandler(handler, False)
