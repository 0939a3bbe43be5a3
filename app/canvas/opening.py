"""Which canvas a source gets."""

from __future__ import annotations

from allaprima.app.canvas.canvas import Field, Size
from allaprima.app.canvas.flow import FlowCanvas
from allaprima.app.canvas.world import WorldCanvas
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import StereoRig


class AutoCanvas:
    """A `Canvas` that hangs in the world where the head's pose is known, and is carried by flow where it is not."""

    def __init__(self, channels: int, rig: StereoRig, full: Size, distance_m: float, seed: int = 0) -> None:
        """`rig` are the cameras, `full` (width, height) is painted at with strokes of size 1, `distance_m` is how far
        away everything is taken to be.
        """
        self._world = WorldCanvas(channels, rig, full, distance_m, seed)
        self._flow = FlowCanvas(channels, full, seed)

    def at(self, pair: StereoFrame, size: Size, head: Pose | None, stroke_size: float = 1.0) -> Field:
        return (self._world if head is not None else self._flow).at(pair, size, head, stroke_size)
