"""The exact ground truth of a frame: depth, and where its points are in any other picture of the loop.

Nothing is estimated: the point behind every pixel is known. It is moved with its body and projected into the other
view, and a ray to that place tests whether something hides it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.frame import Eye
from allaprima.app.sources.synthetic.camera import GridRays, PointRays
from allaprima.app.sources.synthetic.path import phase_of
from allaprima.app.sources.synthetic.renderer import Renderer
from allaprima.app.sources.synthetic.scene import STATIC
from allaprima.app.sources.synthetic.tracer import trace

SAME = 2e-3
"""Relative difference of depth up to which two rays meet the same point."""

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Where the points of one picture are in another: `flow` (H, W, 2) pixels (dx, dy), y down, from each pixel's
    centre; `seen` (H, W) where that is inside the other picture and not hidden there.
    """

    flow: Plane
    seen: Mask


class SeenPoints:
    """The points of the room behind the pixels of one eye's picture: `depth` (H, W) metres along the optical axis."""

    def __init__(self, renderer: Renderer, frame: int, eye: Eye) -> None:
        scene, camera = renderer.stage.scene, renderer.camera(frame, eye)
        self._renderer, self._placed = renderer, scene.at(phase_of(frame))
        hits = trace(scene, self._placed, camera, GridRays(camera))
        self.depth = 1 / hits.inverse_depth.astype(np.float64)
        self._rows, self._columns = np.mgrid[: camera.size[1], : camera.size[0]].astype(np.float64)
        right, up = camera.tangents(self._columns, self._rows)
        local = np.stack((right, up, -np.ones_like(right)), -1) * self.depth[..., None]
        self._points = local @ camera.matrix[:3, :3].T + camera.matrix[:3, 3]
        self._body = scene.body_of()[hits.index]

    def at(self, frame: int, eye: Eye) -> Correspondence:
        """Where they are in the picture of `eye` at frame `frame`, any whole number."""
        scene, camera = self._renderer.stage.scene, self._renderer.camera(frame, eye)
        then = scene.at(phase_of(frame))
        moved = self._points.copy()
        for number in np.unique(self._body[self._body != STATIC]):
            there = self._body == number
            step = then.bodies[number] @ np.linalg.inv(self._placed.bodies[number])
            moved[there] = self._points[there] @ step[:3, :3].T + step[:3, 3]
        x, y, z = camera.project(moved)
        inside = (x >= 0) & (x <= camera.size[0] - 1) & (y >= 0) & (y <= camera.size[1] - 1) & (z > 0)
        front = trace(scene, then, camera, PointRays(camera, x[inside], y[inside]))
        seen = np.zeros(inside.shape, bool)
        seen[inside] = front.inverse_depth * z[inside] < 1 + SAME
        return Correspondence(np.stack((x - self._columns, y - self._rows), -1).astype(np.float32), seen)
