"""Each measure on pictures for which the right answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.models.judging import metrics

SIZE = (96, 128)


def blobs(seed: int = 0, size: tuple[int, int] = SIZE) -> NDArray[np.float32]:
    """(H, W, 3) float32 0..1, smooth, no two places alike."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]]
    waves = sum(
        rng.uniform(0.3, 1, 3)
        * np.sin(x[..., None] * rng.uniform(-0.3, 0.3, 3) + y[..., None] * rng.uniform(0, 0.3, 3))
        for _ in range(8)
    )
    return np.asarray(0.5 + waves / 20, np.float32)


def flow(dx: float, dy: float) -> NDArray[np.float32]:
    return np.broadcast_to(np.array([dx, dy], np.float32), (*SIZE, 2)).copy()


def inner(border: int) -> NDArray[np.bool_]:
    mask = np.zeros(SIZE, bool)
    mask[border:-border, border:-border] = True
    return mask


def test_true_flow_leaves_nothing_and_a_wrong_one_much() -> None:
    large = blobs(size=(110, 140))
    now, other = large[4:100, 3:131], large[:96, :128]  # what is at (x, y) now was at (x + 3, y + 4) there
    assert metrics.warped_error(now, other, flow(3, 4), inner(8)) < 1e-6
    assert metrics.warped_error(now, other, flow(-3, -4), inner(8)) > 0.05
    assert metrics.warped_error(now, other, flow(0, 0), inner(8)) > 0.02


def test_warp_is_right_between_the_pixels() -> None:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    ramp = np.repeat((0.004 * x + 0.002 * y)[..., None], 3, 2).astype(np.float32)
    error = metrics.warped_error(ramp + np.float32(0.004 * 0.4 - 0.002 * 0.7), ramp, flow(0.4, -0.7), inner(4))
    assert error < 3e-4  # OpenCV rounds places to 32nds of a pixel


def test_hidden_pixels_do_not_count() -> None:
    now, other = blobs(), blobs()
    other[20:40, 30:60] = 0
    seen = np.ones(SIZE, bool)
    assert metrics.warped_error(now, other, flow(0, 0), seen) > 0.05
    seen[18:42, 28:62] = False  # and the bicubic kernel's reach
    assert metrics.warped_error(now, other, flow(0, 0), seen) < 1e-6
    with pytest.raises(ValueError, match="no pixel"):
        metrics.warped_error(now, other, flow(0, 0), np.zeros(SIZE, bool))


def test_hiding_more_does_not_make_the_error_smaller() -> None:
    now, other = blobs(), blobs() + np.float32(0.1)
    seen = inner(20)
    assert metrics.warped_error(now, other, flow(0, 0), seen) == pytest.approx(0.1, abs=1e-5)


@pytest.mark.parametrize("shift", [(1, 0), (3, 0), (0, 2), (2, 3)])
def test_shifted_crops_of_one_picture_are_alike_and_the_border_is_left_out(shift: tuple[int, int]) -> None:
    large, (dx, dy) = blobs(size=(110, 140)), shift
    first, second = large[:96, :128].copy(), large[dy : dy + 96, dx : dx + 128].copy()
    second[:8], first[:, -8:] = 0, 1  # each network's own border
    assert metrics.shift_error(first, second, shift, 8) == 0
    assert metrics.shift_error(first, second, (dx + 1, dy), 8) > 0.005
    assert metrics.shift_error(first, second, shift, 4) > 0.02


def test_noise_is_of_the_strength_asked_for_and_always_the_same() -> None:
    grey = np.full((*SIZE, 3), 128, np.uint8)
    noisy = metrics.with_noise(grey, 2.0, seed=1)
    assert np.array_equal(noisy, metrics.with_noise(grey, 2.0, seed=1))
    assert not np.array_equal(noisy, metrics.with_noise(grey, 2.0, seed=2))
    assert metrics.rmse(grey, noisy) * 255 == pytest.approx((4 + 1 / 12) ** 0.5, rel=0.02)  # and one rounding


def test_exposure_scales_and_clips() -> None:
    assert metrics.with_exposure(np.array([[[100, 0, 255]]], np.uint8), 1.02).tolist() == [[[102, 0, 255]]]


def test_disparity_is_found_and_its_loss_is_counted_in_percent() -> None:
    texture = np.random.default_rng(0).integers(0, 255, (96, 160, 3), dtype=np.uint8)
    left, right = texture[:, :144], texture[:, 6 : 6 + 144]  # what is at x on the left is at x - 6 on the right
    truth, seen = np.full((96, 144), 6, np.float32), np.ones((96, 144), bool)
    found = metrics.stereo_disparity(np.ascontiguousarray(left), np.ascontiguousarray(right), 6)
    assert metrics.bad_pixels(found, truth, seen) < 1
    found[:24] += 2.5
    assert metrics.bad_pixels(found, truth, seen) == pytest.approx(25, abs=1)
    found[:24] = -1  # missing
    assert metrics.bad_pixels(found, truth, seen) == pytest.approx(25, abs=1)
    seen[:24] = False
    assert metrics.bad_pixels(found, truth, seen) < 1


def test_a_tint_is_wholly_explained_and_another_picture_is_not() -> None:
    photo = blobs()
    tint = photo @ np.array([[0.5, 0.2, 0.1], [0.1, 0.6, 0.0], [0.3, 0.1, 0.4]], np.float32) + np.float32(0.05)
    assert metrics.tint_share(photo, tint) > 0.999
    assert metrics.tint_share(photo, blobs(seed=1)) < 0.5
    assert metrics.tint_share(photo, np.full_like(photo, 0.3)) == pytest.approx(1)  # blank: nothing but a tint


def test_contrast_of_half_black_and_half_white() -> None:
    picture = np.zeros((10, 10, 3), np.uint8)
    picture[:5] = 255
    assert metrics.output_std(picture) == pytest.approx(0.5)
    assert metrics.output_std(np.full((10, 10, 3), 7, np.uint8)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("cell", [4, 8])
def test_a_faint_grid_is_found_in_its_own_cells(cell: int) -> None:
    picture = np.random.default_rng(0).normal(0.5, 0.004, (120, 120, 3)).astype(np.float32)
    assert metrics.grid_share(picture, cell) < 0.05
    picture[::cell] += np.float32(4 / 255)
    picture[:, ::cell] += np.float32(4 / 255)
    assert metrics.grid_share(picture, cell) > 0.3
    with pytest.raises(ValueError, match="no window"):
        metrics.grid_share(picture[:20], cell)


def test_a_frame_is_found_on_any_edge_and_strokes_are_none() -> None:
    large = np.random.default_rng(0).normal(0.5, 0.1, (112, 144, 3)).astype(np.float32)

    def crops(frame: float, edge: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        both = large[:96, :128].copy(), large[16:, 16:].copy()
        for picture in both:
            np.rot90(picture, edge)[:4] += np.float32(frame)
        return both

    for edge in range(4):
        assert metrics.border_step(*crops(0, edge), 16) == 0
        assert metrics.border_step(*crops(0.1, edge), 16) == pytest.approx(0.1, abs=0.02)


def test_outlines_survive_new_colours_but_not_another_picture() -> None:
    photo = blobs()
    assert metrics.outline_kept(photo, 1 - photo) == pytest.approx(1)
    assert metrics.outline_kept(photo, np.roll(photo, 40, 1)) < 0.5
    assert metrics.outline_kept(photo, np.full_like(photo, 0.5)) == 0
