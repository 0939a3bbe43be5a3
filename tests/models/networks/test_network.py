"""The style network: what it must do whatever its weights are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch", reason='the network is trained in torch: pip install -e ".[train]"')

from allaprima.models.networks.network import ConditionalNorm, StyleNetwork, build, pooled_norm


@pytest.fixture(scope="module")
def network() -> StyleNetwork:
    torch.manual_seed(1)
    made = build("E8-16x1", 3)
    for module in made.modules():
        if isinstance(module, ConditionalNorm):
            torch.nn.init.normal_(module.scale, 1.0, 0.3)
            torch.nn.init.normal_(module.shift, 0.0, 0.3)
    torch.nn.init.normal_(made.exit.weight, std=0.3)
    return made.eval()


def rows(*weights: float) -> torch.Tensor:
    return torch.tensor([weights], dtype=torch.float32)


@torch.no_grad()
def test_the_identity_row_gives_the_photo_back(network: StyleNetwork) -> None:
    photo = torch.rand(2, 3, 64, 96)
    assert torch.allclose(network(photo, rows(1, 0, 0)), photo, atol=1e-6)


@torch.no_grad()
def test_two_styles_differ_and_a_blend_lies_between(network: StyleNetwork) -> None:
    photo = torch.rand(2, 3, 64, 96)
    first, second = network(photo, rows(0, 1, 0)), network(photo, rows(0, 0, 1))
    blend = network(photo, rows(0, 0.5, 0.5))
    apart = (first - second).abs().mean()
    assert apart > 0.02
    assert (blend - first).abs().mean() < apart and (blend - second).abs().mean() < apart


@torch.no_grad()
def test_swapping_the_eyes_swaps_the_paintings(network: StyleNetwork) -> None:
    photo, style = torch.rand(2, 3, 64, 64), rows(0, 1, 0)
    assert torch.allclose(network(photo.flip(0), style), network(photo, style).flip(0), atol=1e-5)


@torch.no_grad()
def test_a_patch_is_painted_alike_in_both_eyes_though_the_rest_differs(network: StyleNetwork) -> None:
    """Pooled statistics: an eye alone would normalise its own picture and paint the shared part differently."""
    left = torch.rand(1, 3, 64, 256) * 0.2
    right = left.clone()
    right[..., 192:] = 1.0  # something bright at the edge that one eye alone sees
    style = rows(0, 1, 0)
    together = network(torch.cat((left, right)), style)[..., :64]
    alone = torch.cat([network(eye.repeat(2, 1, 1, 1), style)[:1] for eye in (left, right)])[..., :64]
    assert (together[0] - together[1]).abs().mean() < 0.25 * (alone[0] - alone[1]).abs().mean()


@torch.no_grad()
def test_pairs_of_a_training_batch_do_not_touch_one_another(network: StyleNetwork) -> None:
    photos = torch.rand(4, 3, 64, 64)
    styles = torch.tensor([[0.0, 1, 0], [0, 0, 1]])
    both = network(photos, styles)
    assert torch.allclose(both[:2], network(photos[:2], styles[:1]), atol=1e-4)
    assert torch.allclose(both[2:], network(photos[2:], styles[1:]), atol=1e-4)


def test_the_norm_is_over_both_eyes_and_all_pixels() -> None:
    x = torch.randn(2, 5, 6, 7) * 3 + torch.arange(5.0)[:, None, None]
    y = pooled_norm(x, 1)
    assert torch.allclose(y.mean((0, 2, 3)), torch.zeros(5), atol=1e-5)
    assert torch.allclose(y.var((0, 2, 3), unbiased=False), torch.ones(5), atol=1e-3)


@pytest.mark.parametrize("name", ["", "U4-64x5", "E32-64", "E32-64x5; rm", "E9999-64x5"])
def test_a_family_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="network family"):
        build(name, 2)


def test_the_exported_file_paints_as_torch_does_at_other_sizes(network: StyleNetwork, tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    from allaprima.models.networks.export import export_onnx

    digest = export_onnx(network, tmp_path / "network.onnx")
    assert len(digest) == 64 and [p.name for p in tmp_path.iterdir()] == ["network.onnx"]
    session = runtime.InferenceSession(str(tmp_path / "network.onnx"), providers=["CPUExecutionProvider"])
    for height, width in ((64, 64), (72, 120)):
        frames, style = torch.rand(2, 3, height, width), rows(0.1, 0.7, 0.2)
        (painted,) = session.run(None, {"frames": frames.numpy(), "style": style.numpy()})
        with torch.no_grad():
            assert np.abs(painted - network(frames, style).numpy()).max() < 1 / 255
