"""Painting pictures of any size, one after the other, for files rather than for eyes that wait."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import SettingsError
from allaprima.app.core.frame import Pixels
from allaprima.app.stylize.blend import Weights
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.pack import StylePack
from allaprima.app.stylize.prepare import MAX_SIDE, MIN_SIDE, MULTIPLE, PairBuffer, network_size
from allaprima.app.stylize.stylizer import Stylizer


class Painter:
    """Paints pairs in full, or at a size asked for. Keeps the network loaded for as long as the size stays.

    Without a `requested` size the output has the input's size: the picture is continued by reflection to the multiple
    of 8 that a network takes, painted, and cropped again, so that nothing is resampled and no border shows.
    """

    def __init__(
        self,
        pack: StylePack,
        engine: str = "auto",
        precision: str = "auto",
        requested: tuple[int, int] | int | None = None,
    ) -> None:
        """`requested`: (width, height) or the long side to paint at and to give out, as `network_size` has it."""
        self.pack = pack
        self.stylizer: Stylizer | None = None
        self._engine, self._precision, self._requested = engine, precision, requested
        self._buffer = PairBuffer((MIN_SIDE, MIN_SIDE))

    def output_size(self, source_size: tuple[int, int]) -> tuple[int, int]:
        """(width, height) of what is painted from pictures of `source_size`. Raises `SettingsError` beyond 4096."""
        if self._requested is not None:
            return network_size(source_size, self._requested)
        if min(source_size) < 1 or max(source_size) > MAX_SIDE:
            raise SettingsError(
                f"{source_size[0]}x{source_size[1]} is too large to be painted in full, the limit is {MAX_SIDE} a side"
                if min(source_size) > 0
                else f"a picture of {source_size[0]}x{source_size[1]} cannot be painted",
                f"let it be shrunk: --size {MAX_SIDE // 2}",
            )
        return source_size

    def paint(self, left: Pixels, right: Pixels, weights: Weights) -> NDArray[np.uint8]:
        """(2, H, W, 3) painted, left first, of `output_size`. Both eyes go in one batch and must be of one size."""
        size = (left.shape[1], left.shape[0])
        if right.shape != left.shape:
            raise SettingsError(
                f"the eyes differ in size: left {size[0]}x{size[1]}, right {right.shape[1]}x{right.shape[0]}",
                "bring both to one size first",
            )
        width, height = self.output_size(size)
        if self._requested is not None:
            stylizer = self._loaded((width, height))
            return stylizer.paint(self._buffer.fill(left, right), weights)
        across, down = (max(MIN_SIDE, -(-side // MULTIPLE) * MULTIPLE) for side in size)
        x, y = (across - width) // 2, (down - height) // 2
        around = (y, down - height - y, x, across - width - x)
        stylizer = self._loaded((across, down))
        frames = np.empty((2, down, across, 3), np.uint8)
        for eye, slot in zip((left, right), frames, strict=True):
            cv2.copyMakeBorder(eye, *around, cv2.BORDER_REFLECT_101, dst=slot)
        return np.ascontiguousarray(stylizer.paint(frames, weights)[:, y : y + height, x : x + width])

    def close(self) -> None:
        """Free the network. Idempotent."""
        if self.stylizer is not None:
            self.stylizer.close()
            self.stylizer = None

    def _loaded(self, size: tuple[int, int]) -> Stylizer:
        if self.stylizer is None or self.stylizer.size != size:
            self.close()
            self.stylizer = open_stylizer(self.pack, size, self._engine, self._precision)
            self._buffer = PairBuffer(size)
        return self.stylizer
