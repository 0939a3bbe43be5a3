"""Converts a pair of any size to a network's batch."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import SettingsError
from allaprima.app.core.frame import Pixels
from allaprima.calibration.rectify import Rectification

MULTIPLE = 8
LIVE_SIDE = 640
MIN_SIDE, MAX_SIDE = 64, 4096
STROKE_SIZES = (0.5, 0.7, 1.0, 1.4, 2.0)
"""The steps of the keys. Each is about sqrt(2) times the one before, which means half the pixels."""
MIN_STROKE, MAX_STROKE = 0.25, 4.0

Size = tuple[int, int]
"""(width, height) in pixels."""


def network_size(source_size: Size, requested: Size | int | None = None, live_side: int = LIVE_SIDE) -> Size:
    """(width, height) to paint pictures of `source_size` (width, height) at, multiples of 8.

    `requested` is (width, height), which is only rounded; or the long side, with the source's aspect; None keeps the
    source's size, shrunk to a long side of at most `live_side`.
    Raises `SettingsError` if a side is below 64 or above 4096.
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
    rounded = _rounded(wanted)
    if min(rounded) < MIN_SIDE or max(rounded) > MAX_SIDE:
        raise SettingsError(
            f"{width}x{height} would be painted at {rounded[0]}x{rounded[1]}; each side must be "
            f"{MIN_SIDE} to {MAX_SIDE} pixels",
            "give another size, like --size 640x480 or --size 640",
        )
    return rounded


def stroked_size(full: Size, stroke_size: float) -> Size:
    """(width, height) at which a network paints strokes `stroke_size` times as large over a picture of size `full`: the
    sides are divided by `stroke_size` and rounded to multiples of 8.

    Raises `SettingsError` for a stroke size outside 0.25 to 4, or if a side is below 64 or above 4096.
    """
    check_stroke_size(stroke_size)
    size = _rounded((full[0] / stroke_size, full[1] / stroke_size))
    if min(size) < MIN_SIDE or max(size) > MAX_SIDE:
        wrong = "smaller" if min(size) < MIN_SIDE else "larger"
        raise SettingsError(
            f"strokes of size {stroke_size:g} on {full[0]}x{full[1]} would be painted at {size[0]}x{size[1]}; each "
            f"side must be {MIN_SIDE} to {MAX_SIDE} pixels",
            f"choose {wrong} strokes, or give another --size",
        )
    return size


def check_stroke_size(stroke_size: float) -> float:
    """`stroke_size` itself. Raises `SettingsError` outside 0.25 to 4."""
    if not MIN_STROKE <= stroke_size <= MAX_STROKE:
        raise SettingsError(
            f"stroke size {stroke_size:g} is outside {MIN_STROKE:g} to {MAX_STROKE:g}",
            "1 is as trained, 2 twice as large, 0.5 half as large",
        )
    return stroke_size


def stroke_steps(full: Size) -> tuple[float, ...]:
    """The `STROKE_SIZES` that are possible for a picture of size `full`."""

    def possible(stroke_size: float) -> bool:
        try:
            return bool(stroked_size(full, stroke_size))
        except SettingsError:
            return False

    return tuple(stroke_size for stroke_size in STROKE_SIZES if possible(stroke_size))


def _rounded(size: tuple[float, float]) -> Size:
    """The nearest multiples of 8, halves upwards."""
    width, height = (math.floor(side / MULTIPLE + 0.5) * MULTIPLE for side in size)
    return width, height


class PairBuffer:
    """The buffer in which both eyes are resized to the network's size."""

    def __init__(self, size: Size, rectification: Rectification | None = None) -> None:
        """`size` (width, height) of the network. `rectification` is for unrectified pairs; None if they are rectified,
        or the cameras are not calibrated.
        """
        self.size = size
        self._pixels = np.empty((2, size[1], size[0], 3), np.uint8)
        self._ways = rectification.resized(size) if rectification else None

    def fill(self, left: Pixels, right: Pixels) -> NDArray[np.uint8]:
        """(2, H, W, 3) with the left eye first, resized directly into the buffer: valid until the next call."""
        if self._ways:
            self._ways.left.remap(left, out=self._pixels[0])
            self._ways.right.remap(right, out=self._pixels[1])
        else:
            resize_into(left, self._pixels[0])
            resize_into(right, self._pixels[1])
        return self._pixels


def resize_into(picture: Pixels, out: Pixels, enlarging: int = cv2.INTER_LINEAR) -> None:
    """Resize `picture` into `out`: by area when shrinking, else by OpenCV's interpolation `enlarging`; equal sizes are
    copied.
    """
    if picture.shape == out.shape:
        np.copyto(out, picture)
        return
    height, width = out.shape[:2]
    shrinking = height <= picture.shape[0] and width <= picture.shape[1]
    cv2.resize(picture, (width, height), dst=out, interpolation=cv2.INTER_AREA if shrinking else enlarging)
