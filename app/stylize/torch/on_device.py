"""Live painting with pictures that stay on the GPU for drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import Field
from allaprima.app.core.frame import Pixels
from allaprima.app.stylize.blend import Weights
from allaprima.app.stylize.stylizer import Stylizer
from allaprima.calibration.rectify import Rectification

if TYPE_CHECKING:
    from allaprima.app.stylize.torch.device import Mark
    from allaprima.app.stylize.torch.engine import TorchStylizer
    from allaprima.app.stylize.torch.upload import Upload


def on_device(stylizer: Stylizer, rectification: Rectification | None = None) -> Stylizer | OnDevice:
    """`stylizer` with pictures that stay on the GPU; itself if it uses none, or cannot leave them there.
    `rectification` is for pairs that are not rectified yet.
    """
    if stylizer.engine == "torch" and stylizer.device == "CUDA":
        return OnDevice(cast("TorchStylizer", stylizer), rectification)
    return stylizer


class OnDevice:
    """A torch stylizer for `LoadedNetwork`: `fill` uploads pairs of any size and resizes them on the device, where the
    painted pair stays. Everything else is passed to the stylizer.
    """

    def __init__(self, stylizer: TorchStylizer, rectification: Rectification | None = None) -> None:
        self._stylizer = stylizer
        stylizer.rectification = rectification
        self.engine, self.precision = stylizer.engine, stylizer.precision
        self.device, self.size, self.canvas = stylizer.device, stylizer.size, stylizer.canvas

    def fill(self, left: Pixels, right: Pixels) -> Upload:
        """Upload both eyes, for `paint`."""
        return self._stylizer.upload(left, right)

    def paint(self, upload: Upload, weights: Weights, canvas: Field | None = None) -> SharedPair:
        """Paint the uploaded pair; returns when it is painted, so that the compositor never waits for a network."""
        self._stylizer.queue(upload, weights, canvas)
        rgba, queue, whole = self._stylizer.shared()
        whole.synchronize()
        return SharedPair(rgba, queue, whole)

    def close(self) -> None:
        self._stylizer.close()


@dataclass(frozen=True, slots=True)
class SharedPair:
    """A `DevicePair` in torch's memory."""

    rgba: Any  # (2, H, W, 4) uint8
    queue: int
    whole: Mark  # kept, because its handle goes with it

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return (2, self.rgba.shape[1], self.rgba.shape[2], 3)

    @property
    def ready(self) -> int:
        return int(self.whole.cuda_event)

    @property
    def address(self) -> int:
        return int(self.rgba.data_ptr())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.uint8]:
        """(2, H, W, 3) uint8 RGB, fetched. Raises ValueError for `copy=False`."""
        if copy is False:
            raise ValueError("pictures in a GPU's memory are copied where they are wanted in the processor's")
        pixels: NDArray[np.uint8] = self.rgba[..., :3].cpu().contiguous().numpy()
        return pixels if dtype is None else pixels.astype(dtype)
