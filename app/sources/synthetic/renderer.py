"""Draws one eye's view of the room: trace, sample, light, and smooth the edges."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.frame import Eye, Pixels
from allaprima.app.core.view import StereoRig
from allaprima.app.sources.synthetic import room
from allaprima.app.sources.synthetic.atlas import Atlas, texels
from allaprima.app.sources.synthetic.camera import Camera, GridRays, PointRays
from allaprima.app.sources.synthetic.light import bake
from allaprima.app.sources.synthetic.noise import Field, Texture
from allaprima.app.sources.synthetic.path import head_path, phase_of
from allaprima.app.sources.synthetic.scene import STATIC, Placed, Scene, Sphere
from allaprima.app.sources.synthetic.tracer import Hits, homographies, quads_in_view, spheres_in_view, trace

SUBSAMPLES = ((-0.375, -0.125), (-0.125, 0.375), (0.125, -0.375), (0.375, 0.125))
"""Rotated grid, in pixels: offsets of the rays of an edge pixel."""
SOFTEN = 0.15
"""Mip levels coarser than one texel a pixel, because a footprint on an oblique surface is longer than it is wide."""
ROW = 1024


@dataclass(frozen=True, slots=True)
class Stage:
    """A room, painted and lit: independent of picture size and of time."""

    scene: Scene
    atlas: Atlas
    seed: int

    @staticmethod
    @lru_cache(maxsize=1)
    def build(seed: int) -> Stage:
        """Paint all textures and bake the light: some seconds, so the last one is kept (80 MB)."""
        scene = room.build(np.random.default_rng(seed))
        still = [i for i, q in enumerate(scene.quads) if q.body == STATIC and not q.glows]
        baked = dict(
            zip(still, bake([scene.quads[i] for i in still], room.lights(), scene.occluders, seed), strict=True)
        )

        def paint(i: int) -> Texture:
            rng = np.random.default_rng((seed, i))
            if i >= len(scene.quads):
                return scene.spheres[i - len(scene.quads)].material(rng, (512, 256), 256)
            quad = scene.quads[i]
            size = tuple(texels(float(np.linalg.norm(side)), quad.density) for side in (quad.across, quad.down))
            albedo = quad.material(rng, (size[0], size[1]), quad.density)
            if i not in baked:
                return albedo
            gain = np.sqrt(np.maximum(baked[i], 0))  # albedo is stored with gamma 2
            lit = cv2.resize(gain, (size[0], size[1]), interpolation=cv2.INTER_LINEAR)
            return np.asarray(cv2.multiply(albedo, lit, dtype=cv2.CV_8U), np.uint8)

        with ThreadPoolExecutor() as pool:
            textures = list(pool.map(paint, range(len(scene.quads) + len(scene.spheres))))
        return Stage(scene, Atlas(textures), seed)


class Renderer:
    """Pictures of a stage of one size. Stateless between calls, so threads may share it."""

    def __init__(self, stage: Stage, rig: StereoRig, size: tuple[int, int]) -> None:
        self.stage, self.rig, self.size = stage, rig, size
        self._rays = GridRays(self.camera(0, "left"))

    def camera(self, frame: int, eye: Eye) -> Camera:
        view = self.rig.left if eye == "left" else self.rig.right
        head = head_path(self.stage.seed, phase_of(frame))
        return Camera((head @ view.camera_to_head).matrix(), view.fov, self.size)

    def draw(self, frame: int, eye: Eye) -> Pixels:
        """(H, W, 3) uint8 RGB."""
        camera, placed = self.camera(frame, eye), self.stage.scene.at(phase_of(frame))
        hits = trace(self.stage.scene, placed, camera, self._rays)
        picture = self._shade(placed, camera, hits, self._rays)
        ys, xs = np.nonzero(_edges(hits.index))
        if len(ys):
            x, y = (
                (a[:, None] + np.array(d)).ravel() for a, d in zip((xs, ys), zip(*SUBSAMPLES, strict=True), strict=True)
            )
            spare = -len(x) % ROW  # whole rows, because cv2.remap takes pictures, not lists
            points = PointRays(camera, np.pad(x, (0, spare), "edge"), np.pad(y, (0, spare), "edge"))
            shown = np.zeros(len(self.stage.scene.quads) + len(self.stage.scene.spheres), bool)
            shown[hits.index] = True
            fine = trace(self.stage.scene, placed, camera, points, shown)
            shaded = self._shade(placed, camera, fine, points)
            parts = shaded[: len(x)].reshape(len(xs), len(SUBSAMPLES), 3)
            picture[ys, xs] = parts.mean(1, dtype=np.float32) + 0.5
        return picture

    def _shade(self, placed: Placed, camera: Camera, hits: Hits, rays: GridRays | PointRays) -> Pixels:
        shape = (-1, ROW) if hits.index.ndim == 1 else hits.index.shape
        index = hits.index.astype(np.intp).reshape(shape)
        w = np.maximum(hits.inverse_depth, np.float32(1e-3)).reshape(shape)
        lod = self._lod_constants(placed, camera).take(index) - np.float32(1.5) * np.log2(w)
        picture = self.stage.atlas.sample(index, hits.u.reshape(shape) / w, hits.v.reshape(shape) / w, lod)
        picture = picture.reshape(*hits.index.shape, 3)
        self._light_moving(picture, placed, camera, hits, rays)
        return picture

    def _lod_constants(self, placed: Placed, camera: Camera) -> Field:
        """Per primitive c with mip level = c - 1.5 log2(1 / depth): texel area under a pixel goes with depth cubed."""
        scene, atlas = self.stage.scene, self.stage.atlas
        texel_area = atlas.width * atlas.height
        pixel = camera.pixel[0] * camera.pixel[1]
        count = len(scene.quads)
        stretch = np.abs(np.linalg.det(homographies(placed, camera))) * pixel * texel_area[:count]
        radius = np.array([s.radius for s in scene.spheres])
        distance = np.linalg.norm(placed.centre - camera.matrix[:3, 3], axis=1)
        ball = pixel * (atlas.height[count:] / (np.pi * radius)) ** 2 / distance
        return (0.5 * np.log2(np.maximum(np.concatenate((stretch, ball)), 1e-9)) + SOFTEN).astype(np.float32)

    def _light_moving(
        self, picture: Pixels, placed: Placed, camera: Camera, hits: Hits, rays: GridRays | PointRays
    ) -> None:
        """Multiplies light onto spheres and onto moving quads; the light of the others is baked in."""
        scene, lights = self.stage.scene, room.lights()
        window = np.array((room.WEST, *(np.mean(side) for side in (room.WINDOW.y, room.WINDOW.z))))
        order, box = quads_in_view(placed, camera)
        for q in order:
            index = rays.within(*box[q]) if scene.quads[q].body != STATIC else None
            if index is not None:
                normal = np.cross(placed.down[q], placed.across[q])
                gain = _gain(normal / np.linalg.norm(normal), placed.corner[q], window, lights.lamp)
                part, there = picture[index], hits.index[index] == q
                part[there] = np.minimum(part[there] * gain, 255)
                picture[index] = part
        order, box = spheres_in_view(scene, placed, camera)
        for s in order:
            index = rays.within(*box[s])
            sphere: Sphere = scene.spheres[s]
            if index is None or sphere.glows:
                continue
            there = hits.index[index] == len(scene.quads) + s
            if not there.any():
                continue
            x, y = (np.broadcast_to(a, there.shape)[there] for a in rays.at(index))  # type: ignore[arg-type]
            local = np.stack((x, y, np.full_like(x, -1)), -1) / hits.inverse_depth[index][there][:, None]
            points = local @ camera.matrix[:3, :3].T.astype(np.float32) + camera.matrix[:3, 3].astype(np.float32)
            normal = (points - placed.centre[s].astype(np.float32)) / np.float32(sphere.radius)
            part = picture[index]
            part[there] = np.minimum(part[there] * _gain(normal, placed.centre[s], window, lights.lamp), 255)
            picture[index] = part


def _gain(normal: NDArray, at: NDArray, window: NDArray, lamp: NDArray) -> Field:  # type: ignore[type-arg]
    """RGB factors for surfaces of unit `normal` (..., 3) at about `at`: ambient, window and lamp."""
    light = np.float32(0.30) + np.float32(0.16) * normal[..., 1:2] + np.zeros(3, np.float32)
    for source, colour, power in ((window, (1.0, 1.02, 1.06), 1.15), (lamp, (1.0, 0.72, 0.42), 0.6)):
        way = source - at
        distance = float(np.linalg.norm(way))
        facing = np.maximum((normal @ (way / distance).astype(np.float32) + 0.25) / 1.25, 0)[..., None]
        light = light + facing * np.array(colour, np.float32) * np.float32(power * min(1.0, 2.4 / (distance + 0.4)))
    return np.sqrt(light).astype(np.float32)


def _edges(index: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Pixels with a neighbour that shows another primitive."""
    edge = np.zeros(index.shape, bool)
    across, down = index[:, 1:] != index[:, :-1], index[1:] != index[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    return edge
