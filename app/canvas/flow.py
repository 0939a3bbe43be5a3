"""The canvas of films without poses: moved by the optical flow of the picture.

Noise coordinates are advected by dense optical flow, which stretches them with time. Where they have stretched too far,
fresh ones fade in over them (after Neyret 2003, "Advected Textures"); a camera that stands still keeps its canvas.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import Field, Size
from allaprima.app.canvas.noise import fetch, plane_noise
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.core.pose import Pose

WIDTH = 160
"""Columns of the small pictures in which flow is computed."""
ACROSS = 2
"""How many times as large disparity is computed: the eyes compare strokes more keenly than one frame with the next."""
STRETCH = 1.33
"""Factor by which noise may be longer or shorter than fresh noise in any direction."""
STRETCHED = 0.1
"""Share of the picture that may be stretched further before fresh coordinates fade in."""
FADE = 16
"""Frames of that fade."""
CUT = 0.12
"""Mean difference, 0..1, between a picture and the warped previous one, above which the scene has changed."""
TEXTURE = 512
"""Side of the noise that the coordinates point into, in canvas pixels; it repeats."""
APART = 0.382
"""Share of the texture between fresh coordinates and the ones before: never the same noise twice at one place."""

Grey = NDArray[np.uint8]
Offsets = NDArray[np.float32]
"""(h, w, 2) x and y of the noise that a small pixel sees, less the pixel's own place."""


class FlowCanvas:
    """A `Canvas` from the pictures alone, without poses; the right eye's follows from the left one's by disparity."""

    def __init__(self, channels: int, full: Size, seed: int = 0) -> None:
        """`full` (width, height) is the painted size for strokes of size 1."""
        self._channels, self._full = channels, full
        self._texture = plane_noise(channels, TEXTURE, TEXTURE, 1.0, seed)
        self._small = WIDTH, max(16, round(WIDTH * full[1] / full[0]))
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._match = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._match.setFinestScale(1)  # the preset stops at a quarter of the size
        self._match.setPatchStride(5)
        self._match.setGradientDescentIterations(8)
        self._match.setVariationalRefinementIterations(1)
        self._identity = np.dstack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in self._small)))
        self._before: Grey | None = None
        self._of: Pixels | None = None
        self._layers: list[Offsets] = []  # the present one, and the one that fades in over it
        self._across: Offsets | None = None
        self._count = 0  # layers that have gone
        self._age = 0  # frames of the fade

    def at(self, pair: StereoFrame, size: Size, head: Pose | None, stroke_size: float = 1.0) -> Field:
        if pair.left is not self._of:  # a frozen pair repeats with other numbers
            self._of = pair.left
            self._advance(pair)
        half = size[0] // 2, size[1] // 2
        scale = np.float32(self._full[0] / 2 / self._small[0] / stroke_size)  # small pixels to canvas pixels
        share = self._age / FADE
        field = np.empty((2, self._channels, half[1], half[0]), np.float32)
        for eye in range(2):
            layers = [self._across_to(eye, layer) for layer in self._layers]
            maps = [self._pointing(layer, scale, self._count + number, half) for number, layer in enumerate(layers)]
            for noise, seen in zip(self._texture, field[eye], strict=True):
                fetch(noise, maps[0], seen)
                if len(maps) > 1:
                    fresh = fetch(noise, maps[1], np.empty_like(seen))
                    cv2.addWeighted(seen, math.sqrt(1 - share), fresh, math.sqrt(share), 0, dst=seen)
        return field

    def _pointing(self, layer: Offsets, scale: np.float32, count: int, half: Size) -> Offsets:
        """(height, width, 2) places in the noise, for every canvas pixel."""
        start = np.float32(count * APART % 1 * TEXTURE)
        maps = cv2.resize((self._identity + layer) * scale + start, half, interpolation=cv2.INTER_LINEAR)
        return np.asarray(maps, np.float32)

    def _advance(self, pair: StereoFrame) -> None:
        wide, other = self._shrunk(pair.left), self._shrunk(pair.right)
        left = np.asarray(cv2.resize(wide, self._small, interpolation=cv2.INTER_AREA), np.uint8)
        flow = None if self._before is None else self._search.calc(left, self._before, None)
        if flow is None or self._is_cut(left, flow):
            self._layers, self._age, self._count = [np.zeros_like(self._identity)], 0, 0
        else:
            self._layers = [self._carried(layer, flow) for layer in self._layers]
            if len(self._layers) > 1:
                self._age += 1
                if self._age == FADE:
                    self._layers, self._age, self._count = self._layers[1:], 0, self._count + 1
            elif self._is_stretched(self._layers[0]):
                self._layers.append(np.zeros_like(self._identity))
        self._before = left
        self._across = None
        if not np.array_equal(wide, other):
            across = cv2.resize(self._match.calc(other, wide, None), self._small, interpolation=cv2.INTER_AREA)
            self._across = np.asarray(across * (self._small[0] / wide.shape[1]), np.float32)

    def _across_to(self, eye: int, layer: Offsets) -> Offsets:
        return layer if eye == 0 or self._across is None else self._carried(layer, self._across)

    def _carried(self, layer: Offsets, flow: Offsets) -> Offsets:
        """A layer for a picture whose `flow` leads back to its own. Parts that enter get the noise next to it."""
        brought = cv2.remap(layer, self._identity + flow, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(brought + flow, np.float32)

    def _is_cut(self, left: Grey, flow: Offsets) -> bool:
        assert self._before is not None
        source = self._identity + flow
        brought = cv2.remap(self._before, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return float(np.mean(cv2.absdiff(brought, left))) > 255 * CUT

    def _is_stretched(self, layer: Offsets) -> bool:
        """Whether more than `STRETCHED` of the picture is stretched further than `STRETCH`."""
        step = 8
        places = (self._identity + layer)[::step, ::step].astype(np.float64) / step
        by_x, by_y = places[:-1, 1:] - places[:-1, :-1], places[1:, :-1] - places[:-1, :-1]
        squares = np.square(by_x).sum(-1) + np.square(by_y).sum(-1)  # of the two singular values
        area = np.abs(by_x[..., 0] * by_y[..., 1] - by_x[..., 1] * by_y[..., 0])
        longest = np.sqrt((squares + np.sqrt(np.maximum(squares**2 - 4 * area**2, 0))) / 2)
        return float(np.mean((longest > STRETCH) | (area < longest / STRETCH))) > STRETCHED

    def _shrunk(self, pixels: Pixels) -> Grey:
        """Grey, `ACROSS` times the small size where that does not enlarge it."""
        times = ACROSS if pixels.shape[1] >= ACROSS * WIDTH else 1
        size = times * self._small[0], times * self._small[1]
        while pixels.shape[1] >= 2 * size[0]:  # a mean of 2x2 is what OpenCV does fastest
            half = pixels.shape[1] // 2, pixels.shape[0] // 2
            pixels = np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), np.uint8)
        shrunk = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.cvtColor(shrunk, cv2.COLOR_RGB2GRAY), np.uint8)
