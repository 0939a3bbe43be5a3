"""What a network computes, counted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch", reason='networks are made with torch: pip install -e ".[train]"')
pytest.importorskip("onnx", reason='torch exports through onnx: pip install -e ".[train]"')

from foreign_networks import onnx_bytes

from allaprima.app.bench.speed import probes
from allaprima.app.bench.speed.probes import (
    CONVOLUTIONS,
    PRODUCT,
    convolution_kernels,
    flops,
    peaks,
)
from allaprima.app.packs.pack import load_pack


def exported(module: torch.nn.Module, *shape: int) -> bytes:
    return onnx_bytes(module, torch.rand(shape), (2, 3) if len(shape) == 4 else (), ("frames",))


def test_convolutions_are_counted_exactly_by_stride_and_groups() -> None:
    module = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Conv2d(8, 8, 5, padding=2, groups=8),
        torch.nn.Conv2d(8, 16, 3, stride=2, padding=1),
    )
    data = exported(module, 2, 3, 16, 16)
    for height, width in ((16, 16), (32, 24)):
        pixels = 2 * height * width
        wanted = 2 * (pixels * 8 * 27 + pixels * 8 * 25 + pixels // 4 * 16 * 72)
        assert flops(data, {"frames": (2, 3, height, width)}) == wanted


def test_a_matrix_product_is_two_operations_a_multiply_add() -> None:
    assert flops(exported(torch.nn.Linear(24, 10, bias=False), 5, 24), {"frames": (5, 24)}) == 2 * 5 * 24 * 10


def test_a_style_network_grows_with_its_pixels_and_not_otherwise(tiny_pack: Path) -> None:
    data = load_pack(tiny_pack).read_network().data
    small, large = (flops(data, {"frames": (2, 3, side, side)}) for side in (64, 128))
    styles = 4 * small - large  # what does not grow: the styles' tables, thrice too often
    assert 0 < styles < 0.01 * small


def test_peaks_count_what_they_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "CONVOLUTIONS", [(8, 6, 5, 3)])
    monkeypatch.setattr(probes, "PRODUCT", (16, 2))
    found = peaks("f32")
    assert {kernel: operations for kernel, (_, operations) in found.items()} == {
        "product 16": 2 * 2 * 16**3,
        "convolution 8": 3 * 2 * (2 * 8 * 6 * 5) * (8 * 9),
    }
    for run, _ in found.values():
        run()


def test_peaks_are_bound_by_arithmetic() -> None:
    """For each byte of a layer there are many operations: more than any processor computes while it moves one."""
    for channels, height, width, _ in CONVOLUTIONS:
        moved = 4 * (2 * 2 * channels * height * width + 9 * channels**2)
        assert 2 * (2 * channels * height * width) * 9 * channels / moved > 100
    side, _ = PRODUCT
    assert 2 * side**3 / (4 * 3 * side**2) > 100


def test_kernels_tell_the_precision(tiny_pack: Path) -> None:
    kernels = convolution_kernels(load_pack(tiny_pack).read_network().data, (64, 64), "f32", {})
    assert kernels and all("f32" in kernel for kernel in kernels)
