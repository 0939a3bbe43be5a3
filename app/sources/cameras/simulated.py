"""A simulated camera: a numbered test card at a rate, with jitter, drift, drops and faults, on any clock."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import numpy as np

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.errors import CameraNotFound
from allaprima.app.core.frame import Pixels

SIZE = (640, 480)
_BITS = 16
_COLOURS = ((196, 88, 60), (60, 110, 190))
Spans = tuple[tuple[float, float], ...]
"""(from, to) in seconds of the clock."""


def draw_card(camera: int, number: int, size: tuple[int, int] = SIZE) -> Pixels:
    """(H, W, 3): the colour of `camera` (0 or 1) with a bright bar that moves on, and `number` in black and white
    squares, which survive JPEG. Read it back with `read_card`.
    """
    width, height = size
    card = np.empty((height, width, 3), np.uint8)
    card[:] = _COLOURS[camera % 2]
    card[: height // 2] = card[: height // 2] // 2 + 40
    at = number * 7 % width
    card[height // 8 : height // 4, at : at + width // 12] = (240, 220, 120)
    for bit in range(_BITS):
        value = 255 * (number >> bit & 1)
        card[height // 2 : height * 5 // 8, bit * width // _BITS : (bit + 1) * width // _BITS] = value
    return card


def read_card(card: Pixels) -> tuple[int, int]:
    """(camera, number) of a picture of `draw_card`, also after JPEG."""
    height, width = card.shape[:2]
    row = card[height * 9 // 16]
    bits = [row[(2 * bit + 1) * width // (2 * _BITS)].mean() > 128 for bit in range(_BITS)]
    red, _, blue = card[height * 7 // 8, width // 2]
    return int(blue > red), sum(1 << bit for bit, one in enumerate(bits) if one)


@dataclass
class SimulatedCamera:
    """The camera itself; `open` opens a device of it. Frame k comes at about phase + k periods."""

    clock: Clock
    camera: int = 0
    """0 or 1: the camera whose card it shows."""
    fps: float = 30.0
    size: tuple[int, int] = SIZE
    phase_ms: float = 0.0
    jitter_ms: float = 0.0
    """Jitter of each frame, uniform within +- this."""
    drift_ppm: float = 0.0
    drops: float = 0.0
    """Share of dropped frames."""
    seed: int = 0
    unplugged: Spans = ()
    frozen: Spans = ()
    hanging: Spans = ()
    """Times in which a read does not return."""
    misshapen: Spans = ()
    """Times in which frames have half the size."""
    opened: int = field(default=0, init=False)
    closed: int = field(default=0, init=False)

    def open(self) -> SimulatedDevice:
        """Raises `CameraNotFound` while it is unplugged."""
        if self.during(self.unplugged):
            raise CameraNotFound(f"simulated camera {self.camera} is unplugged")
        self.opened += 1
        return SimulatedDevice(self)

    def during(self, spans: Spans) -> bool:
        """True if the present time is within one of `spans`."""
        now_s = self.clock.now_ns() / NS
        return any(start <= now_s < end for start, end in spans)

    def due_ns(self, number: int) -> int | None:
        """The time of frame `number`; None if it is dropped."""
        dice = random.Random(f"{self.seed} {self.camera} {number}")
        if dice.random() < self.drops:
            return None
        period = NS / self.fps * (1 + self.drift_ppm / 1e6)
        return round((self.phase_ms + dice.uniform(-self.jitter_ms, self.jitter_ms)) * 1e6 + number * period)


class SimulatedDevice:
    """See `Device`; opened by `SimulatedCamera.open`."""

    def __init__(self, camera: SimulatedCamera) -> None:
        self.fps: float | None = camera.fps
        self._camera = camera
        self._number = math.ceil((camera.clock.now_ns() / NS - camera.phase_ms / 1e3) * camera.fps)
        self._closed = False

    @property
    def hangs(self) -> bool:
        """True while a read would not return."""
        return self._camera.during(self._camera.hanging)

    def due_ns(self) -> int:
        """The time of the next frame; frames of past times are lost."""
        now = self._camera.clock.now_ns()
        while (due := self._camera.due_ns(self._number)) is None or due < now:
            self._number += 1
        return due

    def grab(self) -> bool:
        self._camera.clock.sleep_until(self.due_ns())
        self._grabbed, self._number = self._number, self._number + 1
        return not self._camera.during(self._camera.unplugged)

    def retrieve(self) -> Pixels | None:
        camera, number = self._camera, self._grabbed
        for start, end in camera.frozen:
            if start <= camera.clock.now_ns() / NS < end:
                number = int(start * camera.fps)
        width, height = camera.size
        size = (width // 2, height // 2) if camera.during(camera.misshapen) else camera.size
        pixels = draw_card(camera.camera, number % (1 << _BITS), size)
        pixels.flags.writeable = False
        return pixels

    def close(self) -> None:
        self._camera.closed += not self._closed
        self._closed = True
