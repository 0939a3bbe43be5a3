"""Layered planes: flat painted cut-outs one behind the other that slide by known fractions of a pixel.

Their textures are sums of waves no shorter than `SHORTEST` pixels, evaluated at the exact place: the pictures hold no
aliasing and no interpolation, so that a warp along the truth gives them back almost exactly.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.frame import Eye
from allaprima.app.sources.synthetic.truth import Correspondence

Field = NDArray[np.float32]

SHORTEST = 6.0
"""Pixels of the shortest wave: cubic interpolation is still right there."""
SOFT = 1.0
"""Half the width in pixels of a cut-out's edge."""
CLEAR = SOFT + 2
"""Pixels from an edge at which a bicubic kernel no longer reaches over it."""


class Waves:
    """A random sum of plane waves with a falling spectrum, of unit variance, in `channels` colours."""

    def __init__(self, rng: np.random.Generator, count: int, shortest: float, longest: float, channels: int) -> None:
        length = np.exp(rng.uniform(math.log(shortest), math.log(longest), count))
        turn, weight = rng.uniform(0, 2 * math.pi, count), length**0.5
        self._x, self._y = 2 * math.pi / length * np.cos(turn), 2 * math.pi / length * np.sin(turn)
        amplitude = rng.normal(size=(channels, count)) + 1j * rng.normal(size=(channels, count))
        amplitude *= weight
        self._amplitude = amplitude / np.sqrt(np.square(np.abs(amplitude)).sum(1, keepdims=True) / 2)

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Field:
        """(len(y), len(x), channels) at any positions: a wave is a product of one in x and one in y."""
        across = np.exp(1j * np.outer(self._x, x))  # (count, W)
        across = np.r_[across.real, -across.imag].astype(np.float32)
        down = np.exp(1j * np.outer(y, self._y)) * self._amplitude[:, None]  # (channels, H, count)
        return np.moveaxis(np.concatenate((down.real, down.imag), 2).astype(np.float32) @ across, 0, -1)


@dataclass(frozen=True, slots=True)
class Plane:
    """A cut-out: `discs` (n, 3) of x, y, radius in shares of the picture's height from its centre, none for a plane
    without an edge; at `disparity` and with `speed` in pixels of a picture 640 wide.
    """

    discs: NDArray[np.float64]
    disparity: float
    speed: float
    contrast: float
    colours: Field
    patches: Waves
    detail: Waves

    def paint(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Field:
        """(len(y), len(x), 3): soft patches of two pairs of colours, and finer texture over them."""
        first, second = np.moveaxis(1 / (1 + np.exp(-9 * self.patches.at(x, y))), -1, 0)
        shares = np.stack((first * second, (1 - first) * second, first * (1 - second), (1 - first) * (1 - second)), -1)
        return np.asarray((shares @ self.colours) * (1 + self.contrast * self.detail.at(x, y)), np.float32)

    def inside(self, x: NDArray[np.float64], y: NDArray[np.float64], height: int) -> Field:
        """Pixels from its edge, positive inside."""
        if not len(self.discs):
            return np.full(np.broadcast(x, y).shape, np.inf, np.float32)
        reach = [r * height - np.hypot(x - cx * height, y - cy * height) for cx, cy, r in self.discs]
        return np.max(reach, axis=0).astype(np.float32)


class LayeredPlanes:
    """Four planes in pictures of `size` (width, height), far to near. The same for the same seed."""

    def __init__(self, size: tuple[int, int], seed: int = 3) -> None:
        self.size = size
        rng = np.random.default_rng(seed)
        self._planes = [_plane(rng, layer) for layer in range(4)]
        self._x = np.arange(size[0], dtype=np.float64) - size[0] / 2
        self._y = np.arange(size[1], dtype=np.float64) - size[1] / 2

    def draw(self, frame: int) -> NDArray[np.uint8]:
        """(2, H, W, 3) RGB of frame `frame`, left eye first."""
        return np.stack([self._draw(frame, eye) for eye in ("left", "right")])

    def correspondence(self, frame: int, eye: Eye, other_frame: int, other_eye: Eye) -> Correspondence:
        """Where each point of one picture is in another, and whether it is seen there, clear of every edge in both."""
        x, y = np.meshgrid(self._x, self._y)
        here, there = self._offsets(frame, eye), self._offsets(other_frame, other_eye)
        top, clear = self._top(x, y, here)
        flow = (there - here)[top]  # (H, W, 2)
        u, v = x + flow[..., 0], y + flow[..., 1]
        top_there, clear_there = self._top(u, v, there)
        inside = (u >= self._x[0]) & (u <= self._x[-1]) & (v >= self._y[0]) & (v <= self._y[-1])
        return Correspondence(flow.astype(np.float32), clear & clear_there & inside & (top == top_there))

    def _offsets(self, frame: int, eye: Eye) -> NDArray[np.float64]:
        """(planes, 2) where each plane's origin lies from the picture's centre."""
        scale = self.size[0] / 640
        pan = np.array([2.63 * frame + 9.1 * math.sin(frame / 11), 9.3 * math.sin(frame / 7)])
        home = np.array([2.63 * 40, 0])  # the middle of the frames that are used
        side = 0.5 if eye == "left" else -0.5
        return np.array([(pan - home) * p.speed + (side * p.disparity, 0) for p in self._planes]) * scale

    def _draw(self, frame: int, eye: Eye) -> NDArray[np.uint8]:
        picture = np.zeros((len(self._y), len(self._x), 3), np.float32)
        for plane, (dx, dy) in zip(self._planes, self._offsets(frame, eye), strict=True):
            x, y = self._x - dx, self._y - dy
            edge = plane.inside(x[None], y[:, None], self.size[1])
            cover = np.clip(0.5 + edge / (2 * SOFT), 0, 1)[..., None]
            cover = cover * cover * (3 - 2 * cover)
            picture += cover * (plane.paint(x, y) - picture)
        return np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8)

    def _top(
        self, x: NDArray[np.float64], y: NDArray[np.float64], offsets: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Which plane is in front at each place, and whether no edge of it or of a nearer one is close."""
        top, clear = np.zeros(x.shape, np.intp), np.ones(x.shape, bool)
        for number, (plane, (dx, dy)) in enumerate(zip(self._planes, offsets, strict=True)):
            edge = plane.inside(x - dx, y - dy, self.size[1])
            top[edge > 0] = number
            clear[edge > CLEAR] = True  # hides the edges behind it
            clear[np.abs(edge) <= CLEAR] = False
        return top, clear


def _plane(rng: np.random.Generator, layer: int) -> Plane:
    places = [
        np.empty((0, 3)),
        np.array([[-0.5, -0.28, 0.17], [-0.38, -0.2, 0.12], [0.42, 0.3, 0.2], [0.55, 0.2, 0.13]]),
        np.array([[0.38, -0.3, 0.14], [0.3, -0.22, 0.1], [-0.45, 0.36, 0.16], [-0.3, 0.4, 0.12]]),
        np.array([[0.02, 0.1, 0.13], [0.1, 0.0, 0.09]]),
    ][layer]
    return Plane(
        places,
        disparity=(2.37, 5.61, 9.43, 14.29)[layer],
        speed=(0.41, 0.62, 0.83, 1.13)[layer],
        contrast=(0.10, 0.22, 0.06, 0.16)[layer],
        colours=np.clip(rng.uniform(0.12, 0.8, (4, 1)) * rng.uniform(0.6, 1.25, (4, 3)), 0, 0.9).astype(np.float32),
        patches=Waves(rng, 16, 120, 400, 2),
        detail=Waves(rng, 64, SHORTEST, 60, 1),
    )
