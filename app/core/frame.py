"""The program's frames. A frame carries everything known at capture."""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.pose import Pose
from allaprima.app.core.stamps import Stamps

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB 0..255, row 0 at the top, C-contiguous. The only pixel layout of the program:
decoders convert to it, encoders and uploads convert from it."""

Eye = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One camera's picture: `pixels` (H, W, 3) RGB, grabbed at `t_ns`, the `seq`-th of its camera; `head_pose`
    head-to-world at `t_ns` if the camera knows it.
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
    `t_ns` if the source knows it. `recorded_ns` is `t_ns` on the clock of the played recording; None for live pairs.
    `held` is the eye whose camera skipped this moment: its picture is that of the previous pair; if it is the left
    eye, `t_ns` is the right grab.
    """

    left: Pixels
    right: Pixels
    seq: int
    t_ns: int
    skew_ns: int = 0
    head_pose: Pose | None = None
    stamps: Stamps = field(default_factory=Stamps)
    recorded_ns: int | None = None
    held: Eye | None = None

    @property
    def grabs_ns(self) -> tuple[int, int]:
        """Grab times of the left and the right picture."""
        left_ns = self.t_ns - self.skew_ns if self.held == "left" else self.t_ns
        return left_ns, left_ns + self.skew_ns

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of each picture."""
        return self.left.shape[1], self.left.shape[0]


class DevicePair(Protocol):
    """A painted pair in the memory of a GPU, for drawing there without a fetch."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(2, H, W, 3), the shape after a fetch."""

    @property
    def address(self) -> int:
        """CUDA's address of it: (2, H, W, 4) uint8 RGBA, left eye first, row 0 at the top, without gaps."""

    @property
    def queue(self) -> int:
        """The CUDA stream to read it in."""

    @property
    def ready(self) -> int:
        """The CUDA event after which it is painted."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.uint8]:
        """`np.asarray(pair)`: fetched, (2, H, W, 3) uint8 RGB."""


Painted = NDArray[np.uint8] | DevicePair
"""A painted pair (2, H, W, 3) uint8 RGB, left eye first. `np.asarray` gives the pixels, wherever they are."""


@dataclass(frozen=True, slots=True)
class StyledFrame:
    """The painted pair, and the pair it was painted from.

    Both have the same field of view, though `pixels` are fewer with larger strokes (`stroke_size`, 1 is as trained).
    `style` is the name to show; `stamps` are the source's and the later ones. `matte` (2, rows, columns, 4) says what
    is left unpainted (`app.matte.matte`); None is nothing.
    """

    pixels: Painted
    source: StereoFrame
    style: str
    stamps: Stamps
    stroke_size: float = 1.0
    matte: NDArray[np.float32] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of each painted picture."""
        return self.pixels.shape[2], self.pixels.shape[1]
