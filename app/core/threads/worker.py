"""A named thread that can be stopped and keeps its exception."""

import threading
from collections.abc import Callable


class Worker:
    """Runs `step` repeatedly until it returns False, `stop` is set, or it raises.

    Its starter joins it. `error` holds the exception of `step`, for the main thread to raise again.
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
        """`done` is called last, in the thread, however it ended: it should close what the next thread waits for.
        `daemon` is for a thread that may hang in foreign code and must not keep the program from ending.
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
