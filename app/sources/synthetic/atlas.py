"""All textures in one picture with their mip levels, so that one `cv2.remap` samples a whole view."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.sources.synthetic.noise import Field, Texture

LEVELS = 6
STEP = 2 ** (LEVELS - 1)
"""Texture sides are multiples of this, so that every level has whole texels."""
WIDTH = 4096


def texels(metres: float, density: float) -> int:
    """The side, in texels, of a texture `metres` long with about `density` texels a metre."""
    return min(WIDTH, max(1, round(metres * density / STEP)) * STEP)


class Atlas:
    """Packs (H, W, 3) uint8 textures on shelves; level k lies below level k-1 at half its scale."""

    def __init__(self, textures: Sequence[Texture]) -> None:
        origins: list[tuple[int, int]] = [(0, 0)] * len(textures)
        x = y = shelf = 0
        for i in sorted(range(len(textures)), key=lambda i: -textures[i].shape[0]):
            height, width = textures[i].shape[:2]
            if x + width > WIDTH:
                x, y, shelf = 0, y + shelf, 0
            origins[i] = (x, y)
            x, shelf = x + width, max(shelf, height)
        height = y + shelf
        self._below = np.cumsum([0] + [height >> k for k in range(LEVELS - 1)]).astype(np.float32)
        self._pixels = np.zeros((int(self._below[-1]) + (height >> (LEVELS - 1)), WIDTH, 3), np.uint8)
        for (x, y), texture in zip(origins, textures, strict=True):
            for level in range(LEVELS):
                top = int(self._below[level]) + (y >> level)
                left = x >> level
                self._pixels[top : top + texture.shape[0], left : left + texture.shape[1]] = texture
                if level + 1 < LEVELS:
                    half = cv2.resize(texture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
                    texture = np.asarray(half, np.uint8)
        self._x0, self._y0 = (np.array(side, np.float32) for side in zip(*origins, strict=True))
        self.width = np.array([t.shape[1] for t in textures], np.float32)
        self.height = np.array([t.shape[0] for t in textures], np.float32)

    def sample(self, index: NDArray[np.intp], u: Field, v: Field, lod: Field) -> Texture:
        """Trilinear samples (H, W, 3) uint8 of texture `index` at `u`, `v` in 0..1 and mip level `lod`, all (H, W)."""
        lod = np.clip(lod, 0, LEVELS - 1.001)
        level = lod.astype(np.intp)
        fine = self._sample_level(index, u, v, level)
        coarse = self._sample_level(index, u, v, level + 1)
        share = lod - level.astype(np.float32)
        return np.asarray(cv2.blendLinear(fine, coarse, 1 - share, share), np.uint8)

    def _sample_level(self, index: NDArray[np.intp], u: Field, v: Field, level: NDArray[np.intp]) -> Texture:
        scale = np.float32(0.5) ** np.arange(LEVELS, dtype=np.float32)
        s = scale.take(level)
        half = np.float32(0.5)
        width, height = self.width.take(index) * s, self.height.take(index) * s
        x = np.clip(u * width, half, width - half) + self._x0.take(index) * s - half
        y = np.clip(v * height, half, height - half) + self._y0.take(index) * s + self._below.take(level) - half
        return np.asarray(cv2.remap(self._pixels, x, y, cv2.INTER_LINEAR), np.uint8)
