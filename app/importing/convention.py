"""The conventions of an imported network for its input and output pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import StylePackError
from allaprima.app.packs.onnx_writer import Dims

Picture = NDArray[np.float32]
"""(N, 3, H, W) float32 RGB 0..1."""


@dataclass(frozen=True, slots=True)
class ValueRange:
    """`value = colour * scale + shift`, colour being RGB 0..1; scale and shift for each channel."""

    name: str
    scale: tuple[float, float, float]
    shift: tuple[float, float, float]

    def encode(self, picture: Picture) -> Picture:
        """(N, 3, H, W) RGB 0..1 converted to the network's values."""
        return picture * _column(self.scale) + _column(self.shift)

    def decode(self, values: Picture) -> Picture:
        """Back to RGB 0..1; not clipped."""
        return (values - _column(self.shift)) / _column(self.scale)


RANGES: Mapping[str, ValueRange] = {
    r.name: r
    for r in (
        ValueRange("0-1", (1, 1, 1), (0, 0, 0)),
        ValueRange("0-255", (255, 255, 255), (0, 0, 0)),
        ValueRange("-1-1", (2, 2, 2), (-1, -1, -1)),
        ValueRange("imagenet", (1 / 0.229, 1 / 0.224, 1 / 0.225), (-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225)),
        ValueRange("caffe", (255, 255, 255), (-123.68, -116.779, -103.939)),
    )
}
"""By name: plain, bytes, tanh's, ImageNet's mean and deviation, ImageNet's mean in bytes."""

LAYOUTS = ("nchw", "nhwc")
CHANNELS = ("rgb", "bgr")


@dataclass(frozen=True, slots=True)
class Choices:
    """The user's choices; None is found by trying."""

    range_in: str | None = None
    range_out: str | None = None
    layout: str | None = None
    channels: str | None = None


@dataclass(frozen=True, slots=True)
class StyleInput:
    """A second input that selects among the network's own styles."""

    name: str
    shape: tuple[int, ...]
    styles: int
    by_index: bool
    """A whole number, not a vector of weights."""


@dataclass(frozen=True, slots=True)
class Convention:
    """Everything needed to connect a network to `frames`, `style` and `painted`."""

    picture: str
    painted: str
    range_in: str
    range_out: str
    layout_in: str
    layout_out: str
    channels: str
    both_eyes: bool
    """Whether it paints a batch of two like two single pictures; else it is run twice."""
    fixed: tuple[int, int] | None = None
    """(width, height) if it takes only one size."""
    multiple: int = 8
    """Sides must be multiples of this."""
    style: StyleInput | None = None

    @property
    def styles(self) -> int:
        return self.style.styles if self.style else 1


def to_layout(picture: Picture, layout: str, channels: str) -> Picture:
    """(N, 3, H, W) RGB converted to the network's order of axes and channels."""
    ordered = picture[:, ::-1] if channels == "bgr" else picture
    return np.ascontiguousarray(ordered.transpose(0, 2, 3, 1) if layout == "nhwc" else ordered)


def from_layout(values: NDArray[Any], layout: str, channels: str) -> Picture:
    """Inverse of `to_layout`."""
    ordered = values.transpose(0, 3, 1, 2) if layout == "nhwc" else values
    return np.ascontiguousarray(ordered[:, ::-1] if channels == "bgr" else ordered, dtype=np.float32)


def shape_of(layout: str, batch: int | str, height: int | str, width: int | str) -> Dims:
    """The shape of a batch of pictures."""
    return (batch, height, width, 3) if layout == "nhwc" else (batch, 3, height, width)


class NotAStyleNetwork(StylePackError):
    """A file that cannot be imported; the message has the reason."""


def _column(values: tuple[float, float, float]) -> NDArray[np.float32]:
    return np.array(values, np.float32).reshape(1, 3, 1, 1)
