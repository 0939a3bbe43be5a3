"""Strokes on walls and sliced Wasserstein distance: on pictures whose strokes are known."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")

import torch

from allaprima.models.judging import unseen
from allaprima.models.judging.vgg import FeatureNetwork

PHOTOS = np.random.default_rng(0).integers(0, 256, (2, 96, 160, 3), np.uint8)


def stroked(pictures: NDArray[np.uint8], strength: float) -> NDArray[np.uint8]:
    """With stripes of 12 px over everything."""
    wave = strength * np.sin(np.arange(pictures.shape[2]) * 2 * np.pi / 12)
    return np.clip(pictures + wave[None, None, :, None], 0, 255).astype(np.uint8)


def test_a_wall_has_no_strokes_of_its_own_and_the_photo_is_left() -> None:
    walled = unseen.with_walls(PHOTOS)
    assert np.array_equal(walled[:, :, :80], PHOTOS[:, :, :80])
    assert unseen.wall_detail(walled) < 0.003
    assert unseen.wall_detail(stroked(walled, 40)) == pytest.approx(
        2 * unseen.wall_detail(stroked(walled, 20)), rel=0.1
    )


def test_a_paintings_flat_parts_are_told_apart(tmp_path: Path) -> None:
    picture = np.full((200, 300, 3), 128, np.uint8)
    picture[:, 150:] = stroked(picture[None, :, 150:], 60)[0]
    cv2.imwrite(str(tmp_path / "print.png"), picture)
    whole, flat = unseen.painting_detail(tmp_path / "print.png", 200)
    assert whole > 0.05 and flat < 0.1 * whole


class Filters(FeatureNetwork):
    """A few random filters instead of VGG."""

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)
        self.weights = torch.randn(8, 3, 5, 5, generator=torch.Generator().manual_seed(0))

    def forward(self, pictures: torch.Tensor, deep: bool = True) -> dict[str, torch.Tensor]:
        return {"relu3_1": torch.relu(torch.nn.functional.conv2d(pictures, self.weights))}


def test_a_picture_of_the_painting_has_no_distance_and_the_photo_all_of_it(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "painting.png"), cv2.GaussianBlur(PHOTOS[0], (0, 0), 3))
    quantiles = unseen.StyleQuantiles(Filters())
    target, photos = quantiles.target(tmp_path / "painting.png", 96), quantiles.of(PHOTOS)
    assert unseen.swd_ratio(photos, photos, target) == 1
    assert unseen.swd_ratio(target, photos, target) == 0
    again = unseen.StyleQuantiles(Filters())
    assert (again.of(PHOTOS) == photos).all()  # the directions are fixed
