"""The painting's strokes in the camera's colours."""

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import SettingsError

LUMA = (0.299, 0.587, 0.114)
"""Shares of R, G and B in Y of YIQ and YCbCr (ITU-R BT.601)."""

_BAND = 256  # rows at a time, because a large picture takes many times its size in float32


def keep_colour(painted: NDArray[np.uint8], camera: NDArray[np.uint8], amount: float = 1.0) -> NDArray[np.uint8]:
    """The luma of `painted` with the chroma of `camera`, for files: `view.frag` does the same for the eyes.

    Both are (..., H, W, 3) uint8 RGB of one moment and one size; so is the fresh result. `amount` 0 gives the
    painting, 1 the camera's colours; values between mix them.

    This is the luminance-only transfer of Gatys et al., "Preserving Color in Neural Artistic Style Transfer" (2016),
    applied after the network instead of before it. In YIQ, as in the paper, and also in YCbCr, exchanging only Y means
    adding the difference of the two Ys to R, G and B: no matrix, the same gamma-encoded values as everywhere in the
    program, two dot products per pixel. (CIELAB would cost six cube roots, for a lightness that the painting chooses
    freely anyway.)

    The sum can leave 0..255 if a painting is much darker or lighter than the camera's picture. Clipping R, G and B
    separately would change the hue and flatten the strokes; instead all three are moved towards the grey of the same
    luma, just far enough. So the painting's luma, which carries the strokes, and the camera's hue are exact; only
    saturation is reduced.
    """
    out = np.empty_like(painted)
    for top in range(0, painted.shape[-3], _BAND):
        rows = np.s_[..., top : top + _BAND, :, :]
        out[rows] = _kept(painted[rows].astype(np.float32), camera[rows].astype(np.float32), amount)
    return out


def check_keep_colour(amount: float) -> float:
    """`amount` itself. Raises `SettingsError` outside 0..1."""
    if not 0 <= amount <= 1:
        raise SettingsError(
            f"keep-colour {amount:g} is outside 0..1", "0 is the painting's colours, 1 those that the camera sees"
        )
    return amount


def _kept(painted: NDArray[np.float32], camera: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
    weights = np.array(LUMA, np.float32)
    luma = (painted @ weights)[..., None]  # (..., H, W, 1)
    chroma = camera - (camera @ weights)[..., None]
    room = np.where(chroma > 0, 255 - luma, luma)
    saturation = np.min(room / np.maximum(np.abs(chroma), 1e-3), axis=-1, keepdims=True)
    kept = luma + np.minimum(saturation, 1) * chroma
    mixed: NDArray[np.float32] = np.clip(np.rint(painted + np.float32(amount) * (kept - painted)), 0, 255)
    return mixed
