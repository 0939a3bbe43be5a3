"""Paints pictures of any size, one after the other, for files."""

from collections.abc import Sequence
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import Field
from allaprima.app.canvas.flow import FlowCanvas
from allaprima.app.core.errors import SettingsError
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.matte.matte import alphas, mixed
from allaprima.app.matte.zones import Zone, composed
from allaprima.app.offline.settled import Settled
from allaprima.app.packs.pack import StylePack
from allaprima.app.stylize.blend import Weights
from allaprima.app.stylize.colour import check_keep_colour, keep_colour
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.prepare import (
    MAX_SIDE,
    MIN_SIDE,
    MULTIPLE,
    PairBuffer,
    Size,
    network_size,
    resize_into,
    stroked_size,
)
from allaprima.app.stylize.stylizer import Stylizer


class Painter:
    """Paints pairs in full, or at a size asked for. Keeps the network loaded for as long as the size stays.

    Without a `requested` size the output has the input's size: the picture is continued by reflection to the multiple
    of 8 that a network takes, painted, and cropped again, so that nothing is resampled and no border shows. Strokes
    of another size than 1 do resample: the picture is painted that many times smaller, and enlarged again.

    The pairs since `begin` are one film: the canvas of a network is moved by the film's optical flow.
    """

    def __init__(
        self,
        pack: StylePack,
        engine: str = "auto",
        precision: str = "auto",
        requested: Size | int | None = None,
        stroke_size: float = 1.0,
        camera_colour: float = 0.0,
        device: str = "auto",
        zones: Sequence[Zone] = (),
    ) -> None:
        """`requested`: (width, height) or the long side to paint and to return, as in `network_size`.
        `stroke_size` 2 paints strokes twice as large as trained; `camera_colour` 0..1 keeps the input's chroma. `zones`
        are left unpainted or have styles of their own; their distances are those of `StereoRig.assumed`.
        """
        self.pack = pack
        self.stylizer: Stylizer | None = None
        self._engine, self._precision, self._device, self._requested = engine, precision, device, requested
        self._stroke_size, self._camera_colour = stroke_size, check_keep_colour(camera_colour)
        self._buffer = PairBuffer((MIN_SIDE, MIN_SIDE))
        self._canvas: FlowCanvas | None = None
        self._count = 0
        self._zones, self._depth = zones, None if not zones else Settled()
        self._hung: Field | None = None

    def begin(self) -> None:
        """Start anew: the next pair is another picture, or a film's first pair."""
        self._canvas, self._count = None, 0
        self._depth = Settled() if self._zones else None

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
        """(2, H, W, 3) painted, left first, of `output_size`. Both eyes go in one batch and must be of one size. Raises
        `SettingsError` for one eye alone, the same array twice, if there are zones.
        """
        size = (left.shape[1], left.shape[0])
        if right.shape != left.shape:
            raise SettingsError(
                f"the eyes differ in size: left {size[0]}x{size[1]}, right {right.shape[1]}x{right.shape[0]}",
                "bring both to one size first",
            )
        wanted = self.output_size(size)
        self._hung, matte = None, None
        painted = self._whole(left, right, weights, wanted)
        if self._depth:
            pair, distances = self._depth.of(left, right)
            whole = partial(self._whole, left, right, size=wanted)
            mixture, matte = composed(painted, pair, distances, self._zones, whole)
            painted = np.asarray(mixture)
        if self._camera_colour or matte is not None:
            camera = _resized(np.stack((left, right)), wanted)
            painted = keep_colour(painted, camera, self._camera_colour) if self._camera_colour else painted
            painted = mixed(painted, camera, alphas(matte, camera)) if matte is not None else painted
        return painted

    def _whole(self, left: Pixels, right: Pixels, weights: Weights, size: Size) -> NDArray[np.uint8]:
        """All painted in one style, of `size` (width, height)."""
        if self._requested is None and self._stroke_size == 1:
            return self._continued(left, right, weights)
        stylizer = self._loaded(stroked_size(size, self._stroke_size))
        frames = self._buffer.fill(left, right)
        return _resized(stylizer.paint(frames, weights, self._field(stylizer, frames, size)), size)

    def _continued(self, left: Pixels, right: Pixels, weights: Weights) -> NDArray[np.uint8]:
        """Painted pixel by pixel, in a margin that is cut off again."""
        height, width = left.shape[:2]
        across, down = (max(MIN_SIDE, -(-side // MULTIPLE) * MULTIPLE) for side in (width, height))
        x, y = (across - width) // 2, (down - height) // 2
        around = (y, down - height - y, x, across - width - x)
        stylizer = self._loaded((across, down))
        frames = np.empty((2, down, across, 3), np.uint8)
        for eye, slot in zip((left, right), frames, strict=True):
            cv2.copyMakeBorder(eye, *around, cv2.BORDER_REFLECT_101, dst=slot)
        painted = stylizer.paint(frames, weights, self._field(stylizer, frames, stylizer.size))
        return np.ascontiguousarray(painted[:, y : y + height, x : x + width])

    def _field(self, stylizer: Stylizer, frames: NDArray[np.uint8], full: Size) -> Field | None:
        """The canvas of `frames`, the next pair of the film; `full` (width, height) has strokes of size 1."""
        if not stylizer.canvas or self._hung is not None:  # every style of a pair has the same canvas
            return self._hung
        if self._canvas is None:
            self._canvas = FlowCanvas(stylizer.canvas, full)
        left, right = frames
        self._count += 1
        pair = StereoFrame(left, right, self._count, 0)
        self._hung = self._canvas.at(pair, stylizer.size, None, self._stroke_size)
        return self._hung

    def close(self) -> None:
        if self.stylizer is not None:
            self.stylizer.close()
            self.stylizer = None

    def _loaded(self, size: tuple[int, int]) -> Stylizer:
        if self.stylizer is None or self.stylizer.size != size:
            self.close()
            self.stylizer = open_stylizer(self.pack, size, self._engine, self._precision, device=self._device)
            self._buffer = PairBuffer(size)
        return self.stylizer


def _resized(pair: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """(2, H, W, 3) of `size` (width, height): `pair` itself where it has that size already."""
    if pair.shape[1:3] == (size[1], size[0]):
        return pair
    out = np.empty((2, size[1], size[0], 3), np.uint8)
    for picture, slot in zip(pair, out, strict=True):
        resize_into(picture, slot, cv2.INTER_CUBIC)
    return out
