"""Whether the corners that were found are a whole chessboard, or some of the corners of another one."""

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.calibration.camera import Matrix, Points

_NEAR = 0.22  # of a square, from a corner into each of its four squares: outermost squares are often cut to half
_SEEN = 0.3  # of the median contrast: a corner of black and white squares
_IN_SIGHT = 0.6  # of a row that is looked for, the part that must lie in the picture
_ROW = 0.75  # of the corners of a row that must be there for it to be one
_SHARE = 0.9  # the same of all corners
_FEWEST = 3


def is_whole(
    grey: NDArray[np.uint8], pixels: Points, corners: tuple[int, int], with_surroundings: bool = False
) -> bool:
    """Whether `pixels`, found in `grey` (H, W) row by row as a chessboard of `corners` (across, down), are all of its
    corners: each is where four squares meet, and no row or column beside them is one more of the same board.

    Detectors that search too small a board find a part of it, or skip rows; if they search too large a one, they take
    the ends of the outermost squares for corners. `with_surroundings`: the place of another row must be in sight on
    every side, so that there is certainly none.
    """
    across, down = corners
    strength, inside = _strengths(grey, _extended(pixels.reshape(down, across, 2)))
    found = strength[1:-1, 1:-1]
    level = float(np.median(found))
    if level <= 0 or not inside[1:-1, 1:-1].all():
        return False
    seen = strength > _SEEN * level
    if seen[1:-1, 1:-1].mean() < _SHARE or (with_surroundings and not inside.all()):
        return False
    outermost = (seen[1, 1:-1], seen[-2, 1:-1], seen[1:-1, 1], seen[1:-1, -2])
    beyond = ((seen[0], inside[0]), (seen[-1], inside[-1]), (seen[:, 0], inside[:, 0]), (seen[:, -1], inside[:, -1]))
    return all(row.mean() >= _ROW for row in outermost) and not any(_is_row(*row) for row in beyond)


def _extended(grid: Matrix) -> Matrix:
    """(rows + 2, columns + 2, 2): a row or column more on every side, as perspective and lens bend those before it."""
    for axis in (0, 1):
        lines = np.moveaxis(grid, axis, 0)
        first, last = (3 * a - 3 * b + c for a, b, c in (lines[:3], lines[-1:-4:-1]))
        grid = np.moveaxis(np.concatenate([first[None], lines, last[None]]), 0, axis)
    return grid


def _strengths(grey: NDArray[np.uint8], grid: Matrix) -> tuple[Matrix, NDArray[np.bool_]]:
    """Of each place of `grid`, the least contrast between two squares that meet there, counted as negative where they
    are not black and white in turn; and whether its surroundings are in the picture.
    """
    down, across = np.gradient(grid, axis=0), np.gradient(grid, axis=1)
    around = [grid + _NEAR * (y * down + x * across) for y, x in ((-1, -1), (-1, 1), (1, 1), (1, -1))]
    places = np.stack(around).astype(np.float32)  # (4, rows, columns, 2), round the corner
    height, width = grey.shape
    inside = np.logical_and.reduce((places >= 0) & (places <= (width - 1, height - 1)), axis=(0, -1))
    flat = places.reshape(-1, places.shape[2], 2)
    light = cv2.remap(grey, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    light = light.reshape(places.shape[:-1]).astype(float)
    turns = np.where(np.add.outer(*map(np.arange, grid.shape[:2])) % 2, -1.0, 1.0)
    contrasts = turns * (light - np.roll(light, -1, axis=0)) * np.array((1, -1, 1, -1)).reshape(4, 1, 1)
    if np.median(contrasts) < 0:
        contrasts = -contrasts
    return contrasts.min(axis=0), inside


def _is_row(seen: NDArray[np.bool_], inside: NDArray[np.bool_]) -> bool:
    """Whether what lies beyond, without its two ends, is one more row of corners."""
    looked_at = inside[1:-1]
    enough = looked_at.mean() >= _IN_SIGHT and looked_at.sum() >= _FEWEST
    return bool(enough and seen[1:-1][looked_at].mean() >= _ROW)
