"""What is counted of a network, and what a machine is asked for beside it."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason='the network is torch\'s: pip install -e ".[train]"')

from roofline import Layer, copying, floor_s, layers  # noqa: E402

from allaprima.models.networks.fused import FusedNetwork, FusedNorm  # noqa: E402
from allaprima.models.networks.network import build  # noqa: E402
from allaprima.models.networks.peak import multiplying  # noqa: E402


def test_no_layer_is_quicker_than_its_arithmetic_nor_than_its_bytes() -> None:
    two = [Layer(flops=400, moved=10), Layer(flops=10, moved=50)]
    assert floor_s(two, flops_per_s=100, bytes_per_s=10) == 4 + 5


@pytest.mark.slow
def test_convolutions_and_norms_of_a_pass_are_counted() -> None:
    network = FusedNetwork(build("E8-16x1", 3))
    found = layers(network, (96, 64))
    entry = next(layer for layer in found if layer.flops == 2 * (2 * 4 * 32 * 48) * (12 * 9))  # 12 to 4 channels, 3x3
    assert entry.moved == 4 * (2 * 12 * 32 * 48 + 2 * 4 * 32 * 48 + 4 * 12 * 9)
    assert sum(layer.flops == 0 for layer in found) == 1 + sum(isinstance(m, FusedNorm) for m in network.modules())


def test_work_grows_with_the_pixels_and_bytes_halve_with_the_type() -> None:
    whole, half = FusedNetwork(build("E8-16x1", 3)), FusedNetwork(build("E8-16x1", 3))
    half.network.half()
    small, large = layers(whole, (96, 64)), layers(whole, (192, 128))
    assert sum(layer.flops for layer in large) == 4 * sum(layer.flops for layer in small)
    halved = layers(half, (96, 64))
    assert [layer.flops for layer in halved] == [layer.flops for layer in small]
    assert all(2 * h.moved == s.moved for h, s in zip(halved[:-1], small[:-1], strict=True))
    assert halved[-1] == small[-1]  # bytes at both ends in either
    assert next(whole.parameters()).device.type == "cpu"  # what was counted is what paints, untouched


def test_peaks_tell_how_much_they_do() -> None:
    copy, moved = copying("cpu")
    product, flops = multiplying("cpu", "f32")
    copy()
    product()
    assert moved == 2 * 2**27 and flops == 2 * 1024**3
