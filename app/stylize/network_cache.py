"""Networks by resolution, which determines the stroke size: one network, loaded once for every requested size."""

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
"""Networks that stay loaded; beyond that, the least recently used one is closed."""

_WARM_UP_PASSES = 2


class Resolution(NamedTuple):
    """A requested resolution: strokes of `stroke_size`, at `scale` times the sides for that stroke size."""

    stroke_size: float
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class LoadedNetwork:
    """A network loaded for `resolution`, and the buffer in which pairs are resized for it."""

    resolution: Resolution
    stylizer: Stylizer | OnDevice
    buffer: PairBuffer | OnDevice

    @property
    def stroke_size(self) -> float:
        """The requested stroke size. A `scale` below 1 saves time and makes the strokes larger by 1 / `scale`."""
        return self.resolution.stroke_size

    @property
    def scale(self) -> float:
        return self.resolution.scale

    def warm_up(self, weights: NDArray[np.float32]) -> None:
        """Run the network once, so that the first pair does not wait for an engine's one-time work."""
        width, height = self.stylizer.size
        blank = np.zeros((height, width, 3), np.uint8)
        for _ in range(_WARM_UP_PASSES):
            self.paint(self.prepare(blank, blank), weights)

    def prepare(self, left: Pixels, right: Pixels) -> Any:
        """Both eyes, of any common size, prepared for `paint`; valid until the next call."""
        return self.buffer.fill(left, right)

    def paint(self, prepared: Any, weights: NDArray[np.float32], canvas: Field | None = None) -> Painted:
        """The prepared pair, painted on `canvas` (`Stylizer.paint`). Raises `EngineError`."""
        return self.stylizer.paint(prepared, weights, canvas)


class NetworkCache:
    """Changes stroke size and resolution of a running session without interrupting it.

    The strokes of a network have a fixed size in *its* pixels. So it paints strokes `s` times as large if it gets the
    same field of view in a picture `s` times smaller. Engines are compiled for one picture size: a separate thread
    loads and warms up the requested one, while the present network continues to paint.
    """

    def __init__(
        self,
        load: Callable[[Size], Stylizer | OnDevice],
        full: Size,
        rows: int,
        stroke_size: float = 1.0,
        rectification: Rectification | None = None,
    ) -> None:
        """`load` opens the network for a size, in any thread; `full` (width, height) is the size for strokes of size 1;
        `rows` is the style pack's number of rows; `rectification` is for pairs that are not rectified yet, unless the
        loaded network rectifies them itself. Loads the first network, and raises its errors.
        """
        self.steps = stroke_steps(full)
        """The stroke sizes that keys and buttons step through, smallest first."""
        self._load_stylizer, self._full, self._rectification = load, full, rectification
        self._identity = np.eye(1, rows, dtype=np.float32)[0]
        self._lock = threading.Lock()
        self._failure = ""
        self._asked = Resolution(stroke_size)
        self._fetched = stroke_size
        self._in_hand = self._opened(self._asked)
        self._kept = {self._asked: self._in_hand}  # the most recently used one is last
        self._loader = ThreadPoolExecutor(1, "networks")

    @property
    def asked(self) -> float:
        """The last requested stroke size; in use once its network is loaded."""
        return self._asked.stroke_size

    @property
    def asked_scale(self) -> float:
        """The last requested scale; the present network's scale if the requested one failed to load."""
        return self._asked.scale

    @property
    def in_hand(self) -> LoadedNetwork:
        """The network that `pick_up` returned last."""
        return self._in_hand

    def ask(self, stroke_size: float) -> None:
        """Request strokes of `stroke_size`: 1 as trained, 2 twice as large. Any thread; does not wait.

        Raises `SettingsError` and changes nothing if the network cannot paint a picture that small or large.
        """
        stroked_size(self._full, stroke_size)
        with self._lock:
            resolution = Resolution(stroke_size, self._asked.scale)
            self._want(resolution if self._possible(resolution) else Resolution(stroke_size))

    def ask_scale(self, scale: float) -> None:
        """Request the network of the same stroke size at `scale` times its sides: below 1 it is faster and paints
        larger strokes. Any thread; does not wait. A scale whose network failed to load is not requested again.
        """
        with self._lock:
            resolution = Resolution(self._asked.stroke_size, scale)
            if self._possible(resolution):
                self._want(resolution)

    def pick_up(self) -> LoadedNetwork:
        """The requested network, or the present one until that is loaded. Only the painting thread calls this: it owns
        the network until the next call.
        """
        with self._lock:
            if self._asked in self._kept:
                self._in_hand = self._kept[self._asked] = self._kept.pop(self._asked)
            return self._in_hand

    def fetch(self, stroke_size: float) -> LoadedNetwork:
        """`ask` and `pick_up` in one, waiting for the load: in a replay, the network of a pair must not depend on the
        machine's speed. If it cannot be loaded, returns the present network, and `failure` has the reason.
        """
        if stroke_size != self._fetched:
            self._fetched = stroke_size
            try:
                self.ask(stroke_size)
            except SettingsError as error:
                with self._lock:
                    self._failure = error.message
            self._loader.submit(int).result()  # there is one thread, so earlier loads are done now
        return self.pick_up()

    def failure(self) -> str:
        """Why the requested strokes failed to load, returned once; empty if nothing failed."""
        with self._lock:
            failure, self._failure = self._failure, ""
        return failure

    def close(self) -> None:
        """Free every network; call it when painting has ended. Waits for a running load. Idempotent."""
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
        """In the loader's thread: loads the network requested now, which may have changed since this was submitted."""
        with self._lock:
            asked = self._asked
            if asked in self._kept:
                return
        try:
            network = self._opened(asked)
            network.warm_up(self._identity)
        except Exception as error:  # a stroke size that fails to load does not end the session
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
