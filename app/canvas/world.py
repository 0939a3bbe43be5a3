"""The canvas fixed to the world: noise by the direction from a fixed place to the point that a pixel sees.

An error of distance moves that point along the pixel's ray, which hardly changes its direction from a place near the
eye. So one distance for everything is enough to hold strokes still while a head turns and sways, and a coarse distance
of each surface makes both eyes agree. Solid noise in space changes along the ray and would need exact distances.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import WAVES_PX, Field, Size
from allaprima.app.canvas.noise import Plane, fetch, sphere_noise
from allaprima.app.canvas.surface import DepthOf, Proxy
from allaprima.app.core.clock import NS
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import CameraView, FieldOfView, StereoRig

CELL = 8
"""Canvas pixels between the places at which directions are computed; the others are interpolated."""
REACH = 0.2
"""Share of the distance that the head may move from the anchor: beyond, strokes stretch by a quarter."""
FADE_S = 2.0
"""Duration of the fade to a new anchor's canvas."""
POLE = 0.9
"""Sine of the elevation above which azimuths turn too fast to be interpolated."""

Grid = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Anchor:
    """The centre of the sphere in the world. `since_ns` is when it was set; `side` +1 or -1 turns it, so that two
    successive anchors never show the same noise.
    """

    place: tuple[float, float, float]
    since_ns: int
    side: int


class WorldCanvas:
    """A `Canvas` from the head's pose and the distance of surfaces, or one distance for all. If the head walks away, a
    new anchor is set and the old canvas fades.

    Without a pose, it is fixed to the head.
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
        """`rig` are the cameras of the pairs; `full` (width, height) is the painted size for strokes of size 1;
        everything of which `depth_of` knows nothing is assumed to be `distance_m` away.
        """
        self._channels, self._rig, self._distance_m, self._seed = channels, rig, distance_m, seed
        fov = rig.left.fov
        self._pixel_rad = (fov.left + fov.right) / full[0]
        self._proxy = Proxy(depth_of) if depth_of else None
        self._anchor: Anchor | None = None
        self._before: Anchor | None = None
        self._rays: dict[Size, tuple[Grid, Grid]] = {}
        self._field = np.zeros((2, channels, 0, 0), np.float32)

    def at(self, pair: StereoFrame, size: Size, head: Pose | None, stroke_size: float = 1.0) -> Field:
        if self._proxy:
            self._proxy.look(pair, head)
        head = head or Pose()
        anchor, share = self._anchored(head, pair.t_ns)
        texture = sphere_noise(self._channels, WAVES_PX[0] * self._pixel_rad * stroke_size, self._seed)
        half = size[0] // 2, size[1] // 2
        if self._field.shape[2:] != (half[1], half[0]):
            self._field = np.empty((2, self._channels, half[1], half[0]), np.float32)
        for eye, camera in enumerate((self._rig.left, self._rig.right)):
            points = self._points(camera, half, eye, head)
            maps = _pointing(texture, points, anchor, half)
            before = _pointing(texture, points, self._before, half) if self._before else None
            for noise, seen in zip(texture, self._field[eye], strict=True):
                fetch(noise, maps, seen)
                if before is not None:
                    old = fetch(noise, before, np.empty_like(seen))
                    cv2.addWeighted(seen, math.sqrt(share), old, math.sqrt(1 - share), 0, dst=seen)
        return self._field

    def _anchored(self, head: Pose, t_ns: int) -> tuple[Anchor, float]:
        """The present anchor, and its share beside the previous one."""
        if self._anchor is None:
            self._anchor = Anchor(head.position, t_ns, 1)
        moved = math.dist(head.position, self._anchor.place) / (REACH * self._distance_m)
        share = self._share(t_ns, moved)
        if share >= 1:
            self._before = None
            if moved > 1:
                self._before, self._anchor = self._anchor, Anchor(head.position, t_ns, -self._anchor.side)
                share = 0.0
        return self._anchor, share

    def _share(self, t_ns: int, moved: float) -> float:
        """Share of the newest anchor: by its age or by the head's further motion, the larger of the two."""
        if self._before is None or self._anchor is None:
            return 1.0
        return min(1.0, max((t_ns - self._anchor.since_ns) / (FADE_S * NS), moved))

    def _points(self, camera: CameraView, half: Size, eye: int, head: Pose) -> Grid:
        """(rows, columns, 3) points in the world that a grid of the eye's pixels sees."""
        if half not in self._rays:
            self._rays[half] = _rays(self._rig.left.fov, half), _rays(self._rig.right.fov, half)
        rays, pose = self._rays[half][eye], head @ camera.camera_to_head
        distance: Plane | float = self._distance_m
        if self._proxy:
            distance = self._proxy.distances(_around(camera.fov, half), pose, rays.shape[:2], self._distance_m)
        matrix = pose.matrix()
        return np.asarray(rays * np.atleast_2d(distance)[..., None] @ matrix[:3, :3].T + matrix[:3, 3])


def _around(fov: FieldOfView, half: Size) -> FieldOfView:
    """The field of view of whole cells of `CELL` x `CELL` canvas pixels, with one cell more beyond every border."""
    columns, rows = (-(-side // CELL) + 2 for side in half)
    across, down = CELL / half[0] * (fov.left + fov.right), CELL / half[1] * (fov.up + fov.down)
    left, up = fov.left + across, fov.up + down
    return FieldOfView(left, columns * across - left, up, rows * down - up)


def _rays(fov: FieldOfView, half: Size) -> Grid:
    """(rows, columns, 3) unit rays in the camera's frame through the centres of the cells of `_around`."""
    columns, rows = (-(-side // CELL) + 2 for side in half)
    rays = _around(fov, half).rays((rows, columns))
    return np.asarray(rays / np.linalg.norm(rays, axis=2, keepdims=True), np.float64)


def _pointing(texture: Plane, points: Grid, anchor: Anchor, half: Size) -> Plane:
    """(height, width, 2) places in the texture where the points lie, as seen from the anchor."""
    sight = (points - np.array(anchor.place)) * anchor.side
    sight /= np.linalg.norm(sight, axis=2, keepdims=True)
    if np.abs(sight[..., 1]).max() > POLE:  # near a pole, interpolate directions, not azimuths
        sight = _enlarged(sight.astype(np.float32), half)
        return _places(sight / np.linalg.norm(sight, axis=2, keepdims=True), texture.shape[1:])
    return _enlarged(_places(sight, texture.shape[1:]), half)


def _places(sight: NDArray[np.floating], shape: tuple[int, ...]) -> Plane:
    """(rows, columns, 2) x and y in the texture for unit directions; x goes on beyond the borders, where it repeats."""
    azimuth = np.arctan2(sight[..., 0], -sight[..., 2])
    middle = azimuth[azimuth.shape[0] // 2, azimuth.shape[1] // 2]
    azimuth = middle + (azimuth - middle + np.pi) % (2 * np.pi) - np.pi  # without a jump inside the picture
    elevation = np.arcsin(np.clip(sight[..., 1], -1, 1))
    x = (azimuth / np.pi + 1) / 2 * shape[1] - 0.5
    y = (0.5 - elevation / np.pi) * shape[0] - 0.5
    return np.stack((x, y), -1).astype(np.float32)


def _enlarged(grid: Plane, half: Size) -> Plane:
    """Values at the centres of cells, as `_rays` has them, to values at every pixel's centre, (height, width, n)."""
    width, height = half
    whole = cv2.resize(grid, (grid.shape[1] * CELL, grid.shape[0] * CELL), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole[CELL : CELL + height, CELL : CELL + width], np.float32)
