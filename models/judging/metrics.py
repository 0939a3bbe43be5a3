"""Measures of a painted picture's stability and of its character as a painting, as functions of arrays.

Pictures are (H, W, 3) RGB, uint8 0..255 or float 0..1; errors are in 0..1. No measure is enough alone: a grey picture
is perfectly stable, so read stability beside `output_std` and the style distance (`models/judging/judge.py`).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8] | NDArray[np.float32]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


WEAK = 0.3
"""Style distance, as a share of the unpainted photo's, that no mere recolouring comes near: of the sixteen paintings,
photos given a painting's mean and covariance of colours lie at 0.63 (The Starry Night) and above.
"""
BLANK, TINT = 0.08, 0.8
"""Contrast (`output_std`) below which a picture is blank; `tint_share` above which it is no more than recoloured."""


SEEN = 1.5 / 255
"""Root of the variance, summed over the three colours, of detail that is too faint to be seen."""


def to_float(picture: Picture) -> Floats:
    """float32 0..1 of either kind of picture."""
    return picture.astype(np.float32) / np.float32(255) if picture.dtype == np.uint8 else picture.astype(np.float32)


def rmse(a: Picture, b: Picture) -> float:
    """Root mean squared difference over pixels and colours."""
    return float(np.sqrt(np.square(to_float(a) - to_float(b)).mean()))


# Stability in time and between the eyes


def warp(picture: Picture, flow: Floats) -> Floats:
    """`picture` fetched at (x + flow[..., 0], y + flow[..., 1]) for every pixel, bicubic: (H, W, 3) float.

    Not bilinear: its blur alone would cost 0.01 to 0.02 and hide what is measured.
    """
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
    return np.asarray(
        cv2.remap(
            to_float(picture), x + flow[..., 0], y + flow[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        ),
        np.float32,
    )


def warped_error(picture: Picture, other: Picture, flow: Floats, seen: Mask) -> float:
    """RMSE between `picture` and `other` brought onto it by the true `flow`, over the pixels that both see.

    With the flow to an earlier frame this is e_stab (the temporal error of Ruder, Dosovitskiy & Brox 2016, "Artistic
    Style Transfer for Videos"; lag 1 for flicker, lag 10 for slow changes), with the disparity e_view (Chen et al.
    2018, "Stereoscopic Neural Style Transfer"). The mean is over `seen` and not over all pixels, so that a scene in
    which much is hidden is not stabler for it. `flow` (H, W, 2) pixels (dx, dy); `seen` (H, W). ValueError if nothing
    is seen.
    """
    if not seen.any():
        raise ValueError("no pixel is seen in both pictures")
    return float(np.sqrt(np.square(to_float(picture) - warp(other, flow))[seen].mean()))


def shift_error(first: Picture, second: Picture, shift: tuple[int, int], border: int) -> float:
    """RMSE of two painted crops of one picture, the second taken `shift` = (dx, dy) >= 0 whole pixels further right and
    down, where they show the same and at least `border` pixels from any edge.

    0 for a network that is equivariant to shifts (Zhang 2019, "Making Convolutional Networks Shift-Invariant Again").
    """
    dx, dy = shift
    height, width = first.shape[:2]
    a = first[dy + border : height - border, dx + border : width - border]
    b = second[border : height - dy - border, border : width - dx - border]
    return rmse(a, b)


def with_noise(picture: NDArray[np.uint8], sigma: float, seed: int) -> NDArray[np.uint8]:
    """`picture` with Gaussian noise of standard deviation `sigma` in levels of 255, like a sensor's, rounded once."""
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def with_exposure(picture: NDArray[np.uint8], gain: float) -> NDArray[np.uint8]:
    """`picture` brightened by the factor `gain`, as automatic exposure does it."""
    return np.clip(np.rint(picture * np.float32(gain)), 0, 255).astype(np.uint8)


# Whether two painted eyes still fuse


def stereo_disparity(left: NDArray[np.uint8], right: NDArray[np.uint8], most: float) -> Floats:
    """(H, W) disparity of the left picture in pixels by semi-global matching (Hirschmueller 2008), negative where none
    was found. One fixed matcher, without filters that would hide its failures; searches up to `most` pixels and 8 more.
    """
    block = 5
    matcher = cv2.StereoSGBM.create(
        minDisparity=0,
        numDisparities=_searched(most),
        blockSize=block,
        P1=8 * 3 * block**2,
        P2=32 * 3 * block**2,
        mode=cv2.StereoSGBM_MODE_SGBM_3WAY,
    )
    return np.asarray(matcher.compute(left, right), np.float32) / np.float32(16)


