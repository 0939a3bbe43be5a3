"""Smooth random fields and colour ramps: what every material is mixed from."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
"""Mostly float32, for speed; nothing depends on it."""
Texture = NDArray[np.uint8]
Rng = np.random.Generator


def fbm(rng: Rng, size: tuple[int, int], cells: tuple[float, float], octaves: int = 4, gain: float = 0.5) -> Field:
    """Fractal value noise, (height, width) float32 of about 0..1, mean 0.5.

    `size` is (width, height) in texels; `cells` how many lattice cells lie across and down in the coarsest octave.
    """
    width, height = size
    total = np.zeros((height, width), np.float32)
    weight, norm = 1.0, 0.0
    for octave in range(octaves):
        across, down = (max(2, round(c * 2**octave)) for c in cells)
        if across > width or down > height * 2:
            break
        lattice = rng.random((min(down, height) + 2, across + 2), np.float32)
        total += weight * cv2.resize(lattice, (width, height), interpolation=cv2.INTER_CUBIC)
        norm += weight
        weight *= gain
    return total / np.float32(max(norm, 1e-6))


def smoothstep(low: float, high: float, x: Field) -> Field:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def ramp(t: Field, *colours: tuple[int, int, int]) -> Field:
    """(H, W, 3) float32 RGB 0..255: `t` in 0..1 run through equally spaced colours."""
    table = np.array(colours, np.float32)
    stops = np.linspace(0, 1, len(colours))
    fine = np.stack([np.interp(np.linspace(0, 1, 256), stops, table[:, c]) for c in range(3)], -1).astype(np.float32)
    return fine[np.clip(t * 255, 0, 255).astype(np.uint8)]


def rgb(text: str) -> list[tuple[int, int, int]]:
    """`"e23c2e facc3c"` as RGB."""
    return [(red, green, blue) for red, green, blue in map(bytes.fromhex, text.split())]


def over(base: Field, colour: tuple[int, int, int] | Field, alpha: Field) -> Field:
    """`colour` laid over `base` (H, W, 3) with opacity `alpha` (H, W)."""
    return base + alpha[..., None] * (np.asarray(colour, np.float32) - base)


def finish(colour: Field, value: Field | None = None) -> Texture:
    """To (H, W, 3) uint8, after multiplying by `value` (H, W) if given."""
    if value is not None:
        colour = colour * value[..., None]
    return np.clip(colour, 0, 255).astype(np.uint8)


def grid(size: tuple[int, int]) -> tuple[Field, Field]:
    """Texel-centre coordinates 0..1 across (1, W) and down (H, 1)."""
    width, height = size
    x = (np.arange(width, dtype=np.float32) + 0.5) / width
    y = (np.arange(height, dtype=np.float32) + 0.5) / height
    return x[None, :], y[:, None]
