"""Pairs of pictures on their way to where torch computes."""

from __future__ import annotations

import torch

from allaprima.app.core.frame import Pixels
from allaprima.app.stylize.blend import Weights
from allaprima.app.stylize.torch.device import TorchBackend


class Upload:
    """Room for one pair and its weights, on both sides. A painter has two: while one is painted from, the other fills.

    The processor waits only where it comes back to this room before the pair in it was read: never, with two in turns.
    """

    def __init__(self, device: TorchBackend, rows: int) -> None:
        self._device = device
        self._pictures, self._style = device.staging((0,), torch.uint8), device.staging((1, rows), torch.float32)
        self._there = torch.empty(0)
        self._uploaded = self._read = device.mark()

    def put(self, left: Pixels, right: Pixels) -> Upload:
        """Send both eyes up, which have one size: the one is on its way while the other is copied. Returns itself."""
        self._read.synchronize()
        shape = (2, *left.shape)
        if self._pictures.shape != shape:
            self._pictures = self._device.staging(shape, torch.uint8)
            self._there = torch.empty(shape, dtype=torch.uint8, device=self._device.place)
        host = self._pictures.numpy()
        with self._device.uploading():
            for eye, picture in enumerate((left, right)):
                host[eye] = picture
                self._there[eye].copy_(self._pictures[eye], non_blocking=True)
            self._uploaded = self._device.mark()
        return self

    def weigh(self, weights: Weights) -> None:
        """Lay the weights (rows,) beside the pictures."""
        self._style.numpy()[0] = weights

    def read_into(self, style: torch.Tensor) -> torch.Tensor:
        """In the painting queue: the pictures (2, h, w, 3) uint8, there; the weights go into `style` (1, rows)."""
        self._uploaded.wait()
        style.copy_(self._style, non_blocking=True)
        return self._there

    def leave(self) -> None:
        """In the painting queue: what was put has been read."""
        self._read = self._device.mark()
