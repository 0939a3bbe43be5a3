"""Resizing and rectification on torch's device, with the results of OpenCV on the processor."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from allaprima.app.stylize.prepare import Size
from allaprima.calibration.rectify import Rectification, RectifiedEye

Taps = tuple[NDArray[np.int64], NDArray[np.float32]]
"""(taps, n): the source pixels of each of the n new pixels of a row, and their shares, which sum to 1."""


class Resize:
    """The same as `prepare.resize_into`: by area when shrinking, else bilinear; rounded only at the end."""

    def __init__(self, source: Size, size: Size, place: torch.device) -> None:
        """From `source` (width, height) to `size`."""
        taps = area_taps if size[0] <= source[0] and size[1] <= source[1] else linear_taps
        self._taps: list[tuple[int, list[tuple[Tensor, Tensor]]]] = []  # axis of (2, h, w, 3), what to take along it
        for axis, n, new in ((1, source[1], size[1]), (2, source[0], size[0])):
            pixels, shares = (torch.from_numpy(found).to(place) for found in taps(n, new))
            if n != new:
                self._taps.append((axis, list(zip(pixels, shares, strict=True))))

    def __call__(self, pictures: Tensor) -> Tensor:
        """(2, h, w, 3) of `source`, uint8 or float32, to (2, H, W, 3) float32 of `size`, 0..255."""
        x = pictures.float()
        for axis, taps in self._taps:
            x = torch.stack([x.index_select(axis, i) * _along(axis, w) for i, w in taps]).sum(0)
        return x


class Rectify:
    """The same as `RectifiedEye.remap`, for both eyes; OpenCV rounds positions to 1/32 of a pixel."""

    def __init__(self, rectification: Rectification, source: Size, place: torch.device) -> None:
        """From pictures of `source` (width, height) to its own size."""
        self._eyes = [(eye.block, _grid(eye, source).to(place)) for eye in (rectification.left, rectification.right)]

    def __call__(self, pictures: Tensor) -> Tensor:
        """(2, h, w, 3) of `source`, uint8 or float32, to (2, H, W, 3) float32, 0..255."""
        planes = pictures.permute(0, 3, 1, 2).float()
        eyes = []
        for x, (block, grid) in zip(planes.split(1), self._eyes, strict=True):
            binned = F.avg_pool2d(x, block) if block > 1 else x
            eyes.append(F.grid_sample(binned, grid, mode="bilinear", padding_mode="border", align_corners=True))
        return torch.cat(eyes).permute(0, 2, 3, 1)


def _grid(eye: RectifiedEye, source: Size) -> Tensor:
    """(1, H, W, 2) source positions of each pixel in the binned picture: -1 and 1 are the centres of its first and last
    pixels, with `align_corners`.
    """
    binned = (eye.float_map() + 0.5) / eye.block - 0.5
    last = np.array([max(1, side // eye.block - 1) for side in source], np.float32)
    return torch.from_numpy((2 * binned / last - 1)[None].astype(np.float32))


def area_taps(n: int, new: int) -> Taps:
    """For each of `new` <= n pixels: the source pixels that it covers, with the covered share of each."""
    scale = n / new
    first = np.arange(new) * scale
    pixel = np.floor(first + 1e-9).astype(np.int64) + np.arange(math.ceil(scale) + 1)[:, None]
    covered = np.minimum(pixel + 1, first + scale) - np.maximum(pixel, first)
    return np.minimum(pixel, n - 1), np.maximum(covered / scale, 0).astype(np.float32)


def linear_taps(n: int, new: int) -> Taps:
    """For each of `new` pixels: the two source pixels whose centres enclose its centre; the outermost are repeated."""
    place = (np.arange(new) + 0.5) * n / new - 0.5
    pixel = np.floor(place).astype(np.int64)
    share = (place - pixel).astype(np.float32)
    return np.clip(np.stack((pixel, pixel + 1)), 0, n - 1), np.stack((1 - share, share))


def _along(axis: int, weights: Tensor) -> Tensor:
    """(n,) factors, shaped for multiplication with (2, h, w, 3) along `axis`."""
    return weights.view([-1 if a == axis else 1 for a in range(4)])
