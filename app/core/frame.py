"""Pictures on their way through the program. A frame carries everything known at capture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.pose import Pose
from allaprima.app.core.stamps import Stamps

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB 0..255, row 0 at the top, C-contiguous. The one pixel layout of the whole program:
whoever decodes converts to it, whoever encodes or uploads converts from it."""

Eye = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One camera's picture: `pixels` (H, W, 3) RGB, grabbed at `t_ns`, the `seq`-th of its camera; `head_pose`
    head-to-world at `t_ns` where the camera knows it.
    """

    pixels: Pixels
    t_ns: int
    seq: int
    eye: Eye
    head_pose: Pose | None = None


@dataclass(frozen=True, slots=True)
class StereoFrame:
    """Two pictures of one moment, of the same size.

    `t_ns` the left grab, `skew_ns` right minus left, `seq` counts pairs from 0, `head_pose` head-to-world at
    `t_ns` where the source knows it. `recorded_ns` is the left grab on the clock of the recording that this is played
    from; None for what is seen now.
    """

    left: Pixels
    right: Pixels
    seq: int
    t_ns: int
    skew_ns: int = 0
    head_pose: Pose | None = None
    stamps: Stamps = field(default_factory=Stamps)
    recorded_ns: int | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of each picture."""
        return self.left.shape[1], self.left.shape[0]


@dataclass(frozen=True, slots=True)
class StyledFrame:
    """The painted pair, `pixels` (2, H, W, 3) RGB with the left eye first, and the pair it was painted from.

    Both show the same field of view, though `pixels` are fewer where its strokes are larger (`stroke_size`, 1 being as
    trained). `style` is the name to show; `stamps` are the source's and what came since.
    """

    pixels: NDArray[np.uint8]
    source: StereoFrame
    style: str
    stamps: Stamps
    stroke_size: float = 1.0

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of each painted picture."""
        return self.pixels.shape[2], self.pixels.shape[1]
