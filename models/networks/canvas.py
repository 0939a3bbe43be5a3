"""The canvas: smooth noise that a network makes its strokes from where the photo gives it nothing to make them from.

Each channel is one band of wavelengths, isotropic and without a lattice, so that no direction or place is preferred.
At run time the same noise hangs in the world (`allaprima.app.canvas`); here it is drawn anew for every picture.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from allaprima.models.networks.network import StyleNetwork

WAVES_PX = (10.0, 28.0)
"""Wavelength of each channel, in pixels of the painted picture: about a fine and a broad stroke."""
OCTAVES = 0.4
"""Half-width of a band, as the deviation of log2 of the wavelength."""


def noise(
    count: int, channels: int, size: tuple[int, int], generator: torch.Generator, scale: Tensor | None = None
) -> Tensor:
    """(count, channels, H / 2, W / 2) noise of mean 0 and deviation 1 for pictures of `size` (height, width): white
    noise through a log-normal band around each of `WAVES_PX`, times `scale` (count,) if given.
    """
    height, width = size[0] // 2, size[1] // 2
    white = torch.randn(count, channels, height, width, generator=generator)
    fy, fx = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    frequency = torch.hypot(fy, fx).clamp_min(1e-6)  # cycles a canvas pixel, of which each is two picture pixels
    waves = torch.tensor([WAVES_PX[k % len(WAVES_PX)] for k in range(channels)])
    scales = torch.ones(count) if scale is None else scale
    octaves = torch.log2(frequency * waves[None, :, None, None] * scales[:, None, None, None] / 2)
    band = torch.exp(-0.5 * (octaves / OCTAVES).square())
    field = torch.fft.irfft2(torch.fft.rfft2(white) * band, s=(height, width))
    return field / field.std((2, 3), keepdim=True).clamp_min(1e-6)


def still(channels: int, size: tuple[int, int], seed: int = 0) -> Tensor | None:
    """(2, channels, H / 2, W / 2): one canvas for both eyes of a still picture; None for a network without one."""
    if not channels:
        return None
    return noise(1, channels, size, torch.Generator().manual_seed(seed)).expand(2, -1, -1, -1)


def warped(canvas: Tensor, grid: Tensor, slip_px: Tensor, generator: torch.Generator) -> Tensor:
    """The canvas (B, C, h, w) as seen from a second view: fetched where `grid` (B, 2 h, 2 w, 2), in grid_sample's
    units, says that its pixels come from, plus a smooth error of up to `slip_px` (B,) picture pixels.
    """
    half = F.avg_pool2d(grid.permute(0, 3, 1, 2), 2)  # (B, 2, h, w)
    count, _, height, width = half.shape
    slips = torch.rand(count, 2, 4, 4, generator=generator) * 2 - 1
    slips = F.interpolate(slips, (height, width), mode="bicubic", align_corners=False) * slip_px[:, None, None, None]
    half = half + slips * torch.tensor([1 / width, 1 / height])[None, :, None, None]
    return F.grid_sample(
        canvas, half.permute(0, 2, 3, 1), mode="bicubic", padding_mode="reflection", align_corners=False
    )


def paint_stills(network: StyleNetwork, photos: Tensor, style: Tensor) -> Tensor:
    """Each of `photos` (N, 3, H, W) RGB 0..1 painted as both eyes of a still pair, of which the left one is returned,
    (N, 3, H, W). `style` (rows,) weights.
    """
    canvas = still(network.canvas, (photos.shape[2], photos.shape[3]))
    canvas = None if canvas is None else canvas.to(photos.device)
    with torch.no_grad():
        painted = [network(photo[None].expand(2, -1, -1, -1), style[None], canvas)[:1] for photo in photos]
    return torch.cat(painted)
