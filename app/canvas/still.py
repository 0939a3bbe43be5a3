"""The canvas of a still picture: fixed to the picture."""

import numpy as np

from allaprima.app.canvas.canvas import Field, Size
from allaprima.app.canvas.noise import plane_noise
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose


def still_canvas(channels: int, size: Size, seed: int = 0) -> Field:
    """The same noise for both eyes, for a picture of `size` (width, height). Read-only."""
    plane = plane_noise(channels, size[0] // 2, size[1] // 2, 1.0, seed)
    return np.broadcast_to(plane, (2, *plane.shape))


class StillCanvas:
    """A `Canvas` for single pictures, which have neither a second eye nor a next moment."""

    def __init__(self, channels: int, seed: int = 0) -> None:
        self._channels, self._seed = channels, seed

    def at(self, pair: StereoFrame, size: Size, head: Pose | None, stroke_size: float = 1.0) -> Field:
        return still_canvas(self._channels, size, self._seed)
