"""The sizes painted at, and so the strokes: one network, loaded once for every size that was asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import Field
from allaprima.app.core.errors import AllaPrimaError, SettingsError
from allaprima.app.core.frame import Painted, Pixels
from allaprima.app.stylize.prepare import PairBuffer, Size, stroke_steps, stroked_size
from allaprima.app.stylize.stylizer import Stylizer
from allaprima.app.stylize.torch.on_device import OnDevice
from allaprima.calibration.rectify import Rectification

KEPT = 4
"""Networks that stay loaded; one more, and the one that was not used for the longest time is closed."""

_WARM_UP_PASSES = 2


class Resolution(NamedTuple):
    """What is to be painted with: strokes of `stroke_size`, at `scale` times the sides that those are painted at."""

    stroke_size: float
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class LoadedNetwork:
    """A network loaded for `resolution`, and the memory that pairs are brought to its size in."""

    resolution: Resolution
    stylizer: Stylizer | OnDevice
    buffer: PairBuffer | OnDevice

    @property
    def stroke_size(self) -> float:
        """As it was asked for. A `scale` below 1 saves time, and paints them so many times larger still."""
        return self.resolution.stroke_size

    @property
    def scale(self) -> float:
        return self.resolution.scale

    def warm_up(self, weights: NDArray[np.float32]) -> None:
        """Run the network, so that nobody waits for what engines do only once."""
        width, height = self.stylizer.size
        blank = np.zeros((height, width, 3), np.uint8)
        for _ in range(_WARM_UP_PASSES):
            self.paint(self.prepare(blank, blank), weights)

    def prepare(self, left: Pixels, right: Pixels) -> Any:
        """Both eyes, of any one size, as `paint` takes them; valid until the next call."""
        return self.buffer.fill(left, right)

    def paint(self, prepared: Any, weights: NDArray[np.float32], canvas: Field | None = None) -> Painted:
        """What was prepared, painted on `canvas` (`Stylizer.paint`). Raises `EngineError`."""
        return self.stylizer.paint(prepared, weights, canvas)


class NetworkCache:
    """Changes the strokes, and the resolution, of a running session without holding it up.

    A network paints strokes of a certain number of *its* pixels. So strokes `s` times as large are painted by giving it
    the same field of view in a picture `s` times smaller. Engines are compiled for one picture size: the one asked for
    is loaded, and warmed up, in a thread of its own, while the network in hand goes on painting.
    """

    def __init__(
        self,
        load: Callable[[Size], Stylizer | OnDevice],
        full: Size,
        rows: int,
        stroke_size: float = 1.0,
        rectification: Rectification | None = None,
    ) -> None:
        """`load` opens the network for a size, in any thread; `full` (width, height) is that of strokes of size 1;
        `rows` are those of the style pack; `rectification` is that of pairs which have yet to be rectified, where
        what is loaded has not its own way with them. Loads the first network, and raises what that does.
        """
        self.steps = stroke_steps(full)
        """The sizes of stroke that keys and buttons step through, smallest first."""
        self._load_stylizer, self._full, self._rectification = load, full, rectification
        self._identity = np.eye(1, rows, dtype=np.float32)[0]
        self._lock = threading.Lock()
        self._failure = ""
        self._asked = Resolution(stroke_size)
        self._fetched = stroke_size
        self._in_hand = self._opened(self._asked)
        self._kept = {self._asked: self._in_hand}  # the one used last stands last
        self._loader = ThreadPoolExecutor(1, "networks")

    @property
    def asked(self) -> float:
        """The size of stroke that was asked for last; in use as soon as it is loaded."""
        return self._asked.stroke_size

    @property
    def asked_scale(self) -> float:
        """The scale that was asked for last; back at that of the network in hand where it could not be had."""
        return self._asked.scale

    @property
    def in_hand(self) -> LoadedNetwork:
        """The network that was picked up last."""
        return self._in_hand

    def ask(self, stroke_size: float) -> None:
        """Have strokes of `stroke_size` as soon as may be: 1 as trained, 2 twice as large. Any thread, never waits.

        Raises `SettingsError`, and changes nothing, where the network cannot paint that small or that large a picture.
        """
        stroked_size(self._full, stroke_size)
        with self._lock:
            resolution = Resolution(stroke_size, self._asked.scale)
            self._want(resolution if self._possible(resolution) else Resolution(stroke_size))

    def ask_scale(self, scale: float) -> None:
        """Have the same strokes' network at `scale` times its sides as soon as may be: below 1 it is faster, and paints
        larger strokes. Any thread, never waits. What no network can be loaded for is not asked for.
        """
        with self._lock:
            resolution = Resolution(self._asked.stroke_size, scale)
            if self._possible(resolution):
                self._want(resolution)

    def pick_up(self) -> LoadedNetwork:
        """The network asked for, or the one in hand until that is loaded. Only the thread that paints calls this: the
        network is its own until the next call.
        """
        with self._lock:
            if self._asked in self._kept:
                self._in_hand = self._kept[self._asked] = self._kept.pop(self._asked)
            return self._in_hand

    def fetch(self, stroke_size: float) -> LoadedNetwork:
        """As `ask` and `pick_up`, but waits until it is loaded: for a replay, where it must not depend on the machine
        which pair is painted with what. The network in hand where it cannot be had, which `failure` then tells.
        """
        if stroke_size != self._fetched:
            self._fetched = stroke_size
            try:
                self.ask(stroke_size)
            except SettingsError as error:
                with self._lock:
                    self._failure = error.message
            self._loader.submit(int).result()  # one thread: whatever was to be loaded before is
        return self.pick_up()

    def failure(self) -> str:
        """Why the strokes asked for could not be had, told once; empty if there is nothing to tell."""
        with self._lock:
            failure, self._failure = self._failure, ""
        return failure

    def close(self) -> None:
        """Free every network, when nobody paints any more. Waits for one that is being loaded. Idempotent."""
        self._loader.shutdown(cancel_futures=True)
        for network in self._kept.values():
            network.stylizer.close()

    def _want(self, resolution: Resolution) -> None:
        """With the lock held."""
        if resolution != self._asked:
            self._asked = resolution
            if resolution not in self._kept:
                self._loader.submit(self._load)

    def _possible(self, resolution: Resolution) -> bool:
        try:
            return bool(self._size(resolution))
        except SettingsError:
            return False

    def _size(self, resolution: Resolution) -> Size:
        return stroked_size(self._full, resolution.stroke_size / resolution.scale)

    def _opened(self, resolution: Resolution) -> LoadedNetwork:
        size = self._size(resolution)
        stylizer = self._load_stylizer(size)
        if isinstance(stylizer, OnDevice):
            return LoadedNetwork(resolution, stylizer, stylizer)
        return LoadedNetwork(resolution, stylizer, PairBuffer(size, self._rectification))

    def _load(self) -> None:
        """In the loader's thread: the network asked for now, which may be another one than when this was submitted."""
        with self._lock:
            asked = self._asked
            if asked in self._kept:
                return
        try:
            network = self._opened(asked)
            network.warm_up(self._identity)
        except Exception as error:  # a session is not ended because one size of stroke cannot be had
            reason = error.message if isinstance(error, AllaPrimaError) else str(error)
            with self._lock:
                what = f" at {asked.scale:.0%}" if asked.scale != 1 else ""
                self._failure = f"no strokes of size {asked.stroke_size:g}{what}: {reason}"
                if self._asked == asked:
                    self._asked = self._in_hand.resolution
            return
        with self._lock:
            self._kept[asked] = network
            needed = (asked, self._asked, self._in_hand.resolution)
            idle = [resolution for resolution in self._kept if resolution not in needed]
            surplus = [self._kept.pop(resolution) for resolution in idle[: max(0, len(self._kept) - KEPT)]]
        for old in surplus:
            old.stylizer.close()
