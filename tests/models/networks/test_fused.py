"""The network as it is painted with, beside the one that is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch", reason='the network is torch\'s: pip install -e ".[train]"')

import torch.nn.functional as F

from allaprima.models.networks.fused import FusedNetwork, FusedNorm, ReflectedConv, reflected
from allaprima.models.networks.network import ConditionalNorm, Pyramid, build, pooled_norm

ROWS = 3


def network(seed: int = 0) -> Pyramid:
    torch.manual_seed(seed)
    made = build("E8-16x2", ROWS)
    assert isinstance(made, Pyramid)
    for module in made.modules():
        if isinstance(module, ConditionalNorm):
            torch.nn.init.normal_(module.scale, 1.0, 0.4)
            torch.nn.init.normal_(module.shift, 0.0, 0.4)
    torch.nn.init.normal_(made.exit.weight, std=0.1)
    return made.eval()


def pair(height: int = 64, width: int = 96) -> torch.Tensor:
    """(2, 3, H, W), channels last, as bytes of pictures come."""
    torch.manual_seed(1)
    rough = F.interpolate(torch.rand(2, 3, height // 8, width // 8), scale_factor=8, mode="bilinear")
    return rough.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("weights", [(1, 0, 0), (0, 1, 0), (0.3, 0.3, 0.4), (1.5, -0.5, 0)])
def test_fused_network_paints_what_the_trained_one_does(weights: tuple[float, ...]) -> None:
    style = torch.tensor([weights], dtype=torch.float32)
    with torch.no_grad():
        expected = network()(pair(), style)
    torch.testing.assert_close(FusedNetwork(network())(pair(), style), expected, atol=1e-4, rtol=0)


def test_half_a_network_paints_within_two_levels_and_gives_the_photo_back_exactly() -> None:
    whole, half = FusedNetwork(network()), FusedNetwork(network())
    half.network.half()
    for row in range(ROWS):
        style = torch.eye(ROWS)[row : row + 1]
        painted = half(pair(), style)
        assert painted.dtype == torch.float32
        assert (painted - whole(pair(), style)).abs().max() <= 2 / 255
    torch.testing.assert_close(half(pair(), torch.eye(ROWS)[:1]), pair(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16])
def test_norm_is_pooled_over_both_eyes_with_statistics_in_float32(kind: torch.dtype) -> None:
    torch.manual_seed(2)
    x = (torch.randn(2, 4, 40, 60) * 3 + 60).to(kind)  # in half a type 4800 summands beside 60 would all be lost
    x[1] += 4  # each eye has a mean of its own, but they share one
    blended = torch.tensor([1.0, 2, 3, 4, 0.5, 0, 0, -0.5])
    scale, shift = blended[:4, None, None], blended[4:, None, None]
    expected = pooled_norm(x.float(), 1) * scale + shift
    found = FusedNorm(0, 4)(x, blended)
    assert found.dtype == kind
    torch.testing.assert_close(found.float(), expected, atol=4 * torch.finfo(kind).eps * 8, rtol=0)


@pytest.mark.parametrize("border", [1, 2, 3])
def test_picture_is_continued_as_torchs_own_padding_does(border: int) -> None:
    x = torch.rand(2, 3, 5, 7).contiguous(memory_format=torch.channels_last)
    found = reflected(x, border)
    assert torch.equal(found, F.pad(x, (border,) * 4, mode="reflect"))
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_every_convolution_gets_and_gives_channels_last() -> None:
    """Anything else in between would cost two passes over the pixels on CUDA, unseen."""
    fused = FusedNetwork(network()).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # unknown to torch's types
    seen = []

    def look(module: torch.nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
        seen.append(all(x.is_contiguous(memory_format=torch.channels_last) for x in (*inputs, output)))

    for module in fused.modules():
        if isinstance(module, ReflectedConv):
            module.register_forward_hook(look)
    fused(pair(), torch.eye(ROWS)[:1])
    assert len(seen) > 15 and all(seen)


def test_nothing_of_a_fused_network_is_trained() -> None:
    assert not any(parameter.requires_grad for parameter in FusedNetwork(network()).parameters())
