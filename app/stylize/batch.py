"""Checks of the arrays that all engines take."""

import numpy as np
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import Field
from allaprima.app.core.errors import EngineError
from allaprima.app.packs.onnx_scan import HINT
from allaprima.app.stylize.prepare import MAX_SIDE, MIN_SIDE, MULTIPLE


def check_size(size: tuple[int, int]) -> None:
    """Raises `EngineError` unless (width, height) are multiples of 8 from 64 to 4096."""
    if any(side % MULTIPLE or not MIN_SIDE <= side <= MAX_SIDE for side in size):
        raise EngineError(
            f"a network cannot be loaded for {size[0]}x{size[1]}: sides must be multiples of {MULTIPLE} "
            f"from {MIN_SIDE} to {MAX_SIDE}",
            "allaprima.app.stylize.prepare.network_size gives such a size",
        )


def check_batch(
    frames: NDArray[np.uint8], weights: NDArray[np.float32], size: tuple[int, int], rows: int
) -> NDArray[np.float32]:
    """The weights as the network's `style` input, (1, rows) float32.

    Raises `EngineError` unless `frames` is (2, H, W, 3) uint8 of `size` and `weights` (rows,) finite numbers.
    """
    expected = (2, size[1], size[0], 3)
    if frames.shape != expected or frames.dtype != np.uint8:
        raise EngineError(f"frames are {frames.dtype} {frames.shape}, must be uint8 {expected}")
    return check_weights(weights, rows).reshape(1, rows)


def check_weights(weights: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """The weights (rows,) as float32. Raises `EngineError` unless they are `rows` finite numbers."""
    style = np.asarray(weights, np.float32)
    if style.shape != (rows,) or not np.isfinite(style).all():
        raise EngineError(f"weights of shape {style.shape} must be {rows} finite numbers")
    return style


def check_canvas(canvas: Field, size: tuple[int, int], channels: int) -> Field:
    """The canvas itself. Raises `EngineError` unless it is (2, channels, H / 2, W / 2) float32 for `size`."""
    expected = (2, channels, size[1] // 2, size[0] // 2)
    if canvas.shape != expected or canvas.dtype != np.float32:
        raise EngineError(f"a canvas is {canvas.dtype} {canvas.shape}, must be float32 {expected}")
    return canvas


def check_painted(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    """Raises `EngineError` unless the network's result has the shape (2, H, W, 3)."""
    if shape != (2, size[1], size[0], 3):
        raise EngineError(
            f"the network paints {shape} from {(2, size[1], size[0], 3)}: it is no style network",
            HINT,
        )
