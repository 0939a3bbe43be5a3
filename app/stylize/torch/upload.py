"""Upload of pairs to torch's device."""

from __future__ import annotations

import torch

from allaprima.app.core.frame import Pixels
from allaprima.app.stylize.blend import Weights
from allaprima.app.stylize.torch.device import TorchBackend


class Upload:
    """Buffers for one pair and its weights, on host and device. An engine has two: one is painted, the other fills.

    The processor waits only if it reuses a buffer before its pair was read: with two in turns, never.
    """

    def __init__(self, device: TorchBackend, rows: int) -> None:
        self._device = device
        self._pictures, self._style = device.staging((0,), torch.uint8), device.staging((1, rows), torch.float32)
        self._there = torch.empty(0)
        self._uploaded = self._read = device.mark()

    def put(self, left: Pixels, right: Pixels) -> Upload:
        """Upload both eyes, of one size: one is transferred while the other is copied. Returns itself."""
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
        """Put the weights (rows,) beside the pictures."""
        self._style.numpy()[0] = weights

    def read_into(self, style: torch.Tensor) -> torch.Tensor:
        """On the paint stream: the pictures (2, h, w, 3) uint8 on the device; copies weights to `style` (1, rows)."""
        self._uploaded.wait()
        style.copy_(self._style, non_blocking=True)
        return self._there

    def leave(self) -> None:
        """On the paint stream: marks the uploaded pair as read."""
        self._read = self._device.mark()