def bad_pixels(found: Floats, disparity: Floats, seen: Mask, threshold: float = 2.0) -> float:
    """Percent of the seen pixels whose `found` disparity is more than `threshold` pixels from the true one or missing
    ("bad-2" of Scharstein & Szeliski 2002). Columns at the left, where the matcher can find nothing, do not count.
    """
    judged = seen.copy()
    judged[:, : _searched(float(disparity[seen].max(initial=0)))] = False
    if not judged.any():
        raise ValueError("the pictures are too narrow for their disparities")
    return float(100 * (np.abs(found - disparity)[judged] > threshold).mean())


def _searched(most: float) -> int:
    return 16 * int(np.ceil((most + 8) / 16))


# Whether it is a painting


def output_std(picture: Picture) -> float:
    """Contrast: the standard deviation over pixels, root mean square over the colours. 0 is a blank picture."""
    return float(np.sqrt(to_float(picture).reshape(-1, 3).var(0).mean()))


def tint_share(photo: Picture, painted: Picture) -> float:
    """Share of the painted picture's variance that the best tint, any affine map of the photo's colours, explains."""
    before, wanted = (to_float(p).reshape(-1, 3).astype(np.float64) for p in (photo, painted))
    colours = np.c_[before, np.ones(len(before))]
    best = np.linalg.lstsq(colours.T @ colours, colours.T @ wanted, rcond=None)[0]  # 4 x 4: a grey photo has no inverse
    unexplained = wanted - colours @ best
    return float(1 - unexplained.var(0).sum() / max(1e-12, float(wanted.var(0).sum())))


def grid_share(picture: Picture, cell: int) -> float:
    """Share of the fine detail that repeats with cells of `cell` pixels, in the flattest third of all windows of 7 x 7
    cells, where a faint grid is seen: about 0.02 for what falls anywhere, 1 for a grid (Odena, Dumoulin & Olah 2016,
    "Deconvolution and Checkerboard Artifacts"). Detail fainter than `SEEN` hardly counts. ValueError for a picture
    smaller than one window.
    """
    pixels, window = to_float(picture), 7 * cell
    rows, columns = pixels.shape[0] // window, pixels.shape[1] // window
    if not rows * columns:
        raise ValueError(f"a picture of {pixels.shape[1]}x{pixels.shape[0]} holds no window of {window} pixels")
    fine = pixels - cv2.blur(pixels, (9, 9))
    cells = fine[: rows * window, : columns * window].reshape(rows, 7, cell, columns, 7, cell, 3)
    pattern = np.square(cells.mean((1, 4))).mean((1, 3)).sum(2)
    detail = np.square(cells).mean((1, 2, 4, 5)).sum(2)
    flat = detail <= np.quantile(detail, 0.3)
    return float((pattern[flat] / (detail[flat] + SEEN**2)).mean())


def border_step(first: Picture, second: Picture, shift: int, width: int = 4) -> float:
    """Strength of a frame painted around the picture: the outermost `width` pixels of each edge against the same places
    painted `shift` pixels further inside, averaged along the edge, where strokes even out and a frame does not.

    `first` and `second` are painted crops of one picture, the second taken `shift` pixels further right and down. The
    largest difference of colour over the four edges.
    """
    a, b = to_float(first), to_float(second)
    over, near = slice(shift, None), slice(None, -shift)  # where both show the same
    a, b = a[over, over], b[near, near]
    edges = (
        (a[:, :width], b[:, :width]),
        (a[:width], b[:width]),
        (a[:, -width:], b[:, -width:]),
        (a[-width:], b[-width:]),
    )
    return max(float(np.abs((p - q).mean((0, 1))).max()) for p, q in edges)


def outline_kept(photo: Picture, painted: Picture) -> float:
    """Correlation of the large edges before and after, independent of the colours on their sides: 1 for the photo
    itself; a blank picture has no correlation.
    """
    before, after = _outline(photo).ravel(), _outline(painted).ravel()
    if not before.std() * after.std():
        return 0.0
    return float(np.corrcoef(before, after)[0, 1])


def _outline(picture: Picture) -> Floats:
    small = cv2.resize(cv2.GaussianBlur(to_float(picture), (0, 0), 3), (80, 60), interpolation=cv2.INTER_AREA)
    dy, dx = np.gradient(small, axis=(0, 1))
    return np.asarray(np.hypot(dx, dy).sum(2), np.float32)
