"""Which canvas a source gets."""

from __future__ import annotations

from allaprima.app.canvas.canvas import Field, Size
from allaprima.app.canvas.flow import FlowCanvas
from allaprima.app.canvas.world import WorldCanvas
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import StereoRig


class AutoCanvas:
    """A `Canvas` that hangs in the world where the head's pose is known, and is carried by flow where it never was.

    A pose that is missing once in a while is taken to be the last one: a canvas that changed its kind would be seen.
    """

    def __init__(self, channels: int, rig: StereoRig, full: Size, distance_m: float, seed: int = 0) -> None:
        """`rig` are the cameras, `full` (width, height) is painted at with strokes of size 1, `distance_m` is how far
        away everything is taken to be.
        """
        self._world = WorldCanvas(channels, rig, full, distance_m, seed)
        self._flow = FlowCanvas(channels, full, seed)
        self._head: Pose | None = None

    def at(self, pair: StereoFrame, size: Size, head: Pose | None, stroke_size: float = 1.0) -> Field:
        self._head = head or self._head
        return (self._world if self._head else self._flow).at(pair, size, self._head, stroke_size)
