"""The protocol of all canvases."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose

Size = tuple[int, int]
"""(width, height) in pixels."""
Field = NDArray[np.float32]
"""(2, channels, height / 2, width / 2), the left eye first: noise of mean 0 and deviation 1."""

WAVES_PX = (10.0, 28.0)
"""Wavelength of each channel in pixels of the painted picture, as in training (`allaprima.models.networks.canvas`)."""

MAX_IMPASTO = 1.5
"""The strongest canvas in training; 1 is the usual strength."""


class Canvas(Protocol):
    """Noise that moves with the scene, so that strokes which depend on it stay in place.

    A function of the pairs so far and of a seed, never of a clock: a replay gives the same. Used from one thread.
    """

    def at(self, pair: StereoFrame, size: Size, head: Pose | None, stroke_size: float = 1.0) -> Field:
        """The canvas of `pair`, painted at `size` (width, height, multiples of 8) with strokes of `stroke_size`.

        `head` is head-to-world at the pair's capture, None if unknown. The pattern is the same at every `size`, so
        that a change of resolution moves no stroke. Valid until the next call.
        """
