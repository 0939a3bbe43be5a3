"""Depth where nothing was measured, and smooth inside objects."""

import cv2
import numpy as np

from allaprima.app.depth.depth import Plane

REACH = 2
"""Cells that a cell is smoothed with in every direction."""
OUTLINE = 1.2
"""Ratio of distances that is the outline of something, not a slant."""
EDGE = 0.03
"""Contrast of grey, 0..1, that is an edge of depth too."""


def filled_from_behind(inverse: Plane, weight: Plane) -> Plane:
    """`inverse` (rows, columns), and where `weight` is 0 the farther one of the nearest cells of the row with any: what
    only one eye sees lies behind what hides it from the other. Rows without any keep what they have.
    """
    known = weight > 0
    if known.all():
        return inverse
    columns = np.arange(inverse.shape[1])
    before = np.maximum.accumulate(np.where(known, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, columns, len(columns))[:, ::-1], axis=1)[:, ::-1]
    rows = np.arange(inverse.shape[0])[:, None]
    left = np.where(before >= 0, inverse[rows, np.maximum(before, 0)], np.inf)
    right = np.where(after < len(columns), inverse[rows, np.minimum(after, len(columns) - 1)], np.inf)
    behind = np.minimum(left, right)
    return np.where(known | ~np.isfinite(behind), inverse, behind).astype(np.float32)


def smoothed(inverse: Plane, weight: Plane, guide: Plane) -> Plane:
    """`inverse` made smooth except across edges of `guide` (grey 0..1), cells counting by `weight` > 0: a guided filter
    (He 2010) with weights.
    """
    total = _sum(weight)
    mean_guide, mean = _sum(weight * guide) / total, _sum(weight * inverse) / total
    spread = _sum(weight * guide * guide) / total - mean_guide * mean_guide
    together = _sum(weight * guide * inverse) / total - mean_guide * mean
    slope = together / (np.maximum(spread, 0) + np.float32(EDGE * EDGE))
    level = mean - slope * mean_guide
    return np.asarray(_sum(slope * total) / _sum(total) * guide + _sum(level * total) / _sum(total), np.float32)


def grown(inverse: Plane) -> Plane:
    """What stands out made wider by a cell on every side: a mesh then stretches what is behind it, not its outline."""
    wider = cv2.dilate(inverse, np.ones((3, 3), np.uint8))
    return np.where(wider > inverse * np.float32(OUTLINE), wider, inverse)


def _sum(plane: Plane) -> Plane:
    side = 2 * REACH + 1
    return np.asarray(cv2.boxFilter(plane, -1, (side, side)), np.float32)
