"""One measurement of depth: two pictures of one moment, matched."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.frame import Pixels
from allaprima.app.core.view import StereoRig
from allaprima.app.depth.depth import Plane, grid_shape

COARSE = 160
"""Columns of the pictures that are searched for matches."""
FINE = 320
"""Columns of the pictures in which a match is made finer."""
NEAREST_M = 0.35
"""Nothing nearer is searched for."""
MOST = 64
"""Coarse pixels of the widest search: a wide baseline is for distant things."""
WINDOW = 9
"""Side of the window, in fine pixels, over which a match is made finer."""
ROUNDS = 2
NOISE = 3.0
"""Deviation of the cameras' noise in levels of 255, as far as it matters here."""
SHARP = 0.12
"""Uncertainty in fine pixels at which a measurement counts half."""
ALIKE = 0.25
"""Share of a window's contrast in which the eyes may differ, for a measurement that counts half."""
LEAST = 0.02
"""A measurement's weight below which it is none."""

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Measurement:
    """Over the grid: `inverse` depth in 1/m, and `weight` 0..1, 0 where nothing was measured. `guide` is the left
    picture, grey 0..1.
    """

    inverse: Plane
    weight: Plane
    guide: Plane


class Matcher:
    """Semi-global matching (Hirschmüller 2008) of small pictures, checked from both sides, then made finer by least
    squares of the grey values (Lucas & Kanade 1981): far surfaces differ by fractions of a pixel only.
    """

    def __init__(self, rig: StereoRig, size: tuple[int, int]) -> None:
        """`rig` are the rectified cameras of pairs of `size` (width, height)."""
        fov, (width, height) = rig.left.fov, size
        self.shape = grid_shape(size)
        self._coarse = COARSE, max(8, round(COARSE * height / width))
        self._fine = FINE, max(8, round(FINE * height / width))
        self._per_inverse = rig.baseline_m * FINE / (fov.left + fov.right)  # fine pixels for 1 / m
        # Principal points may differ: rectified cameras share rows, not always the place straight ahead.
        self._offset = FINE * (rig.left.fov.left - rig.right.fov.left) / (fov.left + fov.right)
        most = self._per_inverse / NEAREST_M * COARSE / FINE
        self._range = min(MOST, max(16, -(-round(most) // 16) * 16))
        self._search = cv2.StereoSGBM.create(0, self._range, 5, 200, 800, 1, 15, 8, 0, 0, cv2.StereoSGBM_MODE_SGBM_3WAY)
        self._x, self._y = np.meshgrid(*(np.arange(side, dtype=np.float32) for side in self._fine))

    def measure(self, left: Pixels, right: Pixels) -> Measurement:
        """Of pictures (H, W, 3) RGB."""
        here, there = (_grey(picture, self._fine) for picture in (left, right))
        start, found = self._searched(here, there)
        disparity, uncertain, unlike = self._refined(here.astype(np.float32), there.astype(np.float32), start)
        inverse = (disparity - np.float32(self._offset)) / np.float32(self._per_inverse)
        weight = (
            found
            / (1 + np.square(uncertain / np.float32(SHARP)))
            / (1 + np.square(np.square(unlike / np.float32(ALIKE))))
        )
        weight[(inverse <= 0) | (np.abs(disparity - start) > 2.5)] = 0
        rows, columns = self.shape
        total = cv2.resize(weight, (columns, rows), interpolation=cv2.INTER_AREA)
        mean = cv2.resize(weight * inverse, (columns, rows), interpolation=cv2.INTER_AREA)
        guide = cv2.resize(here, (columns, rows), interpolation=cv2.INTER_AREA)
        return Measurement(mean / np.maximum(total, np.float32(1e-6)), total, guide.astype(np.float32) / 255)

    def hidden(self, found: Measurement) -> NDArray[np.bool_]:
        """(rows, columns) what the right eye does not see, behind something near: a gap in what was `found`, as wide as
        the near thing on its right is shifted against what is on its left.
        """
        columns = self.shape[1]
        known = found.weight > LEAST
        along = np.arange(columns)
        before = np.maximum.accumulate(np.where(known, along, 0), axis=1)
        after = np.minimum.accumulate(np.where(known, along, columns - 1)[:, ::-1], axis=1)[:, ::-1]
        disparity = found.inverse * np.float32(self._per_inverse * columns / FINE)
        shift = np.take_along_axis(disparity, after, 1) - np.take_along_axis(disparity, before, 1)
        return ~known & (shift > 2) & (after - before < shift + 5)

    def _searched(self, here: Grey, there: Grey) -> tuple[Plane, Plane]:
        """Disparity in fine pixels at every fine pixel, and 1 where both eyes agree on it, else 0."""
        sides = self._range, 0  # beyond the left border, where a search would end
        small = (cv2.resize(picture, self._coarse, interpolation=cv2.INTER_AREA) for picture in (here, there))
        pair = (cv2.copyMakeBorder(picture, 0, 0, *sides, cv2.BORDER_REPLICATE) for picture in small)
        disparity = self._search.compute(*pair)[:, self._range :]
        found = (disparity > 0).astype(np.float32)
        smooth = cv2.medianBlur(disparity, 5).astype(np.float32)
        start = cv2.resize(smooth, self._fine, interpolation=cv2.INTER_NEAREST) * np.float32(FINE / COARSE / 16)
        start = np.maximum(start, np.float32(0))
        inside = self._x >= start
        return start, cv2.resize(found, self._fine, interpolation=cv2.INTER_NEAREST) * inside

    def _refined(self, here: Plane, there: Plane, start: Plane) -> tuple[Plane, Plane, Plane]:
        """The disparity, its uncertainty in fine pixels, and the share of contrast in which the windows differ."""
        disparity = start
        for _ in range(ROUNDS):
            warped = cv2.remap(there, self._x - disparity, self._y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            slope = cv2.Sobel(cv2.add(warped, here), cv2.CV_32F, 1, 0, ksize=3, scale=1 / 16)
            rest = cv2.subtract(here, warped)
            slope_mean, rest_mean = _mean(slope), _mean(rest)  # without them, a darker eye would shift everything
            power = _mean(slope * slope) - slope_mean * slope_mean
            step = (_mean(slope * rest) - slope_mean * rest_mean) / (power + 2)
            disparity = disparity - np.clip(step, -1, 1)
        deviation = np.asarray(np.sqrt(np.maximum(power, np.float32(1e-3))), np.float32)
        uncertain = np.float32(NOISE / (WINDOW / 2)) / deviation
        left = np.maximum(_mean(rest * rest) - rest_mean * rest_mean - step * step * power, 0)
        contrast = _mean(here * here) - np.square(_mean(here)) + 4 * np.float32(NOISE * NOISE)
        return disparity, np.asarray(uncertain, np.float32), np.asarray(left / contrast, np.float32)


def _grey(picture: Pixels, size: tuple[int, int]) -> Grey:
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)


def _mean(plane: Plane) -> Plane:
    return np.asarray(cv2.boxFilter(plane, -1, (WINDOW, WINDOW)), np.float32)
