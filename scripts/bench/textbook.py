"""The textbook style network, for comparison: untrained, because speed does not depend on weights."""

import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    padded = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, padding_mode="reflect")
    return [padded, nn.InstanceNorm2d(outputs, affine=True), nn.ReLU()]


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inside = nn.Sequential(*_conv(128, 128, 3), *_conv(128, 128, 3)[:2])

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inside(x)


def textbook() -> nn.Module:
    """Johnson, Alahi & Fei-Fei 2016 with instance norm (Ulyanov 2016) and up-sampling by nearest neighbour, as
    in pytorch/examples' fast_neural_style: three convolutions down to a quarter of the size, five residual blocks
    of 128 channels, up again, 9x9 at both ends. (N, 3, H, W) to (N, 3, H, W); 1.68 million parameters.
    """
    up = nn.Upsample(scale_factor=2)
    return nn.Sequential(
        *_conv(3, 32, 9), *_conv(32, 64, 3, 2), *_conv(64, 128, 3, 2), *(_Block() for _ in range(5)),
        up, *_conv(128, 64, 3), up, *_conv(64, 32, 3), nn.Conv2d(32, 3, 9, padding=4, padding_mode="reflect"),
    ).eval()  # fmt: skip


def eager_pass(size: tuple[int, int]) -> Callable[[], object]:
    """A pair of `size` (width, height) painted as the textbook's own program does: eager PyTorch in float32, one eye
    after the other, without conversion from and to bytes.
    """
    network = textbook()
    eyes = [torch.rand(1, 3, size[1], size[0]) for _ in range(2)]

    def run() -> list[Tensor]:
        with torch.inference_mode():
            return [network(eye) for eye in eyes]

    return run


def textbook_onnx(size: tuple[int, int]) -> bytes:
    """The network as an ONNX file for a pair of `size`: `frames` (2, 3, H, W) to `painted`, both float32.

    Raises ImportError without the package `onnx`.
    """
    file: Any = io.BytesIO()  # the exporter takes it, but its types do not say so
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        example = (torch.rand(2, 3, size[1], size[0]),)
        torch.onnx.export(
            textbook(), example, file, input_names=["frames"], output_names=["painted"], opset_version=17, dynamo=False
        )
    return file.getvalue()


def random_pair(size: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """(2, 3, H, W) float32 0..1."""
    return np.random.default_rng(0).random((2, 3, size[1], size[0]), np.float32)
