"""How far away everything is, and the protocol of what estimates it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.clock import NS
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView

Plane = NDArray[np.float32]

COLUMNS = 160
"""Columns of the grid; its rows follow from the picture's shape."""
FRESH_S, STALE_S = 0.25, 1.25
"""Ages at which an estimate begins to give way to the assumed distance, and at which nothing of it is left."""


@dataclass(frozen=True, slots=True)
class Depth:
    """What the left camera of one pair sees. `inverse` (rows, columns) is 1 / depth along the optical axis in 1/m at
    the cells' centres, row 0 at the top; `confidence` (rows, columns) 0..1 is the share of measurement in it, the rest
    is the assumed distance. `t_ns` is the pair's stamp, `camera` the left camera's pose in the world, `fov` its field
    of view.
    """

    inverse: Plane
    confidence: Plane
    t_ns: int
    camera: Pose
    fov: FieldOfView

    @property
    def trust(self) -> float:
        """Mean confidence, 0..1."""
        return float(self.confidence.mean())

    def share_at(self, t_ns: int) -> float:
        """How much of it holds at another time, 0..1; the rest is the assumed distance."""
        age_s = abs(t_ns - self.t_ns) / NS
        return min(1.0, max(0.0, (STALE_S - age_s) / (STALE_S - FRESH_S)))


class DepthEstimator(Protocol):
    """Estimates depth from the pairs so far, never from a clock: a replay gives the same. Used from one thread."""

    note: str
    """What is wrong with the pairs, as a text for the wearer; empty if nothing is."""

    def depth(self, pair: StereoFrame, head: Pose | None) -> Depth:
        """The depth of `pair`. `head` is head-to-world at its capture; None leaves the head where it was."""
        ...


def grid_shape(size: tuple[int, int]) -> tuple[int, int]:
    """(rows, columns) of the grid over a picture of `size` (width, height)."""
    return max(2, round(COLUMNS * size[1] / size[0])), COLUMNS
