"""The canvas: noise without a lattice, in bands of known waves, that second views see where they see the photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")

from allaprima.models.networks.canvas import WAVES_PX, noise, still, warped
from allaprima.models.networks.network import build
from allaprima.models.training.consistency import random_warp


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def mean_wave_px(field: torch.Tensor) -> float:
    """Of (h, w) at half the picture's size, from the centre of its spectrum, in picture pixels."""
    power = torch.fft.rfft2(field).abs().square()
    fy, fx = torch.fft.fftfreq(field.shape[0])[:, None], torch.fft.rfftfreq(field.shape[1])[None]
    frequency = torch.hypot(fy, fx)
    return 2 / ((power * frequency).sum() / power.sum()).item()


def test_each_channel_has_its_own_wave_mean_0_and_deviation_1() -> None:
    field = noise(1, 2, (480, 640), generator())
    assert field.shape == (1, 2, 240, 320)
    assert torch.allclose(field.std((2, 3)), torch.ones(1, 2), atol=1e-3) and field.mean().abs() < 1e-3
    for channel, wave in zip(field[0], WAVES_PX, strict=True):
        assert mean_wave_px(channel) == pytest.approx(wave, rel=0.2)


def test_scale_lengthens_the_waves_and_a_seed_gives_one_canvas() -> None:
    usual, longer = (noise(1, 1, (480, 640), generator(), torch.tensor([scale]))[0, 0] for scale in (1.0, 1.4))
    assert mean_wave_px(longer) == pytest.approx(1.4 * mean_wave_px(usual), rel=0.1)
    once, again = still(2, (64, 64), 3), still(2, (64, 64), 3)
    assert once is not None and again is not None and torch.equal(once, again) and still(0, (64, 64)) is None


def test_no_direction_is_preferred() -> None:
    power = torch.fft.fft2(noise(64, 1, (128, 128), generator())[:, 0]).abs().square().mean(0)
    fy, fx = (torch.fft.fftfreq(64)[:, None], torch.fft.fftfreq(64)[None])
    across, down = (power * fx.square()).sum().item(), (power * fy.square()).sum().item()
    assert across == pytest.approx(down, rel=0.1)


def test_a_second_view_sees_the_canvas_where_it_sees_the_photo() -> None:
    canvas = noise(3, 2, (128, 128), generator())
    warp = random_warp(3, 128, 128, generator(5))
    exact = warped(canvas, warp.grid, torch.zeros(3), generator())
    large = torch.nn.functional.interpolate(canvas, scale_factor=2, mode="bicubic", align_corners=False)
    expected = torch.nn.functional.avg_pool2d(warp(large), 2)
    seen = torch.nn.functional.avg_pool2d(warp.valid, 2) == 1
    error = ((exact - expected).abs() * seen).sum() / (2 * seen.sum())
    assert error < 0.1  # of a deviation of 1; what enlarging and averaging cost
    misplaced = warped(canvas, warp.grid, torch.full((3,), 4.0), generator())
    assert ((misplaced - exact).abs() * seen).sum() / (2 * seen.sum()) > 2 * error


def test_a_network_that_wants_a_canvas_says_so() -> None:
    photo, style = torch.rand(2, 3, 64, 64), torch.eye(2)[1:]
    with pytest.raises(ValueError, match="2 canvas channels"):
        build("E8-16x1c2", 2)(photo, style)
    with pytest.raises(ValueError, match="0 canvas channels"):
        build("E8-16x1", 2)(photo, style, torch.zeros(2, 2, 32, 32))


def test_a_flat_photo_is_painted_flat_without_a_canvas_and_with_strokes_on_one() -> None:
    network, style = build("E8-16x1c2", 2), torch.eye(2)[1:]
    network.exit.weight.data.mul_(20)
    flat = torch.full((2, 3, 64, 64), 0.5)
    with torch.no_grad():
        bare = network(flat, style, torch.zeros(2, 2, 32, 32))
        painted = network(flat, style, still(2, (64, 64)))
    assert bare.std((2, 3)).max() < 1e-3 < 1e-2 < painted.std((2, 3)).max()
