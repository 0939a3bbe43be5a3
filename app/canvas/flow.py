"""The canvas of films without poses: moved by the optical flow of the picture.

Texture coordinates are advected by dense optical flow, which stretches them with time. So two sets take turns: while
one is near its end and fades, the other one, started later, has its full strength
(Bousseau et al. 2007, "Video Watercolorization using Bidirectional Texture Advection").
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import Field, Size
from allaprima.app.canvas.noise import plane_noise
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.core.pose import Pose

WIDTH = 160
"""Columns of the small pictures in which flow is computed."""
TURN = 48
"""Frames after which a set of coordinates restarts; the other one restarts half-way between."""
CUT = 0.12
"""Mean difference, 0..1, between a picture and the warped previous one, above which the scene has changed."""
TEXTURE = 512
"""Side of the noise that the coordinates point into, in canvas pixels; it repeats."""

Grey = NDArray[np.uint8]
Places = NDArray[np.float32]
"""(h, w, 2) x and y."""


class FlowCanvas:
    """A `Canvas` from the pictures alone, without poses; the right eye's follows from the left one's by disparity."""

    def __init__(self, channels: int, full: Size, seed: int = 0) -> None:
        """`full` (width, height) is the painted size for strokes of size 1."""
        self._channels, self._full = channels, full
        noise = plane_noise(channels, TEXTURE, TEXTURE, 1.0, seed)
        self._texture = np.ascontiguousarray(noise.transpose(1, 2, 0))
        self._small = WIDTH, max(16, round(WIDTH * full[1] / full[0]))
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._identity = np.dstack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in self._small)))
        self._before: Grey | None = None
        self._phases: list[Places] = []
        self._age = 0
        self._of: Pixels | None = None
        self._coordinates: list[list[Places]] = []

    def at(self, pair: StereoFrame, size: Size, head: Pose | None, stroke_size: float = 1.0) -> Field:
        if pair.left is not self._of:  # a frozen pair repeats with other numbers
            self._of = pair.left
            self._advance(pair)
        half = size[0] // 2, size[1] // 2
        scale = np.float32(self._full[0] / 2 / self._small[0] / stroke_size)  # small pixels to canvas pixels
        first, second = self._shares()
        field = np.empty((2, self._channels, half[1], half[0]), np.float32)
        for eye, sets in enumerate(self._coordinates):
            seen = self._fetched(sets[0], scale, 0.0, half)
            if second > 0:  # never the same noise twice at one place
                cv2.addWeighted(seen, first, self._fetched(sets[1], scale, TEXTURE / 2, half), second, 0, dst=seen)
            for channel in range(self._channels):
                cv2.extractChannel(seen, channel, field[eye, channel])
        return field

    def _fetched(self, places: Places, scale: np.float32, offset: float, half: Size) -> NDArray[np.float32]:
        """(height, width, channels) of the noise at `places`, in small pixels."""
        maps = cv2.resize(places * scale + np.float32(offset), half, interpolation=cv2.INTER_LINEAR)
        found = cv2.remap(self._texture, maps, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return np.asarray(found, np.float32).reshape(half[1], half[0], self._channels)

    def _shares(self) -> tuple[float, float]:
        """Strengths of the two sets: their squares sum to 1; a restarted set has 0."""
        turn = (self._age % TURN) / TURN
        first = math.sin(math.pi * turn)
        if self._age < TURN // 2:  # nothing came before the first set
            return 1.0, 0.0
        return abs(first), math.sqrt(max(0.0, 1 - first * first))

    def _advance(self, pair: StereoFrame) -> None:
        left, right = self._shrunk(pair.left), self._shrunk(pair.right)
        if self._before is None:
            self._begin()
        else:
            back = self._search.calc(left, self._before, None)
            source = self._identity + back
            brought = cv2.remap(self._before, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            if float(np.mean(cv2.absdiff(brought, left))) > 255 * CUT:
                self._begin()
            else:
                self._phases = [_carried(places, source) for places in self._phases]
                self._age += 1
                for number in range(2):
                    if self._age % TURN == number * TURN // 2:
                        self._phases[number] = self._identity.copy()
        self._before = left
        if np.array_equal(left, right):
            self._coordinates = [self._phases, self._phases]
        else:
            across = self._identity + self._search.calc(right, left, None)
            self._coordinates = [self._phases, [_carried(places, across) for places in self._phases]]

    def _begin(self) -> None:
        self._phases, self._age = [self._identity.copy(), self._identity.copy()], 0

    def _shrunk(self, pixels: Pixels) -> Grey:
        return np.asarray(
            cv2.cvtColor(cv2.resize(pixels, self._small, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY), np.uint8
        )


def _carried(places: Places, source: Places) -> Places:
    """`places` sampled at `source`; beyond the border they are extrapolated, so that entering parts get new noise."""
    height, width = places.shape[:2]
    inside = np.minimum(np.maximum(source, np.float32(0)), np.array((width - 1, height - 1), np.float32))
    found = cv2.remap(places, inside, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found + (source - inside), np.float32)
