"""One camera: how directions become pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import CalibrationError

Points = NDArray[np.float64]
"""(N, 2): pixels with x right and y down, (0, 0) the middle of the first pixel; or tangents, of a ray (x, y, 1)."""
Matrix = NDArray[np.float64]

Lens = Literal["pinhole", "fisheye"]
LENSES: tuple[Lens, ...] = ("pinhole", "fisheye")
COEFFICIENTS = {"pinhole": (0, 4, 5, 8), "fisheye": (0, 4)}
"""How many distortion coefficients a lens may have, in OpenCV's order; none is a lens without distortion."""

_WIDEST = 1e3  # tangents; beyond is beside or behind the camera
_ITERATIONS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-9)


@dataclass(frozen=True, slots=True)
class CameraModel:
    """OpenCV's models: `pinhole` with Brown's distortion (k1, k2, p1, p2, k3, ...), `fisheye` after Kannala and Brandt
    2006 (k1, k2, k3, k4). `focal` (fx, fy) and `centre` (cx, cy) in pixels.

    Raises `CalibrationError` for numbers that no camera has.
    """

    focal: tuple[float, float]
    centre: tuple[float, float]
    distortion: tuple[float, ...] = ()
    lens: Lens = "pinhole"
    id: str = ""

    def __post_init__(self) -> None:
        if self.lens not in LENSES:
            raise CalibrationError(f"there is no lens '{self.lens}'", f"known: {', '.join(LENSES)}")
        if not np.isfinite([*self.focal, *self.centre, *self.distortion]).all():
            raise CalibrationError("focal length, centre and distortion must be finite numbers")
        if min(self.focal) <= 0:
            raise CalibrationError(f"a focal length of {min(self.focal):g} pixels is not above 0")
        if len(self.distortion) not in COEFFICIENTS[self.lens]:
            raise CalibrationError(
                f"a {self.lens} lens has {_listed(COEFFICIENTS[self.lens])} distortion coefficients, "
                f"not {len(self.distortion)}"
            )

    @property
    def matrix(self) -> Matrix:
        """3x3, from rays to pixels before distortion: K."""
        (fx, fy), (cx, cy) = self.focal, self.centre
        return np.array(((fx, 0.0, cx), (0.0, fy, cy), (0.0, 0.0, 1.0)))

    @property
    def coefficients(self) -> Matrix:
        """The distortion as OpenCV takes it."""
        return np.array(self.distortion or (0.0,) * 4)

    def binned(self, block: int) -> CameraModel:
        """The camera whose every pixel is the average of `block` by `block` of this one's."""
        (fx, fy), (cx, cy) = self.focal, self.centre
        centre = (cx + 0.5) / block - 0.5, (cy + 0.5) / block - 0.5
        return replace(self, focal=(fx / block, fy / block), centre=centre)

    def project(self, points: Matrix) -> Points:
        """Pixels of `points` (N, 3) in front of the camera: x right, y down, z forward."""
        still = np.zeros(3)
        if self.lens == "fisheye":
            pixels, _ = cv2.fisheye.projectPoints(
                points.reshape(-1, 1, 3), still, still, self.matrix, self.coefficients
            )
        else:
            pixels, _ = cv2.projectPoints(points.reshape(-1, 1, 3), still, still, self.matrix, self.coefficients)
        return np.asarray(pixels, float).reshape(-1, 2)

    def rays(self, pixels: Points) -> Points:
        """Tangents (x, y) of the rays (x, y, 1) that reach `pixels`; NaN for those that come from beside or behind."""
        given = np.asarray(pixels, float).reshape(-1, 1, 2)
        if self.lens == "fisheye":
            found = cv2.fisheye.undistortPoints(given, self.matrix, self.coefficients, criteria=_ITERATIONS)
        else:
            found = cv2.undistortPoints(given, self.matrix, self.coefficients, criteria=_ITERATIONS)
        tangents = np.asarray(found, float).reshape(-1, 2)
        tangents[~(np.abs(tangents) < _WIDEST).all(axis=1)] = np.nan
        return tangents


def _listed(counts: tuple[int, ...]) -> str:
    return f"{', '.join(map(str, counts[:-1]))} or {counts[-1]}"
