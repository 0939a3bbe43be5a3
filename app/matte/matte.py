"""Mattes that follow the outlines of the pictures they belong to."""

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.frame import Pixels
from allaprima.app.depth.depth import Plane

REACH = 5
"""Cells, in every direction, among which a cell looks for those of its colour."""
FLAT = 0.04
"""Contrast of a colour, 0..1, that is noise rather than an outline."""
LOW, HIGH = 0.15, 0.75
"""Shares after the filter that are nothing and all: it blurs, and no haze is left."""

Coefficients = NDArray[np.float32]
"""(2, rows, columns, 4), left eye first: over a cell, a pixel (r, g, b) 0..1 has the share r x + g y + b z + w, cut to
0..1, between cells interpolated.
"""


def fitted(shares: Plane, weights: Plane, left: Pixels, right: Pixels) -> Coefficients:
    """The matte that has `shares` (2, rows, columns) 0..1, counting by `weights` (2, rows, columns) > 0, and changes
    where the pictures (H, W, 3) do: a guided filter by colour (He 2010), whose last step the pixels do.
    """
    return np.stack([_fitted(*eye) for eye in zip(shares, weights, (left, right), strict=True)])


def alphas(matte: Coefficients, pictures: NDArray[np.uint8]) -> Plane:
    """The shares (2, H, W) 0..1 of the pixels of `pictures` (2, H, W, 3)."""
    return np.stack([_alpha(*eye) for eye in zip(matte, pictures, strict=True)])


def mixed(under: NDArray[np.uint8], over: NDArray[np.uint8], alpha: Plane) -> NDArray[np.uint8]:
    """`over` where `alpha` (2, H, W) is 1, `under` where it is 0; both (2, H, W, 3), as the fresh result."""
    pairs = zip(under, over, alpha, strict=True)
    return np.stack([cv2.blendLinear(below, above, 1 - share, share) for below, above, share in pairs])


def shrunk(picture: Pixels, size: tuple[int, int]) -> Pixels:
    """`picture` (H, W, 3) at `size` (width, height)."""
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _fitted(share: Plane, weight: Plane, picture: Pixels) -> NDArray[np.float32]:
    rows, columns = share.shape
    guide = shrunk(picture, (columns, rows)).astype(np.float32) * np.float32(1 / 255)
    r, g, b = cv2.split(guide)
    weighted = [weight * plane for plane in (r, g, b)]
    wr, wg, wb = weighted
    planes = (weight, *weighted, weight * share, wr * r, wr * g, wr * b, wg * g, wg * b, wb * b)
    total, *sums = _means(planes + tuple(share * plane for plane in weighted))
    scale = 1 / total
    mr, mg, mb, mean, rr, rg, rb, gg, gb, bb, sr, sg, sb = (plane * scale for plane in sums)
    noise = np.float32(FLAT * FLAT)
    rr, gg, bb = rr - mr * mr + noise, gg - mg * mg + noise, bb - mb * mb + noise
    rg, rb, gb = rg - mr * mg, rb - mr * mb, gb - mg * mb
    sr, sg, sb = sr - mr * mean, sg - mg * mean, sb - mb * mean
    # The symmetric matrix of the colours' covariance is inverted by its cofactors.
    a, d, e = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    f, h, i = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    per = 1 / np.maximum(rr * a + rg * d + rb * e, np.float32(1e-12))
    x, y, z = (a * sr + d * sg + e * sb) * per, (d * sr + f * sg + h * sb) * per, (e * sr + h * sg + i * sb) * per
    level = mean - x * mr - y * mg - z * mb
    after, *blurred = _means((total, total * x, total * y, total * z, total * level))
    matte = cv2.merge([plane / (after * np.float32(HIGH - LOW)) for plane in blurred])
    matte[..., 3] -= LOW / (HIGH - LOW)
    return matte


def _means(planes: tuple[NDArray[np.floating], ...]) -> list[Plane]:
    """The means of each of `planes` (rows, columns) over a cell's neighbours."""
    side = 2 * REACH + 1
    return [cv2.boxFilter(plane, -1, (side, side)) for plane in planes]


def _alpha(matte: NDArray[np.float32], picture: Pixels) -> Plane:
    size = picture.shape[1], picture.shape[0]
    colour, level = (cv2.resize(part, size) for part in (matte[..., :3], matte[..., 3]))
    shares = cv2.multiply(colour, picture, scale=1 / 255, dtype=cv2.CV_32F)
    return np.clip(cv2.transform(shares, np.ones((1, 3), np.float32)) + level, 0, 1)
