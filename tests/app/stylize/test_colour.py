from __future__ import annotations

import colorsys

import numpy as np
import pytest

from allaprima.app.core.errors import SettingsError
from allaprima.app.stylize.colour import LUMA, check_keep_colour, keep_colour


def noise(seed: int, height: int = 70, width: int = 50) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (2, height, width, 3), np.uint8)


def luma(pixels: np.ndarray) -> np.ndarray:
    return pixels @ np.array(LUMA)


def hue(pixel: np.ndarray) -> float:
    return colorsys.rgb_to_hsv(*(pixel / 255))[0]


def test_light_and_dark_are_the_paintings_to_the_level() -> None:
    painted = noise(0)
    assert np.abs(luma(keep_colour(painted, noise(1))) - luma(painted)).max() < 1


def test_hue_is_the_cameras_even_where_its_saturation_does_not_fit() -> None:
    camera = np.array([[[250, 30, 20], [20, 200, 60], [30, 60, 240]]], np.uint8)
    for level in (60, 128, 215):
        kept = keep_colour(np.full_like(camera, level), camera)
        for before, after in zip(camera[0], kept[0], strict=True):
            assert np.ptp(after.astype(int)) > 20
            assert abs((hue(before) - hue(after) + 0.5) % 1 - 0.5) < 0.01


def test_chroma_is_the_cameras_where_it_fits() -> None:
    """In YIQ, with the matrix of the standard rather than our short cut."""
    to_yiq = np.array([LUMA, (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112)])
    camera, painted = noise(1) // 4 + 96, noise(0) // 4 + 96
    kept = keep_colour(painted, camera)
    assert 0 < kept.min() and kept.max() < 255
    assert np.abs((kept @ to_yiq.T)[..., 1:] - (camera @ to_yiq.T)[..., 1:]).max() < 1


def test_black_and_white_of_the_painting_stay_black_and_white() -> None:
    camera = noise(1)
    for level in (0, 255):
        assert (keep_colour(np.full_like(camera, level), camera) == level).all()


@pytest.mark.parametrize("amount", [0.0, 1.0])
def test_a_picture_on_itself_is_itself(amount: float) -> None:
    np.testing.assert_array_equal(keep_colour(noise(0), noise(0), amount), noise(0))


def test_amount_goes_from_the_painting_to_the_camera(amounts: tuple[float, ...] = (0.0, 0.25, 0.5, 1.0)) -> None:
    painted, camera = noise(0), noise(1)
    results = [keep_colour(painted, camera, amount).astype(int) for amount in amounts]
    np.testing.assert_array_equal(results[0], painted)
    for amount, result in zip(amounts, results, strict=True):
        expected = painted + amount * (results[-1] - painted.astype(int))
        assert np.abs(result - expected).max() <= 1


def test_a_picture_taller_than_a_band_has_no_seam() -> None:
    column = np.broadcast_to(np.arange(1000)[:, None, None] * 255 // 999, (1000, 3, 3)).astype(np.uint8)
    kept = keep_colour(column, np.full_like(column, 100))
    np.testing.assert_array_equal(kept, column)


@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_amount_that_is_none_is_refused(amount: float) -> None:
    with pytest.raises(SettingsError, match="keep-colour"):
        check_keep_colour(amount)
