"""Light baked into what stands still: sun through the window, the window as an area, the lamp, corners that darken."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.sources.synthetic.noise import Field
from allaprima.app.sources.synthetic.scene import Occluder, Quad, Vectors

COARSE_M, FINE_M = 0.09, 0.014
"""Distance of the points where soft light and sunlight are computed."""


@dataclass(frozen=True, slots=True)
class Window:
    """An opening in the wall at `x`, spanning `y` and `z`, with so many panes."""

    x: float
    y: tuple[float, float]
    z: tuple[float, float]
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Lights:
    """Where the light comes from; colours are linear RGB irradiances."""

    window: Window
    to_sun: Vectors
    lamp: Vectors
    sun_colour: tuple[float, float, float] = (3.4, 2.75, 1.8)
    sky_colour: tuple[float, float, float] = (0.9, 0.98, 1.1)
    lamp_colour: tuple[float, float, float] = (0.95, 0.62, 0.30)
    ambient_up: tuple[float, float, float] = (0.33, 0.34, 0.39)
    ambient_down: tuple[float, float, float] = (0.40, 0.34, 0.29)


def blocked(points: Field, directions: Field, reach: float, occluders: list[Occluder]) -> NDArray[np.bool_]:
    """Whether a box stands within `reach` lengths of `directions` (N, 3) from `points` (N, 3)."""
    hit = np.zeros(len(points), bool)
    tiny = np.float32(1e-7)
    for box in occluders:
        c, s = np.float32(np.cos(box.yaw)), np.float32(np.sin(box.yaw))
        p, d = points - box.centre.astype(np.float32), directions
        enter, leave = np.float32(1e-3), np.float32(reach)
        axes = (
            (c * p[:, 0] - s * p[:, 2], c * d[:, 0] - s * d[:, 2]),
            (p[:, 1], d[:, 1]),
            (s * p[:, 0] + c * p[:, 2], s * d[:, 0] + c * d[:, 2]),
        )
        for (at, along), half in zip(axes, box.half.astype(np.float32), strict=True):
            inverse = 1 / np.where(np.abs(along) < tiny, tiny, along)
            middle, spread = -at * inverse, np.abs(inverse) * half
            enter, leave = np.maximum(enter, middle - spread), np.minimum(leave, middle + spread)
        hit |= enter < leave
    return hit


def _points(quad: Quad, spacing: float) -> tuple[tuple[int, int], Field]:
    """(columns, rows) and (rows * columns, 3) points in front of a quad, about `spacing` metres apart."""
    columns, rows = (int(np.clip(np.linalg.norm(s) / spacing, 2, 400)) for s in (quad.across, quad.down))
    u, v = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
    at = quad.corner + u.reshape(-1, 1) * quad.across + v.reshape(-1, 1) * quad.down + 2e-3 * quad.normal
    return (columns, rows), at.astype(np.float32)


def _soft(points: Field, normals: Field, lights: Lights, occluders: list[Occluder], rng: np.random.Generator) -> Field:
    """Ambient with occlusion, window and lamp, (N, 3)."""
    rise = 0.5 + 0.5 * normals[:, 1:2]
    ambient = rise * np.array(lights.ambient_up, np.float32) + (1 - rise) * np.array(lights.ambient_down, np.float32)
    open_sky = np.zeros(len(points), np.float32)
    samples = rng.normal(size=(28, 3)).astype(np.float32)
    samples /= np.linalg.norm(samples, axis=1, keepdims=True)
    for sample in samples:  # cosine-weighted: the normal plus a point of the unit sphere
        way = normals + sample * np.float32(0.98)
        away = points + way * np.float32(0.9)
        outside = (
            (np.abs(away[:, 0]) > 2.6)
            | (away[:, 1] < 0)
            | (away[:, 1] > 2.75)
            | (away[:, 2] < -3.6)
            | (away[:, 2] > 2.4)
        )
        open_sky += 1 - np.maximum(blocked(points, way, 0.9, occluders), outside * np.float32(0.8))
    light = ambient * ((0.25 + 0.75 * open_sky / len(samples))[:, None]) ** np.float32(1.25)
    w = lights.window
    area = (w.y[1] - w.y[0]) * (w.z[1] - w.z[0])
    for j in range(4):
        for k in range(4):
            spot = (w.x + 0.05, np.interp((j + 0.5) / 4, (0, 1), w.y), np.interp((k + 0.5) / 4, (0, 1), w.z))
            way = np.array(spot, np.float32) - points
            squared = np.maximum((way**2).sum(1), 0.08)
            facing = np.maximum((way * normals).sum(1), 0) * np.maximum(-way[:, 0], 0)
            seen = ~blocked(points, way, 0.98, occluders)
            light += (facing / squared**2 * area / 16 * 1.1 * seen)[:, None] * np.array(lights.sky_colour, np.float32)
    way = lights.lamp.astype(np.float32) - points
    squared = (way**2).sum(1) + np.float32(0.15)
    lit = np.maximum((way * normals).sum(1), 0) / squared**1.5 * ~blocked(points, way, 0.9, occluders)
    return light + (lit * 0.9)[:, None] * np.array(lights.lamp_colour, np.float32)


def _sun(points: Field, normal: Vectors, lights: Lights, occluders: list[Occluder]) -> Field:
    """Sunlight through the panes, (N,) 0..cosine."""
    sun, w = lights.to_sun.astype(np.float32), lights.window
    cosine = float(normal @ lights.to_sun)
    if cosine <= 0:
        return np.zeros(len(points), np.float32)
    t = (np.float32(w.x) - points[:, 0]) / sun[0]
    y = (points[:, 1] + t * sun[1] - w.y[0]) / (w.y[1] - w.y[0])
    z = (points[:, 2] + t * sun[2] - w.z[0]) / (w.z[1] - w.z[0])
    through = (t > 0) & (y > 0) & (y < 1) & (z > 0) & (z < 1)
    through &= (np.abs(y * w.rows - np.round(y * w.rows)) > 0.05) & (
        np.abs(z * w.columns - np.round(z * w.columns)) > 0.04
    )
    lit = np.flatnonzero(through)
    out = np.zeros(len(points), np.float32)
    out[lit] = cosine * ~blocked(points[lit], np.broadcast_to(sun, (len(lit), 3)), 20.0, occluders)
    return out


def bake(quads: list[Quad], lights: Lights, occluders: list[Occluder], seed: int) -> list[Field]:
    """Irradiance of each quad, (rows, columns, 3) float32 linear RGB, on a grid of its own."""
    rng = np.random.default_rng(seed)
    grids = [_points(q, COARSE_M) for q in quads]
    points = np.concatenate([at for _, at in grids])
    normals = np.concatenate(
        [np.tile(q.normal.astype(np.float32), (len(at), 1)) for q, (_, at) in zip(quads, grids, strict=True)]
    )
    soft = np.split(_soft(points, normals, lights, occluders, rng), np.cumsum([len(at) for _, at in grids])[:-1])
    baked: list[Field] = []
    for quad, ((columns, rows), _), light in zip(quads, grids, soft, strict=True):
        coarse = (
            cv2.blur(light.reshape(rows, columns, 3), (3, 3))
            if min(rows, columns) > 6
            else light.reshape(rows, columns, 3)
        )
        (fine_columns, fine_rows), at = _points(quad, FINE_M)
        sun = _sun(at, quad.normal, lights, occluders).reshape(fine_rows, fine_columns)
        if sun.any():
            coarse = cv2.resize(coarse, (fine_columns, fine_rows), interpolation=cv2.INTER_CUBIC)
            coarse = coarse + cv2.GaussianBlur(sun, (0, 0), 0.8)[..., None] * np.array(lights.sun_colour, np.float32)
        baked.append(np.asarray(coarse, np.float32))
    return baked
