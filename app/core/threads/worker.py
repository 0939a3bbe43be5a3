"""A named thread that stops when told and whose exception is not lost."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Worker:
    """Runs `step` again and again until it returns False, `stop` is set, or it raises.

    Whoever starts it joins it. `error` holds what it raised, for the main thread to raise again.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        stop: threading.Event,
        done: Callable[[], None],
        *,
        daemon: bool = False,
    ) -> None:
        """`done` is called last, in the thread, however it ended: close what the next in line waits for. `daemon` is
        for a thread that may hang in somebody else's code for ever, and must not keep the program from ending.
        """
        self.error: BaseException | None = None
        self._step, self._stop, self._done = step, stop, done
        self._thread = threading.Thread(target=self._run, name=name, daemon=daemon)

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """True if it has ended within `timeout_s` seconds."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stop.is_set() and self._step():
                pass
        except BaseException as error:
            self.error = error
        finally:
            self._done()
