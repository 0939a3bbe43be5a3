"""The style network: many styles and both eyes in one pass.

Conditional instance normalisation (Dumoulin, Shlens & Kudlur 2017, "A Learned Representation for Artistic Style"):
all styles share the convolutions, a style is one row of scales and shifts. Blending rows blends styles. Statistics
are pooled over the two eyes of a pair, so that both are painted with the same brush.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PooledNorm(torch.autograd.Function):
    """Normalise each channel over a pair and its pixels.

    One ONNX operator (MeanVarianceNormalization over batch, height and width): written out as means, the statistics
    would double the network's time in OpenVINO. The pair is the whole batch there; in training a batch holds several.
    """

    @staticmethod
    def symbolic(g, x: Tensor):  # type: ignore[no-untyped-def]
        return g.op("MeanVarianceNormalization", x, axes_i=[0, 2, 3]).setType(x.type())

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:  # type: ignore[override]  # only traced for export
        return pooled_norm(x, 1)


def pooled_norm(x: Tensor, pairs: int) -> Tensor:
    """(pairs * 2, C, h, w) normalised over each pair's eyes, rows and columns; float32 statistics."""
    p = x.unflatten(0, (pairs, -1)).float()  # (pairs, 2, C, h, w)
    variance, mean = torch.var_mean(p, dim=(1, 3, 4), keepdim=True, unbiased=False)
    return ((p - mean) * torch.rsqrt(variance + 1e-5)).flatten(0, 1).to(x.dtype)


class ConditionalNorm(nn.Module):
    """A pooled norm whose scale and shift are picked, or blended, by the style weights."""

    def __init__(self, channels: int, rows: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(rows, channels))
        self.shift = nn.Parameter(torch.zeros(rows, channels))

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """x (pairs * 2, C, h, w), style (pairs, rows)."""
        pairs = style.shape[0]
        scale = (style @ self.scale)[:, :, None, None]  # (pairs, C, 1, 1)
        shift = (style @ self.shift)[:, :, None, None]
        if torch.onnx.is_in_onnx_export():
            return PooledNorm.apply(x) * scale + shift
        eyes = x.shape[0] // pairs
        return pooled_norm(x, pairs) * scale.repeat_interleave(eyes, 0).to(x.dtype) + shift.repeat_interleave(
            eyes, 0
        ).to(x.dtype)


class ConvNorm(nn.Module):
    """3x3 convolution, reflected at the border so that no frame is painted around the picture, then the norm."""

    def __init__(self, inputs: int, outputs: int, rows: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, padding=1, padding_mode="reflect", bias=False)
        self.norm = ConditionalNorm(outputs, rows)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        return self.norm(self.conv(x), style)


class Residual(nn.Module):
    """Two convolutions around a shortcut (He 2016, as in Johnson 2016)."""

    def __init__(self, channels: int, rows: int) -> None:
        super().__init__()
        self.first = ConvNorm(channels, channels, rows)
        self.second = ConvNorm(channels, channels, rows)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        return x + self.second(F.relu(self.first(x, style)), style)


class Blur(nn.Module):
    """Binomial low-pass, `side` pixels wide (odd), in front of a decimation (Zhang 2019, "Making Convolutional Networks
    Shift-Invariant Again") or behind an enlargement: without it, what is painted depends on which pixel of the coarse
    grid an edge falls on.
    """

    taps: Tensor

    def __init__(self, channels: int, side: int = 3) -> None:
        super().__init__()
        taps = torch.tensor([float(math.comb(side - 1, k)) for k in range(side)])
        taps = taps[:, None] * taps[None, :]
        self.register_buffer("taps", (taps / taps.sum()).expand(channels, 1, side, side).clone())

    def forward(self, x: Tensor) -> Tensor:
        border = (self.taps.shape[-1] // 2,) * 4
        return F.conv2d(F.pad(x, border, mode="reflect"), self.taps.to(x.dtype), groups=x.shape[1])

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *rest: Any) -> None:
        """Also of a network whose blurs were narrower or wider."""
        taps = state_dict.get(f"{prefix}taps")
        if isinstance(taps, Tensor) and taps.shape[:3] == (*self.taps.shape[:2], taps.shape[-1]):
            self.taps = torch.empty_like(taps)
        super()._load_from_state_dict(state_dict, prefix, *rest)


CANVAS_CONTRAST = 0.25
"""What a canvas of unit deviation is scaled to beside the photo, whose own deviation is about that."""


