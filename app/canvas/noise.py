"""Band-limited noise on a plane and on a sphere: isotropic, without a lattice, decided by a seed."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import WAVES_PX

Plane = NDArray[np.float32]

OCTAVES = 0.4
"""Half-width of a band, as the deviation of log2 of the wavelength; as in training."""
COMPONENTS = 48
"""Number of plane waves in sphere noise. With fewer, their directions would be visible."""
LARGEST_TEXTURE = 3072
"""Largest number of columns of a sphere's texture."""


@lru_cache(maxsize=8)
def plane_noise(channels: int, width: int, height: int, stretch: float, seed: int) -> Plane:
    """(channels, height, width) noise of mean 0 and deviation 1 that repeats at its borders, for a canvas of half the
    picture's pixels; waves are `stretch` times `WAVES_PX`. Read-only.
    """
    rng = np.random.default_rng(seed)
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    frequency = np.maximum(np.hypot(fy, fx), 1e-6)  # cycles a canvas pixel, of which each is two picture pixels
    fields = []
    for channel in range(channels):
        octaves = np.log2(frequency * (WAVES_PX[channel % len(WAVES_PX)] * stretch / 2))
        band = np.exp(-0.5 * np.square(octaves / OCTAVES))
        band[0, 0] = 0
        field = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((height, width))) * band, s=(height, width))
        fields.append(field / max(float(field.std()), 1e-6))
    made = np.stack(fields).astype(np.float32)
    made.flags.writeable = False
    return made


@lru_cache(maxsize=5)
def sphere_noise(channels: int, wave_rad: float, seed: int) -> Plane:
    """(channels, rows, columns) noise by direction: columns by azimuth from -pi to pi, to the right, repeating; rows
    by elevation from pi/2 down to -pi/2. `wave_rad` is the angle of a wave of the first channel; the others' are as
    much longer as `WAVES_PX` says. Solid noise seen on the unit sphere, so that no direction has a seam. Read-only.
    """
    columns = int(min(LARGEST_TEXTURE, max(256, 5 * 2 * np.pi / wave_rad))) // 2 * 2
    rows = columns // 2
    azimuth = ((np.arange(columns) + 0.5) / columns * 2 - 1) * np.pi
    elevation = (0.5 - (np.arange(rows) + 0.5) / rows) * np.pi
    rng = np.random.default_rng(seed)
    made = np.empty((channels, rows, columns), np.float32)
    for channel in range(channels):
        wave = wave_rad * WAVES_PX[channel % len(WAVES_PX)] / WAVES_PX[0]
        towards = rng.standard_normal((COMPONENTS, 3))
        towards /= np.linalg.norm(towards, axis=1, keepdims=True)
        # A wave that is not tangent to the sphere looks longer on it: on average by 4 / pi.
        lengths = wave * np.pi / 4 * np.exp2(rng.normal(0, OCTAVES, COMPONENTS))
        k = (towards * (2 * np.pi / lengths)[:, None]).astype(np.float32)
        phase = rng.uniform(0, 2 * np.pi, COMPONENTS).astype(np.float32)
        for first in range(0, rows, 32):
            up = elevation[first : first + 32, None]
            level = np.cos(up)
            sight = np.stack(
                np.broadcast_arrays(level * np.sin(azimuth), np.sin(up), -level * np.cos(azimuth)), -1
            ).astype(np.float32)
            made[channel, first : first + 32] = np.cos(sight @ k.T + phase).sum(-1)
    made *= np.float32(np.sqrt(2 / COMPONENTS))
    made.flags.writeable = False
    return made


def fetch(noise: Plane, places: Plane, into: Plane) -> Plane:
    """`into` (height, width), filled with one channel's noise at `places`, (height, width, 2) x and y; noise repeats.
    A channel at a time is faster than all at once.
    """
    cv2.remap(noise, places, None, cv2.INTER_LINEAR, dst=into, borderMode=cv2.BORDER_WRAP)
    return into
