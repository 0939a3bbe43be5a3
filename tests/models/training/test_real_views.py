"""Second views from videos and stereo cameras."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='training needs torch: pip install -e ".[train]"')

from allaprima.app.core.errors import SourceError  # noqa: E402
from allaprima.models.training.consistency import random_warp  # noqa: E402
from allaprima.models.training.real_views import RealViews, displaced, moved  # noqa: E402

CROP = 96


def scene(seed: int = 0) -> np.ndarray:
    """(200, 260, 3) with detail of every size."""
    rng, total = np.random.default_rng(seed), np.zeros((200, 260, 3), np.float32)
    for side in (4, 8, 16, 64):
        noise = rng.random((200 // side + 2, 260 // side + 2, 3), np.float32)
        total += cv2.resize(noise, (260, 200), interpolation=cv2.INTER_CUBIC)
    return (total * 60).clip(0, 255).astype(np.uint8)


def pair(dx: int, dy: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two views of 150x200; what is at (x, y) in the second is at (x + dx, y + dy) in the first."""
    whole = scene()
    return whole[20:170, 30:230], whole[20 + dy : 170 + dy, 30 + dx : 230 + dx]


def write(folder: Path, name: str, rgb: np.ndarray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / name), rgb[..., ::-1])


@pytest.mark.parametrize(("estimate", "dx", "dy"), [(moved, 3, -2), (displaced, 9, 0)])
def test_where_the_second_view_comes_from_is_found(estimate, dx: int, dy: int) -> None:
    first, second = pair(dx, dy)
    source, seen = estimate(first, second)
    y, x = np.mgrid[:150, :200]
    inner = (slice(20, -20), slice(20, -20))
    assert seen[inner].mean() > 0.9
    off = np.hypot(source[..., 0] - x - dx, source[..., 1] - y - dy)
    assert np.median(off[inner]) < 0.3 and (off[inner][seen[inner]] < 1).mean() > 0.95


def test_what_only_one_view_shows_does_not_count() -> None:
    first, second = pair(3)
    first = first.copy()
    first[50:90, 80:120] = np.random.default_rng(5).integers(0, 256, (40, 40, 3), np.uint8)
    _, seen = moved(first, second)
    assert seen[55:85, 85:110].mean() < 0.5 < seen[100:140, 20:180].mean()


def test_a_drawn_pair_warps_onto_itself(tmp_path: Path) -> None:
    first, second = pair(4, 1)
    write(tmp_path / "walk", "1.png", first)
    write(tmp_path / "walk", "2.png", second)
    first, second = pair(7)
    write(tmp_path / "left", "a.png", first)
    write(tmp_path / "right", "a.png", second)
    for views in (RealViews.found(tmp_path / "walk", None, CROP), RealViews.found(None, tmp_path, CROP)):
        generator = torch.Generator().manual_seed(2)
        batch, warp = torch.zeros(8, 3, CROP, CROP), random_warp(8, CROP, CROP, generator)
        a, b, mixed = views.mixed(batch, batch, warp, generator)
        real = a.flatten(1).std(1) > 0
        assert 0 < real.sum() < 8
        assert torch.equal(mixed.grid[~real], warp.grid[~real])
        error = ((mixed(a) - b).abs() * mixed.valid)[real]
        assert mixed.valid[real].mean() > 0.6 and error.sum() / mixed.valid[real].sum() / 3 < 0.02


def test_folders_without_pairs_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no frames"):
        RealViews.found(tmp_path, None, CROP)
    with pytest.raises(SourceError, match="no pairs"):
        RealViews.found(None, tmp_path, CROP)
