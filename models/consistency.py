"""Synthetic second views: what the other eye, or the next moment, would have seen.

Trains the network to paint a point of the scene the same wherever it falls (Ruder, Dosovitskiy & Brox 2016 for time;
Chen et al. 2018, "Stereoscopic Neural Style Transfer", for the eyes).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Warp:
    """A backward warp: `grid` (B, H, W, 2) says where in the first view each pixel of the second comes from, in
    grid_sample's units; `inside` (B, 1, H, W) is 1 where that lies in the picture.
    """

    grid: Tensor
    inside: Tensor

    def __call__(self, first: Tensor, mode: str = "bilinear") -> Tensor:
        """(B, 3, H, W) as seen from the second view."""
        return F.grid_sample(first, self.grid, mode=mode, padding_mode="reflection", align_corners=False)


def random_warp(
    count: int, height: int, width: int, generator: torch.Generator, shift_px: float = 6, disparity_px: float = 16
) -> Warp:
    """A sub-pixel shift in both directions, as a head's turn gives, plus a smooth horizontal disparity, as depth gives
    to two eyes. Smooth, so that nothing hides behind anything and no mask beyond the picture's border is needed.
    """
    shift = (torch.rand(count, 2, 1, 1, generator=generator) * 2 - 1) * shift_px  # pixels
    near = torch.rand(count, 1, 4, 4, generator=generator) * torch.rand(count, 1, 1, 1, generator=generator)
    depth = F.interpolate(near, (height, width), mode="bicubic", align_corners=False) * disparity_px
    side = torch.randint(0, 2, (count, 1, 1, 1), generator=generator) * 2 - 1
    dx, dy = shift[:, :1] + side * depth, shift[:, 1:].expand(-1, -1, height, width)
    ys, xs = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    x, y = (xs + dx[:, 0]) * 2 / width - 1, (ys + dy[:, 0]) * 2 / height - 1
    inside = ((x.abs() < 1) & (y.abs() < 1)).float()[:, None]
    return Warp(torch.stack((x, y), 3), inside)


def consistency(first: Tensor, second: Tensor, warp: Warp) -> Tensor:
    """Mean squared difference of the painted second view and the warped painted first view, where both see."""
    error = (warp(first) - second).square() * warp.inside
    return error.sum() / (warp.inside.sum() * first.shape[1]).clamp_min(1)
