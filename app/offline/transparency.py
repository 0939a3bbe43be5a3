"""What is painted where a picture is transparent."""

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.frame import Pixels


def filled(pixels: Pixels, alpha: NDArray[np.uint8]) -> Pixels:
    """`pixels` (H, W, 3) RGB uint8 with transparent places coloured like their surroundings, so that strokes at
    the edge do not take up what an editor left there. Push and pull: averages over ever larger places, where nothing
    is nearer.
    """
    share = (alpha >= 128).astype(np.float32)
    if not share.any():
        return pixels
    levels = [(pixels * share[..., None], share)]
    while min(levels[-1][1].shape) > 1:
        colour, weight = levels[-1]
        levels.append((cv2.pyrDown(colour), cv2.pyrDown(weight)))  # type: ignore[arg-type]
    colour, weight = levels[-1]
    below = np.broadcast_to(colour.sum((0, 1)) / max(float(weight.sum()), 1e-6), colour.shape)
    for colour, weight in reversed(levels):
        size = (weight.shape[1], weight.shape[0])
        enlarged = cv2.resize(np.ascontiguousarray(below), size, interpolation=cv2.INTER_LINEAR)
        known = np.minimum(weight, 1)[..., None]
        below = np.where(
            known > 0, colour / np.maximum(weight, 1e-6)[..., None] * known + enlarged * (1 - known), enlarged
        )
    out = np.where(share[..., None] > 0, pixels, below.clip(0, 255) + 0.5).astype(np.uint8)
    out.flags.writeable = False
    return out
