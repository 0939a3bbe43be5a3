"""Chooses the canvas of a source."""

from allaprima.app.canvas.canvas import Field, Size
from allaprima.app.canvas.flow import FlowCanvas
from allaprima.app.canvas.surface import DepthOf
from allaprima.app.canvas.world import WorldCanvas
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import StereoRig


class AutoCanvas:
    """A `Canvas` fixed to the world, on its surfaces as far as depth is known, if the source has head poses, and moved
    by optical flow if it never had one.

    A pose that is missing now and then is replaced by the last one: a change of the kind of canvas would be visible.
    """

    def __init__(
        self,
        channels: int,
        rig: StereoRig,
        full: Size,
        distance_m: float,
        seed: int = 0,
        depth_of: DepthOf | None = None,
    ) -> None:
        """`rig` are the cameras, `full` (width, height) is the painted size for strokes of size 1, `distance_m` is the
        assumed distance of everything of which `depth_of` knows nothing.
        """
        self._world = WorldCanvas(channels, rig, full, distance_m, seed, depth_of)
        self._flow = FlowCanvas(channels, full, seed)
        self._head: Pose | None = None

    def at(self, pair: StereoFrame, size: Size, head: Pose | None, stroke_size: float = 1.0) -> Field:
        self._head = head or self._head
        return (self._world if self._head else self._flow).at(pair, size, self._head, stroke_size)
