"""From a pair of any size to the batch a network takes."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import SettingsError
from allaprima.app.core.frame import Pixels

MULTIPLE = 8
LIVE_SIDE = 640
MIN_SIDE, MAX_SIDE = 64, 4096


def network_size(
    source_size: tuple[int, int], requested: tuple[int, int] | int | None = None, live_side: int = LIVE_SIDE
) -> tuple[int, int]:
    """(width, height) to paint pictures of `source_size` (width, height) at, multiples of 8.

    `requested` is (width, height), taken as it is but for the rounding; or the long side, the other following the
    source's aspect; None keeps the source's size, shrunk to a long side of at most `live_side`.
    Raises `SettingsError` where a side comes out below 64 or above 4096.
    """
    width, height = source_size
    if width < 1 or height < 1:
        raise SettingsError(f"a picture of {width}x{height} cannot be painted", "give pictures with pixels in them")
    if isinstance(requested, tuple):
        wanted: tuple[float, float] = requested
    else:
        side = requested if requested is not None else min(live_side, max(width, height))
        scale = side / max(width, height)
        wanted = width * scale, height * scale
    rounded = tuple(math.floor(side / MULTIPLE + 0.5) * MULTIPLE for side in wanted)
    if min(rounded) < MIN_SIDE or max(rounded) > MAX_SIDE:
        raise SettingsError(
            f"{width}x{height} would be painted at {rounded[0]}x{rounded[1]}; each side must be "
            f"{MIN_SIDE} to {MAX_SIDE} pixels",
            "give another size, like --size 640x480 or --size 640",
        )
    return rounded[0], rounded[1]


class PairBuffer:
    """The one place in memory where both eyes are brought to the network's size."""

    def __init__(self, size: tuple[int, int]) -> None:
        """`size` (width, height) of the network."""
        self.size = size
        self._pixels = np.empty((2, size[1], size[0], 3), np.uint8)

    def fill(self, left: Pixels, right: Pixels) -> NDArray[np.uint8]:
        """(2, H, W, 3) with the left eye first, resized straight into the buffer: valid until the next call."""
        for picture, slot in zip((left, right), self._pixels, strict=True):
            resize_into(picture, slot)
        return self._pixels


def resize_into(picture: Pixels, out: Pixels) -> None:
    """Bring `picture` to the size of `out`, into it: by area when shrinking, else linearly; equal sizes are copied."""
    if picture.shape == out.shape:
        np.copyto(out, picture)
        return
    height, width = out.shape[:2]
    shrinking = height <= picture.shape[0] and width <= picture.shape[1]
    cv2.resize(picture, (width, height), dst=out, interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)
