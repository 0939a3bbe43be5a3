"""Measures of a painted picture that no training minimises, so that none can be trained to please them."""

from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from allaprima.models.judging.losses import CONTENT_LAYER
from allaprima.models.judging.vgg import FeatureNetwork
from allaprima.models.photos import read_rgb, resize_short, to_tensor

Pictures = NDArray[np.uint8]
"""(N, H, W, 3) RGB."""

FINE_PX, BROAD_PX = 1.2, 5.0
"""Deviations of the Gaussians between which strokes lie: finer is grain, broader is what is shown."""
MARGIN = 24
"""Pixels of a wall, beside the photo and at the border, that are not looked at."""
FLAT = 1 / 3
"""Share of a painting that counts as its flat parts."""
WALLS = ((0.2, 0.4, 0.3), (0.4, 0.65, 0.7), (0.6, 0.9, 0.5), (0.3, 0.8, 0.1), (0.15, 0.9, 0.9), (0.5, 0.55, 0.5))
"""Of the gradients: darkest, brightest, and how much of the way goes across rather than down."""
DIRECTIONS, QUANTILES, SEED = 64, 200, 9


def with_walls(photos: Pictures) -> Pictures:
    """The photos with a smooth grey gradient over their right halves, as a wall or a sky is."""
    walled = photos.copy()
    height, width = photos.shape[1:3]
    y, x = np.mgrid[:height, : width - width // 2] / max(height, width - width // 2)
    for number, picture in enumerate(walled):
        darkest, brightest, across = WALLS[number % len(WALLS)]
        grey = darkest + (brightest - darkest) * (x * across + y * (1 - across))
        picture[:, width // 2 :] = np.rint(255 * grey)[..., None]
    return walled


def wall_detail(painted: Pictures) -> float:
    """How strong the strokes are that were painted on the walls of `with_walls`, as a deviation in 0..1."""
    start = painted.shape[2] // 2 + MARGIN
    return float(np.sqrt(_strokes(painted)[:, MARGIN:-MARGIN, start:-MARGIN].mean()))


def painting_detail(painting: Path, stroke: int) -> tuple[float, float]:
    """(on the whole, on its flat parts): the same of a painting whose shorter side is brought to `stroke` pixels."""
    energy = _strokes(np.asarray(resize_short(read_rgb(painting), stroke))[None])[0]
    around = cv2.GaussianBlur(energy, (0, 0), 8)
    flat = energy[around <= np.quantile(around, FLAT)]
    return float(np.sqrt(energy.mean())), float(np.sqrt(flat.mean()))


def _strokes(pictures: Pictures) -> NDArray[np.float32]:
    """(N, H, W) energy of each pixel's grey between the two Gaussians, of 0..1."""
    grey = pictures.astype(np.float32).mean(3) / 255
    bands = [cv2.GaussianBlur(one, (0, 0), FINE_PX) - cv2.GaussianBlur(one, (0, 0), BROAD_PX) for one in grey]
    return np.square(np.stack(bands)).astype(np.float32)


class StyleQuantiles:
    """Sliced Wasserstein distance (Heitz et al. 2021) of `CONTENT_LAYER` at half size along fixed directions."""

    def __init__(self, vgg: FeatureNetwork) -> None:
        self._vgg = vgg
        self._directions: Tensor | None = None

    def of(self, pictures: Pictures) -> Tensor:
        """(N, directions, quantiles) of each picture (H, W, 3)."""
        with torch.inference_mode():
            return torch.cat([self._quantiles(to_tensor(picture)[None]) for picture in pictures])

    def target(self, painting: Path, stroke: int) -> Tensor:
        """(1, directions, quantiles) of a painting whose shorter side is brought to `stroke` pixels."""
        return self.of(np.asarray(resize_short(read_rgb(painting), stroke))[None])

    def _quantiles(self, picture: Tensor) -> Tensor:
        features = self._vgg(F.avg_pool2d(picture, 2), False)[CONTENT_LAYER].flatten(2)
        if self._directions is None:
            random = torch.randn(DIRECTIONS, features.shape[1], generator=torch.Generator().manual_seed(SEED))
            self._directions = random / random.norm(dim=1, keepdim=True)
        return torch.quantile(self._directions @ features, torch.linspace(0, 1, QUANTILES), dim=2).permute(1, 2, 0)


def swd_ratio(painted: Tensor, photos: Tensor, target: Tensor) -> float:
    """Distance of the painted pictures' quantiles from the painting's, as a share of the photos' own."""
    return float((painted - target).square().mean() / (photos - target).square().mean())
