"""A pinhole camera and the rays through its pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.pose import Matrix
from allaprima.app.core.view import FieldOfView
from allaprima.app.sources.synthetic.scene import Vectors


@dataclass(frozen=True, slots=True)
class Camera:
    """`matrix` (4, 4) camera-to-world. Pixel (0, 0) is the centre of the top left one."""

    matrix: Matrix
    fov: FieldOfView
    size: tuple[int, int]

    @property
    def pixel(self) -> tuple[float, float]:
        """Width and height of a pixel in tangents."""
        return (self.fov.left + self.fov.right) / self.size[0], (self.fov.up + self.fov.down) / self.size[1]

    def tangents(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Vectors, Vectors]:
        """Pixel coordinates to ray tangents (right, up): the ray is (right, up, -1) in the camera's frame."""
        across, down = self.pixel
        return (x + 0.5) * across - self.fov.left, self.fov.up - (y + 0.5) * down

    def project(self, points: Vectors) -> tuple[Vectors, Vectors, Vectors]:
        """World points (..., 3) to pixel x, pixel y and depth in metres along the optical axis."""
        local = (points - self.matrix[:3, 3]) @ self.matrix[:3, :3]
        depth = -local[..., 2]
        safe = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
        across, down = self.pixel
        x = (local[..., 0] / safe + self.fov.left) / across - 0.5
        y = (self.fov.up - local[..., 1] / safe) / down - 0.5
        return x, y, depth


class GridRays:
    """One ray through every pixel centre; boxes of tangents select slices."""

    def __init__(self, camera: Camera) -> None:
        width, height = camera.size
        x, y = camera.tangents(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
        self.shape: tuple[int, ...] = (height, width)
        self._x, self._y = x.astype(np.float32), y.astype(np.float32)

    def within(self, left: float, right: float, down: float, up: float) -> tuple[slice, slice] | None:
        """Index of the rays inside a box of tangents; None when there are none."""
        x0, x1 = np.searchsorted(self._x, (left, right))
        y0, y1 = np.searchsorted(-self._y, (-up, -down))
        return None if x0 >= x1 or y0 >= y1 else (slice(y0, y1), slice(x0, x1))

    def at(self, index: tuple[slice, slice]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Tangents of the selected rays, (1, w) and (h, 1)."""
        return self._x[None, index[1]], self._y[index[0], None]


class PointRays:
    """Rays through any pixel positions; boxes of tangents select by number, fastest where rows come in order."""

    def __init__(self, camera: Camera, x: Vectors, y: Vectors) -> None:
        right, up = camera.tangents(x.astype(np.float64), y.astype(np.float64))
        self.shape: tuple[int, ...] = right.shape
        self._x, self._y = right.astype(np.float32), up.astype(np.float32)
        self._lowest_so_far = -np.minimum.accumulate(self._y)  # negated: ascending, to be searched
        self._highest_to_come = -np.maximum.accumulate(self._y[::-1])[::-1]

    def within(self, left: float, right: float, down: float, up: float) -> NDArray[np.intp] | None:
        """Index of the rays inside a box of tangents; None when there are none."""
        first = int(np.searchsorted(self._lowest_so_far, np.float32(-up)))
        last = int(np.searchsorted(self._highest_to_come, np.float32(-down), "right"))
        x, y = self._x[first:last], self._y[first:last]
        chosen = first + np.flatnonzero((x >= left) & (x <= right) & (y >= down) & (y <= up))
        return chosen if len(chosen) else None

    def at(self, index: NDArray[np.intp]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Tangents of the selected rays, (n,) and (n,)."""
        return self._x[index], self._y[index]
