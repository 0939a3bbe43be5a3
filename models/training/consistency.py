"""Synthetic second views: those of the other eye or of the next moment.

Trains the network to paint a point of the scene the same wherever it falls (Ruder, Dosovitskiy & Brox 2016 for time;
Chen et al. 2018, "Stereoscopic Neural Style Transfer", for the eyes).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Warp:
    """A backward warp: `grid` (B, H, W, 2) says where in the first view each pixel of the second comes from, in
    grid_sample's units; `valid` (B, 1, H, W) is 1 where that lies in the picture and away from the edges of depth,
    behind which the content is unknown.
    """

    grid: Tensor
    valid: Tensor

    def __call__(self, first: Tensor, mode: str = "bicubic") -> Tensor:
        """(B, 3, H, W) as seen from the second view."""
        return F.grid_sample(first, self.grid, mode=mode, padding_mode="reflection", align_corners=False)


@dataclass(frozen=True)
class Motion:
    """How far apart two views may be: sub-pixel shifts and disparity in pixels, zoom as a share, roll in radians."""

    shift_px: float = 6.0
    disparity_px: float = 16.0
    zoom: float = 0.04
    roll_rad: float = 0.03


EDGE_PX = 9
"""How far around an edge of depth two views are not compared: what hides there changes the brush strokes beside it."""


def random_warp(count: int, height: int, width: int, generator: torch.Generator, motion: Motion = Motion()) -> Warp:
    """A shift, for half of the views also zoom and roll, as a head's motion gives, plus a horizontal disparity, as
    depth gives to two eyes: smooth for half of the views, in two layers with an edge between them for the others.
    """

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    shift = (uniform(count, 2, 1, 1) * 2 - 1) * motion.shift_px  # pixels
    zoom, roll = (uniform(count, 1, 1) * 2 - 1) * motion.zoom, (uniform(count, 1, 1) * 2 - 1) * motion.roll_rad
    moved = (uniform(count, 1, 1) < 0.5).float()
    zoom, roll = zoom * moved, roll * moved
    near = F.interpolate(uniform(count, 1, 4, 4), (height, width), mode="bicubic", align_corners=False)
    layered = (uniform(count, 1, 1, 1) < 0.5).float()
    depth = layered * (0.4 * near + 0.6 * (near > 0.55).float()) + (1 - layered) * near
    depth = depth * uniform(count, 1, 1, 1) * motion.disparity_px
    side = torch.randint(0, 2, (count, 1, 1, 1), generator=generator) * 2 - 1
    ys, xs = torch.meshgrid(
        torch.arange(height) + 0.5 - height / 2, torch.arange(width) + 0.5 - width / 2, indexing="ij"
    )
    x = (1 + zoom) * xs - roll * ys + (shift[:, :1] + side * depth)[:, 0]  # (B, H, W) pixels from the middle
    y = (1 + zoom) * ys + roll * xs + shift[:, 1]
    inside = ((x.abs() < width / 2) & (y.abs() < height / 2)).float()[:, None]
    step = F.pad(depth.diff(dim=3).abs(), (0, 1)) + F.pad(depth.diff(dim=2).abs(), (0, 0, 0, 1))
    edge = F.max_pool2d((step > 1).float(), 2 * EDGE_PX + 1, 1, EDGE_PX)
    return Warp(torch.stack((x * 2 / width, y * 2 / height), 3), inside * (1 - edge))


def consistency(first: Tensor, second: Tensor, warp: Warp) -> Tensor:
    """Mean squared difference of the painted second view and the warped painted first view, where both see."""
    error = (warp(first) - second).square() * warp.valid
    return error.sum() / (warp.valid.sum() * first.shape[1]).clamp_min(1)
