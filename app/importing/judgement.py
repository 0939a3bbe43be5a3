"""Whether what a network gave out is a painted picture, and in which range of values."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.importing.convention import RANGES, Picture

FLAT = 0.02
"""Standard deviation below which a picture shows nothing."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One output, judged against the picture that went in."""

    range_out: str
    painted: Picture
    structure: float
    """0..1: how much of the picture's light and edges is found again."""
    saturated: float
    """Share of values at or beyond black and white."""

    @property
    def score(self) -> float:
        """Higher is likelier to be what the network was trained for."""
        contrast = min(1.0, float(self.painted.clip(0, 1).std(axis=(2, 3)).max()) / 0.1)
        return self.structure * (1 - self.saturated) * contrast

    @property
    def flat(self) -> bool:
        """It shows nothing."""
        return bool(self.painted.std(axis=(2, 3)).max() < FLAT)


def judge(picture: Picture, values: Picture, range_out: str | None) -> Judgement:
    """`values` (1, 3, H, W) as the network gave them out; `range_out` None is guessed."""
    name = range_out or guess_range(values)
    painted = RANGES[name].decode(values)
    saturated = float(((painted < 0.01) | (painted > 0.99)).mean())
    return Judgement(name, painted, structure(picture, painted.clip(0, 1)), saturated)


def guess_range(values: Picture) -> str:
    """The narrowest range that the values, but for outliers, fit."""
    low, high = np.percentile(values, (0.5, 99.5))
    if max(-low, high) > 8:
        return "caffe" if low < -50 and high < 205 else "0-255"
    if low > -0.35:
        return "0-1"
    return "imagenet" if max(-low, high) > 1.3 else "-1-1"


def structure(picture: Picture, painted: Picture) -> float:
    """Mean of the correlations of light and of edges, each at a quarter of the size: strokes may lie as they like.

    Inverted light counts as light.
    """
    before, after = _small_light(picture), _small_light(painted)
    return 0.5 * abs(_correlation(before, after)) + 0.5 * max(0.0, _correlation(_edges(before), _edges(after)))


def _small_light(picture: Picture) -> NDArray[np.float32]:
    light = np.ascontiguousarray(picture[0].mean(0))
    return cv2.resize(light, (light.shape[1] // 4, light.shape[0] // 4), interpolation=cv2.INTER_AREA)


def _edges(light: NDArray[np.float32]) -> NDArray[np.float32]:
    return cv2.magnitude(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1))


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    spread = float(a.std() * b.std())
    return float(((a - a.mean()) * (b - b.mean())).mean()) / spread if spread > 1e-6 else 0.0