class StyleNetwork(nn.Module):
    """What every family owes: `paint`, of which this adds the photo's passage and the weights' start.

    `canvas` is the number of channels of smooth noise that the network paints its strokes from where the photo is flat
    (Ulyanov et al. 2016, "Texture Networks", start from noise for the same reason); 0 for a network without.
    """

    through: Tensor
    exit: nn.Conv2d

    def __init__(self, rows: int, canvas: int = 0) -> None:
        super().__init__()
        self.rows, self.canvas = rows, canvas
        # How much of the photo passes straight through: all of it for row 0, the identity, none for a style.
        # Normalisation forgets exposure, so no row of scales and shifts alone can give the photo back.
        self.register_buffer("through", torch.eye(rows)[:, :1].clone())

    def start(self) -> None:
        """Random weights, and an exit near grey."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.normal_(self.exit.weight, std=0.02)

    def paint(self, frames: Tensor, style: Tensor, canvas: Tensor | None = None) -> Tensor:
        """Like `forward`, before the sigmoid and without the passage."""
        raise NotImplementedError

    def forward(self, frames: Tensor, style: Tensor, canvas: Tensor | None = None) -> Tensor:
        """Paint.

        frames (pairs * 2, 3, H, W) RGB 0..1, H and W multiples of 8, left before right; style (pairs, rows) weights
        of the rows, row 0 the identity; canvas (pairs * 2, `canvas`, H / 2, W / 2) noise of mean 0 and, at full
        impasto, deviation 1; None for a network without one. Returns (pairs * 2, 3, H, W) in 0..1.
        """
        if (canvas is None) != (self.canvas == 0):
            raise ValueError(f"the network takes {self.canvas} canvas channels")
        painted = torch.sigmoid(self.paint(frames, style, canvas))
        through = (style @ self.through)[:, :, None, None]  # (pairs, 1, 1, 1)
        if not torch.onnx.is_in_onnx_export():
            through = through.repeat_interleave(frames.shape[0] // style.shape[0], 0)
        return painted + through * (frames - painted)


class Pyramid(StyleNetwork):
    """`E{narrow}-{wide}x{blocks}c{canvas}`: an encoder to 1/8 of the size, a residual body there, a decoder, two
    shortcuts; the canvas comes in beside the photo, at half the size.

    The strokes are laid out by the body at an eighth of the size, where a 3x3 convolution spans 24 pixels and costs
    little. Fine detail cannot come from there: made up on a coarse grid it stays on that grid when the picture moves,
    and that is what flickers. So the shortcuts bring the photo's own detail, which moves with the scene, at 1/4 and
    1/2 of the size; every decimation is low-passed, every enlargement is smooth, and the exit's 2-pixel cells too.
    """

    def __init__(self, rows: int, narrow: int = 32, wide: int = 64, blocks: int = 5, canvas: int = 0) -> None:
        super().__init__(rows, canvas)
        fine = narrow // 2
        self.blur_photo = Blur(3, side=5)
        self.entry = ConvNorm(12 + canvas, fine, rows)
        self.blur_entry = Blur(fine)
        self.edges = ConvNorm(fine, narrow, rows, stride=2)
        self.blur_edges = Blur(narrow)
        self.down = ConvNorm(narrow, wide, rows, stride=2)
        self.body = nn.ModuleList(Residual(wide, rows) for _ in range(blocks))
        self.up = ConvNorm(wide, narrow, rows)
        self.detail = Residual(narrow, rows)
        self.spread = ConvNorm(narrow, fine, rows)
        self.finish = ConvNorm(fine, fine, rows)
        self.exit = nn.Conv2d(fine, 12, 3, padding=1, padding_mode="reflect")
        self.smooth = Blur(3, side=7)
        self.start()

    def paint(self, frames: Tensor, style: Tensor, canvas: Tensor | None = None) -> Tensor:
        seen = F.pixel_unshuffle(self.blur_photo(frames), 2)  # (2, 12, H/2, W/2)
        if canvas is not None:
            seen = torch.cat((seen, canvas * CANVAS_CONTRAST), 1)  # (2, 12 + canvas, H/2, W/2)
        fine = F.relu(self.entry(seen, style))  # (2, narrow/2, H/2, W/2)
        edges = F.relu(self.edges(self.blur_entry(fine), style))  # (2, narrow, H/4, W/4)
        x = F.relu(self.down(self.blur_edges(edges), style))  # (2, wide, H/8, W/8)
        for block in self.body:
            x = block(x, style)
        x = self.detail(F.relu(self.up(enlarged(x), style)) + edges, style)  # (2, narrow, H/4, W/4)
        x = enlarged(F.relu(self.spread(x, style))) + fine  # (2, narrow/2, H/2, W/2)
        x = F.pixel_shuffle(self.exit(F.relu(self.finish(x, style))), 2)  # (2, 3, H, W)
        return self.smooth(x)


def enlarged(x: Tensor) -> Tensor:
    """Twice the size, bilinear: no cell of the coarse grid has an edge."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


FAMILIES: dict[str, Callable[[int, int, int, int, int], StyleNetwork]] = {"E": Pyramid}
"""By the first letter: called with rows, narrow, wide, blocks, canvas channels."""


def build(family: str, rows: int) -> StyleNetwork:
    """A fresh network of a family such as `E32-48x4c2`, or `E32-64x5` without a canvas. Raises ValueError for a name
    that is not one.
    """
    match = re.fullmatch(r"([A-Z])(\d{1,3})-(\d{1,3})x(\d{1,2})(?:c(\d))?", family)
    if not match or match[1] not in FAMILIES:
        raise ValueError(f"{family!r} is not a network family; one looks like E32-48x4c2")
    narrow, wide, blocks, canvas = (int(part or 0) for part in match.groups()[1:])
    return FAMILIES[match[1]](rows, narrow, wide, blocks, canvas)
