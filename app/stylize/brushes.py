"""The size of the strokes: one network, loaded once for every size that was asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.stylize.prepare import PairBuffer, Size, stroke_steps, stroked_size
from allaprima.app.stylize.stylizer import Stylizer

KEPT = 4
"""Networks that stay loaded; one more, and the one that was not used for the longest time is closed."""

_WARM_UP_PASSES = 2


@dataclass(frozen=True, slots=True)
class Brush:
    """A network loaded for strokes of `stroke_size`, and the memory that pairs are brought to its size in."""

    stroke_size: float
    stylizer: Stylizer
    buffer: PairBuffer

    def warm_up(self, weights: NDArray[np.float32]) -> None:
        """Run the network, so that nobody waits for what engines do only once."""
        width, height = self.stylizer.size
        blank = np.zeros((2, height, width, 3), np.uint8)
        for _ in range(_WARM_UP_PASSES):
            self.stylizer.paint(blank, weights)


class Brushes:
    """Changes the strokes of a running session without holding it up.

    A network paints strokes of a certain number of *its* pixels. So strokes `s` times as large are painted by giving it
    the same field of view in a picture `s` times smaller. Engines are compiled for one picture size: the one asked for
    is loaded, and warmed up, in a thread of its own, while the brush in hand goes on painting.
    """

    def __init__(self, load: Callable[[Size], Stylizer], full: Size, rows: int, stroke_size: float = 1.0) -> None:
        """`load` opens the network for a size, in any thread; `full` (width, height) is that of strokes of size 1;
        `rows` are those of the style pack. Loads the first brush, and raises what that does.
        """
        self.steps = stroke_steps(full)
        """The sizes of stroke that keys and buttons step through, smallest first."""
        self._load_stylizer, self._full = load, full
        self._identity = np.eye(1, rows, dtype=np.float32)[0]
        self._lock = threading.Lock()
        self._failure = ""
        self._asked = stroke_size
        self._in_hand = self._opened(stroke_size)
        self._kept = {stroke_size: self._in_hand}  # the one used last stands last
        self._loader = ThreadPoolExecutor(1, "brushes")

    @property
    def asked(self) -> float:
        """The size of stroke that was asked for last; in use as soon as it is loaded."""
        return self._asked

    @property
    def in_hand(self) -> Brush:
        """The brush that was picked up last."""
        return self._in_hand

    def ask(self, stroke_size: float) -> None:
        """Have strokes of `stroke_size` as soon as may be: 1 as trained, 2 twice as large. Any thread, never waits.

        Raises `SettingsError`, and changes nothing, where the network cannot paint that small or that large a picture.
        """
        stroked_size(self._full, stroke_size)
        with self._lock:
            self._asked = stroke_size
            if stroke_size in self._kept:
                return
        self._loader.submit(self._load)

    def pick_up(self) -> Brush:
        """The brush asked for, or the one in hand until that is loaded. Only the thread that paints calls this: the
        brush is its own until the next call.
        """
        with self._lock:
            if self._asked in self._kept:
                self._in_hand = self._kept[self._asked] = self._kept.pop(self._asked)
            return self._in_hand

    def failure(self) -> str:
        """Why the strokes asked for could not be had, told once; empty if there is nothing to tell."""
        with self._lock:
            failure, self._failure = self._failure, ""
        return failure

    def close(self) -> None:
        """Free every network, when nobody paints any more. Waits for one that is being loaded. Idempotent."""
        self._loader.shutdown(cancel_futures=True)
        for brush in self._kept.values():
            brush.stylizer.close()

    def _opened(self, stroke_size: float) -> Brush:
        size = stroked_size(self._full, stroke_size)
        return Brush(stroke_size, self._load_stylizer(size), PairBuffer(size))

    def _load(self) -> None:
        """In the loader's thread: the brush asked for now, which may be another one than when this was submitted."""
        with self._lock:
            asked = self._asked
            if asked in self._kept:
                return
        try:
            brush = self._opened(asked)
            brush.warm_up(self._identity)
        except Exception as error:  # a session is not ended because one size of stroke cannot be had
            reason = error.message if isinstance(error, AllaPrimaError) else str(error)
            with self._lock:
                self._failure = f"no strokes of size {asked:g}: {reason}"
                if self._asked == asked:
                    self._asked = self._in_hand.stroke_size
            return
        with self._lock:
            self._kept[asked] = brush
            needed = (asked, self._asked, self._in_hand.stroke_size)
            idle = [size for size in self._kept if size not in needed]
            surplus = [self._kept.pop(size) for size in idle[: max(0, len(self._kept) - KEPT)]]
        for old in surplus:
            old.stylizer.close()
