"""The protocol of all painting engines."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import Field


class Stylizer(Protocol):
    """One network, loaded in one engine for one picture size. Used from one thread at a time.

    Input and output are (2, H, W, 3) uint8 RGB 0..255, left eye first, row 0 at the top, H and W multiples of 8:
    both eyes are one batch, so that statistics and latency cannot differ between them.
    """

    engine: str
    """'openvino', 'onnxruntime' or 'torch'."""
    precision: str
    """Number format of the arithmetic: 'f32', 'bf16', 'f16' or 'int8'."""
    device: str
    """For people: 'CPU', 'CUDA', 'TensorRT'."""
    size: tuple[int, int]
    """(width, height) it was loaded for."""
    canvas: int
    """Channels of its network's canvas; 0 for none."""

    def paint(
        self, frames: NDArray[np.uint8], weights: NDArray[np.float32], canvas: Field | None = None
    ) -> NDArray[np.uint8]:
        """Paint both eyes with the pack's rows blended by `weights`.

        `frames` (2, H, W, 3) uint8; `weights` (rows,) float32, row 0 being the identity, usually summing to 1;
        `canvas` (2, channels, H / 2, W / 2) float32; with None every pair gets the same still one. A network without
        a canvas ignores it.
        Returns a fresh (2, H, W, 3) uint8 array. Raises `EngineError`.
        """

    def close(self) -> None:
        """Free the engine's memory. Idempotent."""
