"""Shows a running time marker on the screen, and reads it from a camera that films it."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from allaprima.app.bench.latency.filmed_clock import PERIOD_NS, FilmedClock
from allaprima.app.bench.latency.marker_reader import Reading
from allaprima.app.bench.latency.time_marker import draw_marker
from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.commands import Call
from allaprima.app.core.errors import CameraLost, MarkerNotSeen, SourceEnded, Stalled
from allaprima.app.core.frame import Pixels
from allaprima.app.core.threads.worker import Worker
from allaprima.app.sources.source import StereoSource

CELL = 40
"""Pixels a side of the marker's cells, as they are handed to the screen."""
PATIENCE_S = 30.0
"""So long the operator may take until the marker is seen, or seen again."""
SLOWEST_HZ = 5.0
"""With fewer pictures a second it is the camera that is in the way."""
ADVICE = {
    Reading.ABSENT: (
        "the pattern is not in the picture",
        "all four corner squares must be in it, and not glaring white",
    ),
    Reading.SMALL: ("the pattern is too small", "move the camera closer, or press f for the full screen"),
    Reading.FAINT: ("the pattern is too faint", "a brighter screen, no reflections on it, a longer exposure"),
    Reading.SMEARED: ("the exposure is too long", "ask for a shorter one, --exposure 8, or give it more light"),
    Reading.WRONG: ("the pattern is not legible", "hold the camera still, sharp, straight before it; --exposure 8"),
}
"""What is wrong, and what to do."""
_WORDS_NS, _READ_S, _JOIN_S = NS // 2, 0.1, 10.0
_NEWEST = 15  # pictures on which the advice rests


class Screen(Protocol):
    """Where the marker is shown; see `Poster`."""

    def say(self, title: str, lines: Sequence[str]) -> None: ...

    def draw(self, picture: Pixels) -> None: ...

    def swap(self) -> None: ...

    def poll(self) -> list[Call]: ...


class Film:
    """One take: until `wanted` pictures were read, none could be for long, `seconds` have passed, or `quit` is set."""

    def __init__(
        self,
        screen: Screen,
        source: StereoSource,
        clock: Clock,
        wanted: int | None,
        seconds: float | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`source` has the camera's picture as its left eye."""
        self.filmed = FilmedClock()
        self.quit = False
        self.seconds = 0.0
        """How long it took."""
        self._screen, self._source, self._clock = screen, source, clock
        self._wanted, self._limit_s, self._patience_s = wanted, seconds, patience_s
        self._newest: deque[Reading] = deque(maxlen=_NEWEST)
        self._ended = threading.Event()
        self._reader = Worker("film", self._read, threading.Event(), self._ended.set)

    def run(self, progress: Callable[[int], None] = lambda read: None) -> FilmedClock:
        """Show and read; `progress` is called with the number of read pictures. To be called in the window's thread.

        Raises `MarkerNotSeen` when nothing could be read, `CameraLost` when hardly any pictures came, and what breaks
        the source.
        """
        self._say()
        self._reader.start()
        try:
            self._show(progress)
        finally:
            self._source.close()
            self._reader.join(_JOIN_S)
        if self._reader.error:
            raise self._reader.error
        if not self.filmed.read:
            raise self._unseen()
        return self.filmed

    def _show(self, progress: Callable[[int], None]) -> None:
        start = due = self._clock.now_ns()
        patient_until, read, words_due = start + round(self._patience_s * NS), 0, start
        while not (self.quit or self._ended.is_set()):
            self._clock.sleep_until(due)
            self._screen.draw(draw_marker(self.filmed.next, CELL))
            now = self._clock.now_ns()
            self.filmed.shown(now)  # before it is: a camera may be quicker than this thread
            self._screen.swap()
            due = max(due + PERIOD_NS, now)
            self.seconds = (now - start) / NS
            self.quit |= any(call.name == "quit" for call in self._screen.poll())
            self.quit |= self._limit_s is not None and self.seconds >= self._limit_s
            if self.filmed.read > read:
                read, patient_until = self.filmed.read, now + round(self._patience_s * NS)
                progress(read)
            if now >= words_due:
                words_due = now + _WORDS_NS
                self._say()
            if self._wanted is not None and read >= self._wanted:
                return
            if now >= patient_until and read:
                return  # the camera was moved, perhaps: what was read counts
            if now >= patient_until:
                raise self._unseen()

    def _read(self) -> bool:
        """In the thread `film`."""
        try:
            frame = self._source.read(_READ_S)
        except Stalled:
            return not self.quit
        except SourceEnded:
            return False
        self._newest.append(self.filmed.look(frame.left, frame.t_ns))
        return not self.quit

    def _trouble(self) -> tuple[str, str] | None:
        """What keeps most of the newest pictures from being read."""
        newest = list(self._newest)
        most = max(newest, key=newest.count, default=Reading.ABSENT)
        return ADVICE.get(most)

    def _unseen(self) -> MarkerNotSeen | CameraLost:
        rate = self.filmed.pictures / max(self.seconds, 1e-3)
        if rate < SLOWEST_HZ and self.seconds >= self._patience_s:
            return CameraLost(
                f"{self._source.name} gives {rate:.1f} pictures a second: too few to be timed",
                "more light and a fixed --exposure, --camera-fps 30, or a smaller --camera-size",
            )
        message, hint = self._trouble() or ADVICE[Reading.ABSENT]
        return MarkerNotSeen(
            f"{self._source.name}: {message}, in {self.filmed.pictures - self.filmed.read} of {self.filmed.pictures}",
            hint + "; allaprima devices --snapshots DIR shows what cameras see",
        )

    def _say(self) -> None:
        """Under the marker: what to do, and how it goes."""
        trouble = self._trouble()
        title = f"Film this with {self._source.name}"
        lines = ["All of it in the picture, large and sharp; then hold still.   f: full screen   q: quit"]
        if self.filmed.pictures:
            of = f" of {self._wanted}" if self._wanted else ""
            how = f"{trouble[0]}: {trouble[1]}" if trouble else "good"
            lines.append(f"{self.filmed.read}{of} pictures read   {how}")
        self._screen.say(title, lines)
