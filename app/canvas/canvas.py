"""The protocol of everything that gives a pair its canvas."""

from __future__ import annotations

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
"""Wavelength of each channel in pixels of the painted picture, as in training (`allaprima.models.canvas`)."""

MAX_IMPASTO = 1.5
"""The strongest canvas that networks are trained on, 1 being the usual one."""


class Canvas(Protocol):
    """Noise that hangs before what is seen, so that strokes keyed to it stay where they are.

    A function of the pairs it was given so far and of a seed, never of a clock: a replay gives the same. Used from one
    thread.
    """

    def at(self, pair: StereoFrame, size: Size, head: Pose | None, stroke_size: float = 1.0) -> Field:
        """The canvas of `pair`, painted at `size` (width, height, multiples of 8) with strokes of `stroke_size`.

        `head` is head-to-world when the pair was taken, None if unknown. The same pattern hangs there at every `size`,
        so that a change of resolution moves no stroke. Valid until the next call.
        """
        ...
