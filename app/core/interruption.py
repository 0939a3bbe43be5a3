"""The first ctrl-C ends what is under way in order, the second one at once."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Protocol, Self

from allaprima.app.core.errors import INTERRUPTED


class Quittable(Protocol):
    """What ends when it is told to."""

    quit: bool


class Interruption:
    """Makes the first ctrl-C end the session as the key `q` does, so that its video and its report are completed; the
    second one ends the program. `exit_code` tells which it was.
    """

    def __init__(self, controls: Quittable) -> None:
        self.exit_code = 0
        self._controls = controls

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, self._before)
        self.exit_code, self._controls.quit = INTERRUPTED, True
