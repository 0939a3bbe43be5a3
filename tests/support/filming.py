"""A screen and a camera that films it, on paper: perspective, exposure, gamma, blur, noise, JPEG and known delays."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from allaprima.app.bench.latency.time_marker import draw_marker
from allaprima.app.core.frame import Pixels

MS = 1_000_000
CELL = 16
GAMMA = 2.2


@dataclass
class Filming:
    """What is shown at t is on the screen at t + `display_ms`; a picture exposed over `exposure_ms` around t is stamped
    `camera_ms` later.
    """

    size: tuple[int, int] = (640, 480)
    """Of the camera's pictures."""
    corners: tuple[tuple[float, float], ...] = ((70, 120), (560, 90), (580, 350), (60, 340))
    """Where those of the marker stand in them, clockwise from the top left."""
    display_ms: float = 10.0
    camera_ms: float = 35.0
    exposure_ms: float = 5.0
    blur_px: float = 0.8
    noise: float = 4.0
    darkness: float = 1.0
    """Multiplies the light."""
    seed: int = 0
    shown: list[int] = field(default_factory=list)
    """Nanoseconds at which each number was shown."""

    def expose(self, middle_ns: int) -> Pixels:
        """The picture whose exposure has its middle at `middle_ns`."""
        start = middle_ns - self.exposure_ms * MS / 2 - self.display_ms * MS
        end = start + self.exposure_ms * MS
        light = np.zeros((11 * CELL, 24 * CELL, 3), np.float32)
        for number, begins in enumerate(self.shown):
            ends = self.shown[number + 1] if number + 1 < len(self.shown) else end
            part = (min(ends, end) - max(begins, start)) / (end - start)
            if part > 0:
                light += np.float32(part) * (draw_marker(number, CELL) / np.float32(255)) ** GAMMA
        return self.picture(light)

    def picture(self, light: np.ndarray, background: float = 0.03) -> Pixels:
        """What the camera makes of a screen of `light` (H, W, 3), linear."""
        height, width = light.shape[:2]
        flat = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
        to_camera = cv2.getPerspectiveTransform(flat, np.array(self.corners, np.float32))
        fine = np.diag((2.0, 2.0, 1.0)) @ to_camera  # four samples a pixel, as a sensor gathers light over its area
        size = self.size[0] * 2, self.size[1] * 2
        seen = cv2.warpPerspective(light, fine, size, borderValue=(background,) * 3)
        seen = cv2.resize(seen, self.size, interpolation=cv2.INTER_AREA)
        if self.blur_px:
            seen = cv2.GaussianBlur(seen, (0, 0), self.blur_px)
        dice = np.random.default_rng(self.seed)
        self.seed += 1
        encoded = np.clip(seen * self.darkness, 0, 1) ** (1 / GAMMA) * 255
        encoded += dice.standard_normal(encoded.shape[:2], np.float32)[..., None] * self.noise
        return np.clip(encoded, 0, 255).astype(np.uint8)
