"""What is exactly true of a frame: depth, disparity, optical flow, and what is seen from elsewhere.

Nothing is estimated: the point behind every pixel is known, is carried along with its body, projected into the other
view, and a ray is sent to that very place to see whether something stands in front.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.frame import Eye
from allaprima.app.core.pose import Pose
from allaprima.app.sources.synthetic.camera import Camera, GridRays, PointRays
from allaprima.app.sources.synthetic.path import head_path, phase_of
from allaprima.app.sources.synthetic.renderer import Renderer
from allaprima.app.sources.synthetic.scene import STATIC, Vectors
from allaprima.app.sources.synthetic.tracer import trace

SAME = 2e-3
"""Relative difference of depth up to which two rays meet the same point."""

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EyeTruth:
    """Of one eye's picture, all (H, W) or (H, W, 2) at its pixel centres.

    `depth` metres along the optical axis. `disparity` in pixels, positive: the point at (x, y) here is at x - disparity
    in the right picture when this is the left one, at x + disparity in the left one when this is the right one.
    `flow_back` (dx, dy) in pixels, y down: the point at (x, y) was at (x + dx, y + dy) in frame n - 1;
    `flow_forward` the same for n + 1. The masks say where that place is inside the other picture and not hidden there.
    """

    depth: Plane
    disparity: Plane
    seen_by_other_eye: Mask
    flow_back: Plane
    seen_before: Mask
    flow_forward: Plane
    seen_after: Mask


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Both eyes of frame `seq`, and the head-to-world pose they were seen from."""

    seq: int
    left: EyeTruth
    right: EyeTruth
    head_pose: Pose


def ground_truth(renderer: Renderer, frame: int) -> GroundTruth:
    """The truth of frame `frame` of the loop that `renderer` draws."""
    head = head_path(renderer.stage.seed, phase_of(frame))
    return GroundTruth(frame, _eye(renderer, frame, "left"), _eye(renderer, frame, "right"), head)


def _eye(renderer: Renderer, frame: int, eye: Eye) -> EyeTruth:
    scene = renderer.stage.scene
    camera, placed = renderer.camera(frame, eye), scene.at(phase_of(frame))
    hits = trace(scene, placed, camera, GridRays(camera))
    depth = 1 / hits.inverse_depth.astype(np.float64)
    rows, columns = np.mgrid[: camera.size[1], : camera.size[0]].astype(np.float64)
    right, up = camera.tangents(columns, rows)
    local = np.stack((right, up, -np.ones_like(right)), -1) * depth[..., None]
    points = local @ camera.matrix[:3, :3].T + camera.matrix[:3, 3]
    body = scene.body_of()[hits.index]

    def seen_at(other: Camera, when: int) -> tuple[Vectors, Vectors, Mask]:
        then = scene.at(phase_of(when))
        moved = points.copy()
        for number in np.unique(body[body != STATIC]):
            there = body == number
            step = then.bodies[number] @ np.linalg.inv(placed.bodies[number])
            moved[there] = points[there] @ step[:3, :3].T + step[:3, 3]
        x, y, z = other.project(moved)
        inside = (x >= 0) & (x <= other.size[0] - 1) & (y >= 0) & (y <= other.size[1] - 1) & (z > 0)
        front = trace(scene, then, other, PointRays(other, x[inside], y[inside]))
        seen = np.zeros(inside.shape, bool)
        seen[inside] = front.inverse_depth * z[inside] < 1 + SAME
        return x - columns, y - rows, seen

    mate: Eye = "right" if eye == "left" else "left"
    across, _, seen_by_mate = seen_at(renderer.camera(frame, mate), frame)
    *back, before = seen_at(renderer.camera(frame - 1, eye), frame - 1)
    *forward, after = seen_at(renderer.camera(frame + 1, eye), frame + 1)
    return EyeTruth(
        depth.astype(np.float32),
        np.abs(across).astype(np.float32),
        seen_by_mate,
        np.stack(back, -1).astype(np.float32),
        before,
        np.stack(forward, -1).astype(np.float32),
        after,
    )
