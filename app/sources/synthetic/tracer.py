"""Finds what every ray meets first.

A quad's texture coordinates and inverse depth are linear in the ray's tangents up to one division (a homography), so
a quad costs three multiply-adds a ray, and inverse depths compare directly. Spheres solve their quadratic.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allaprima.app.sources.synthetic.camera import Camera, GridRays, PointRays
from allaprima.app.sources.synthetic.noise import Field
from allaprima.app.sources.synthetic.scene import Placed, Scene, Vectors

NEAR = 0.05


@dataclass(frozen=True, slots=True)
class Hits:
    """Per ray: the primitive's number (-1 none), 1 / depth in 1/m, and texture coordinates times 1 / depth."""

    index: NDArray[np.int16]
    inverse_depth: Field
    u: Field
    v: Field


def homographies(placed: Placed, camera: Camera) -> Vectors:
    """(Q, 3, 3) taking (right, up, 1) to (u / depth, v / depth, 1 / depth)."""
    origin = camera.matrix[:3, 3]
    basis = camera.matrix[:3, :3] * (1, 1, -1)  # a ray is right * x + up * y - z
    normal = np.cross(placed.down, placed.across)
    offset = origin - placed.corner
    reach = -np.einsum("qi,qi->q", normal, offset)
    w = (normal @ basis) / np.where(np.abs(reach) < 1e-12, 1e-12, reach)[:, None]
    rows = []
    for side in (placed.across, placed.down):
        squared = np.einsum("qi,qi->q", side, side)[:, None]
        rows.append((np.einsum("qi,qi->q", offset, side)[:, None] * w + side @ basis) / squared)
    return np.stack((rows[0], rows[1], w), 1)


def _boxes(corners: Vectors, camera: Camera) -> tuple[Vectors, NDArray[np.bool_]]:
    """Bounding boxes in tangents (n, 4: left right down up) of (n, k, 3) corners, and whether they can be in view."""
    local = (corners - camera.matrix[:3, 3]) @ camera.matrix[:3, :3]
    depth = -local[..., 2]
    fov = camera.fov
    x, y = local[..., 0], local[..., 1]
    out = (x > fov.right * depth, x < -fov.left * depth, y > fov.up * depth, y < -fov.down * depth, depth < NEAR)
    seen = ~np.any([side.all(1) for side in out], axis=0)
    safe = np.maximum(depth, NEAR)
    x, y = x / safe, y / safe
    box = np.stack((x.min(1), x.max(1), y.min(1), y.max(1)), 1)
    box[(depth < NEAR).any(1)] = (-fov.left - 1, fov.right + 1, -fov.down - 1, fov.up + 1)
    return box, seen


def quads_in_view(placed: Placed, camera: Camera) -> tuple[NDArray[np.intp], Vectors]:
    """Numbers of the quads that face the camera and may be seen, nearest first, and every quad's box in tangents."""
    p, a, d = placed.corner, placed.across, placed.down
    box, seen = _boxes(np.stack((p, p + a, p + d, p + a + d), 1), camera)
    facing = np.einsum("qi,qi->q", np.cross(d, a), camera.matrix[:3, 3] - p) > 1e-9
    distance = np.linalg.norm(p + (a + d) / 2 - camera.matrix[:3, 3], axis=1)
    order = np.argsort(distance)
    return order[(seen & facing)[order]], box


def spheres_in_view(scene: Scene, placed: Placed, camera: Camera) -> tuple[NDArray[np.intp], Vectors]:
    """The same for spheres, by the cubes about them."""
    if not scene.spheres:
        return np.zeros(0, np.intp), np.zeros((0, 4))
    signs = np.array(np.meshgrid((-1, 1), (-1, 1), (-1, 1))).reshape(3, 8).T
    radii = np.array([s.radius for s in scene.spheres])
    box, seen = _boxes(placed.centre[:, None] + radii[:, None, None] * 1.01 * (signs @ camera.matrix[:3, :3].T), camera)
    return np.flatnonzero(seen), box


def trace(
    scene: Scene, placed: Placed, camera: Camera, rays: GridRays | PointRays, only: NDArray[np.bool_] | None = None
) -> Hits:
    """What each ray meets first; `only` says of each primitive whether to try it."""
    hits = Hits(
        np.full(rays.shape, -1, np.int16),
        np.zeros(rays.shape, np.float32),
        np.zeros(rays.shape, np.float32),
        np.zeros(rays.shape, np.float32),
    )
    count = len(scene.quads)
    wanted = np.ones(count + len(scene.spheres), bool) if only is None else only
    homography = homographies(placed, camera).astype(np.float32)
    order, box = quads_in_view(placed, camera)
    for q in order[wanted[order]]:
        index = rays.within(*box[q])
        if index is not None:
            x, y = rays.at(index)  # type: ignore[arg-type]
            u, v, w = ((m[0] * x) + (m[1] * y + m[2]) for m in homography[q])
            inside = (u >= 0) & (u <= w) & (v >= 0) & (v <= w) & (w > hits.inverse_depth[index])
            _write(hits, index, inside, int(q), w, u, v)
    order, box = spheres_in_view(scene, placed, camera)
    for s in order[wanted[count + order]]:
        index = rays.within(*box[s])
        if index is not None:
            x, y = rays.at(index)  # type: ignore[arg-type]
            w, u, v = _sphere(placed.centre[s], placed.turn[s], scene.spheres[s].radius, camera, x, y)
            _write(hits, index, w > hits.inverse_depth[index], count + int(s), w, u * w, v * w)
    return hits


def _write(hits: Hits, index: Any, where: NDArray[np.bool_], number: int, w: Field, u: Field, v: Field) -> None:
    if where.any():
        for buffer, value in ((hits.index, number), (hits.inverse_depth, w), (hits.u, u), (hits.v, v)):
            part = buffer[index]  # a view of a grid, a copy of points
            np.copyto(part, value, where=where)
            buffer[index] = part


def _sphere(
    centre: Vectors, turn: Vectors, radius: float, camera: Camera, x: Field, y: Field
) -> tuple[Field, Field, Field]:
    """Inverse depth (0 where missed) and longitude, latitude in 0..1."""
    c = ((centre - camera.matrix[:3, 3]) @ camera.matrix[:3, :3]).astype(np.float32)  # centre in the camera's frame
    a = x * x + y * y + 1
    b = c[0] * x + c[1] * y - c[2]
    short = np.float32(c @ c - radius * radius)
    root = b * b - a * short
    met = (root > 0) & (b > 0)
    depth = short / np.where(met, b + np.sqrt(np.maximum(root, 0)), 1)  # the stable form of (b - sqrt) / a
    to_local = (camera.matrix[:3, :3].T @ turn).astype(np.float32) / np.float32(radius)
    nx, ny, nz = depth * x - c[0], depth * y - c[1], -depth - c[2]
    lx, ly, lz = (nx * m[0] + ny * m[1] + nz * m[2] for m in to_local.T)
    u = np.arctan2(lx, lz) / np.float32(2 * np.pi) + np.float32(0.5)
    v = np.arccos(np.clip(ly, -1, 1)) / np.float32(np.pi)
    return np.where(met, 1 / np.maximum(depth, np.float32(1e-6)), 0).astype(np.float32), u, v
