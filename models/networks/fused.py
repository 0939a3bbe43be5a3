"""A style network rewritten for painting: the same sums in fewer passes over the pixels. Not for training."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from allaprima.models.networks.network import Blur, ConditionalNorm, StyleNetwork


class FusedNetwork(nn.Module):
    """Paints one pair as the `StyleNetwork` it is made of, which it takes apart, within rounding.

    The body computes in the type of its convolutions, which may be a half one; statistics, scales, shifts, and both
    ends in float32, so that the identity row gives the photo back exactly in every precision.
    """

    table: Tensor

    def __init__(self, network: StyleNetwork) -> None:
        super().__init__()
        columns: list[Tensor] = []
        _replace(network, columns)
        self.network = network
        # All rows' scales and shifts, and the passage: blended by one product, not by two in front of each norm.
        self.register_buffer("table", torch.cat((*columns, network.through), 1))
        self.eval().requires_grad_(False)

    def forward(self, frames: Tensor, style: Tensor, canvas: Tensor | None = None) -> Tensor:
        """frames (2, 3, H, W) float32 RGB 0..1, style (1, rows) float32, canvas (2, C, H / 2, W / 2) float32 where the
        network has one; returns (2, 3, H, W) float32.
        """
        blended = (style @ self.table)[0]  # (sum of the norms' 2 * channels, + 1,)
        half = self.network.exit.weight.dtype
        body = frames.to(half)
        painted = torch.sigmoid(self.network.paint(body, blended, None if canvas is None else canvas.to(half)).float())
        return painted + blended[-1] * (frames - painted)


class FusedNorm(nn.Module):
    """`ConditionalNorm` of one pair: norm, scale and shift at once, statistics in float32 for any type of `x`.

    To normalise each channel over all of a batch is what a batch norm does in training (Ioffe & Szegedy 2015, "Batch
    Normalization"); where the batch is one pair, that is the norm pooled over both eyes. cuDNN and ATen have it.
    """

    def __init__(self, first: int, channels: int) -> None:
        """Its scales begin at column `first` of the table, its shifts `channels` later."""
        super().__init__()
        self.first, self.channels = first, channels

    def forward(self, x: Tensor, blended: Tensor) -> Tensor:
        """x (2, C, h, w); `blended` a row of the table."""
        scale, shift = blended[self.first : self.first + 2 * self.channels].split(self.channels)
        if x.dtype == torch.float32:
            # ATen's x * a + b cancels where a picture is flat, and norm upon norm would blow the rest up to a pattern.
            # Shifted by one of its own pixels, a flat channel is exactly 0. Half types round such a rest away.
            x = x - x[:1, :, :1, :1]
        return F.batch_norm(x, None, None, scale, shift, training=True, eps=1e-5)


class ReflectedConv(nn.Module):
    """A convolution of the picture continued by reflection: a `Conv2d` or, channel by channel, a `Blur`."""

    def __init__(self, weight: Tensor, bias: Tensor | None, stride: int, groups: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = None if bias is None else nn.Parameter(bias, requires_grad=False)
        self.stride, self.groups, self.border = stride, groups, weight.shape[-1] // 2

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(reflected(x, self.border), self.weight, self.bias, self.stride, groups=self.groups)


def reflected(x: Tensor, border: int) -> Tensor:
    """`F.pad(x, ..., mode="reflect")` by `border` on all four sides, which on CUDA would take channels-last pictures
    apart into planes, and the convolution behind it put them together again.
    """
    for side in (2, 3):
        last = x.shape[side] - 1
        before = [x.narrow(side, k, 1) for k in range(border, 0, -1)]
        after = [x.narrow(side, last - k, 1) for k in range(1, border + 1)]
        x = torch.cat((*before, x, *after), side)
    return x


def _replace(module: nn.Module, columns: list[Tensor]) -> None:
    """Every norm, convolution and blur below `module`; the norms' scales and shifts (rows, channels) to `columns`."""
    for name, child in list(module.named_children()):
        if isinstance(child, ConditionalNorm):
            norm = FusedNorm(sum(column.shape[1] for column in columns), child.scale.shape[1])
            columns += [child.scale.data, child.shift.data]
            setattr(module, name, norm)
        elif isinstance(child, nn.Conv2d):
            bias = None if child.bias is None else child.bias.data
            setattr(module, name, ReflectedConv(child.weight.data, bias, child.stride[0], child.groups))
        elif isinstance(child, Blur):
            setattr(module, name, ReflectedConv(child.taps, None, 1, child.taps.shape[0]))
        else:
            _replace(child, columns)
