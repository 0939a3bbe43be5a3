"""Synthetic second views must be what a second camera would have seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch", reason='training needs torch: pip install -e ".[train]"')

from allaprima.models.training.consistency import EDGE_PX, Motion, Warp, consistency, random_warp


def smooth_picture(count: int = 2) -> torch.Tensor:
    noise = torch.rand(count, 3, 6, 6, generator=torch.Generator().manual_seed(3))
    return torch.nn.functional.interpolate(noise, (64, 96), mode="bicubic").clamp(0, 1)


def test_a_warp_without_motion_changes_nothing() -> None:
    warp = random_warp(2, 64, 96, torch.Generator().manual_seed(0), Motion(0, 0, 0, 0))
    picture = smooth_picture()
    assert torch.allclose(warp(picture), picture, atol=1e-5)
    assert warp.valid.min() == 1


def test_painting_that_moves_with_the_scene_costs_nothing_and_a_fixed_pattern_does() -> None:
    warp = random_warp(2, 64, 96, torch.Generator().manual_seed(1))
    picture = smooth_picture()
    assert consistency(picture, warp(picture), warp) < 1e-10
    screen_door = (torch.arange(96) % 2).float().expand(2, 3, 64, 96)
    assert consistency(screen_door, screen_door, warp) > 0.01


def test_what_only_one_view_sees_is_not_compared() -> None:
    ys, xs = torch.meshgrid(torch.arange(8) + 0.5, torch.arange(8) + 0.5, indexing="ij")
    grid = torch.stack(((xs + 4) / 4 - 1, ys / 4 - 1), 2)[None]  # everything comes from 4 px further right
    inside = (grid[..., 0].abs() < 1).float()[:, None]
    first = torch.zeros(1, 3, 8, 8)
    second = first.clone()
    second[..., 4:] = 1  # comes from outside the first view
    assert consistency(first, second, Warp(grid, inside)) == 0
    second[..., :4] = 1
    assert consistency(first, second, Warp(grid, inside)) == 1


def test_edges_of_depth_are_not_compared_and_enough_else_is() -> None:
    still = Motion(shift_px=0, disparity_px=16, zoom=0, roll_rad=0)
    warp = random_warp(16, 64, 96, torch.Generator().manual_seed(2), still)
    jumps = (warp.grid[..., 0].diff(dim=2) * 48 - 1).abs() > 1.5  # pixels beyond the 1 that neighbours are apart
    assert jumps.any(), "no view of the sixteen has a layer in front"
    for view, valid in zip(jumps, warp.valid[:, 0], strict=True):
        for y, x in view.nonzero().tolist():
            assert valid[max(0, y - EDGE_PX + 1) : y + EDGE_PX, max(0, x - EDGE_PX + 2) : x + EDGE_PX].sum() == 0
    assert warp.valid.mean() > 0.5


def test_a_view_from_nearer_is_larger() -> None:
    grids = random_warp(64, 32, 32, torch.Generator().manual_seed(2), Motion(0, 0, 0.1, 0)).grid
    spans = grids[:, 0, -1, 0] - grids[:, 0, 0, 0]
    still = 2 * 31 / 32
    assert spans.min() < 0.95 * still and spans.max() > 1.05 * still
    assert 0.2 < (spans - still).abs().lt(1e-4).float().mean() < 0.8, "half of the views only shift"


def test_one_seed_gives_one_warp() -> None:
    grids = [random_warp(1, 32, 32, torch.Generator().manual_seed(5)).grid for _ in range(2)]
    assert torch.equal(*grids)
