"""What a style network must compute and move at the least, and how fast a machine can do either in PyTorch.

The roofline of Williams, Waterman & Patterson 2009: no layer is quicker than its arithmetic at the peak of matrix
products, nor than its bytes at the speed of copying.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from allaprima.models.networks.fused import FusedNetwork, FusedNorm, ReflectedConv
from allaprima.models.networks.peak import Run, to_its_end

_COPIED = {"cpu": 2**27, "cuda": 2**29}  # bytes, too many for a cache


@dataclass(frozen=True, slots=True)
class Layer:
    """`flops` floating-point operations, two for each multiply-add; `moved` bytes that go to and from memory."""

    flops: int
    moved: int


def floor_s(layers: Sequence[Layer], flops_per_s: float, bytes_per_s: float) -> float:
    """Seconds below which no pass can come, layer after layer."""
    return sum(max(layer.flops / flops_per_s, layer.moved / bytes_per_s) for layer in layers)


def layers(network: FusedNetwork, size: tuple[int, int]) -> list[Layer]:
    """Of one pass over a pair of `size` (width, height): convolutions and norms, in the order they run, and the bytes
    of both ends.

    A convolution reads its picture and its weights, and writes. A norm reads and writes: its statistics could be taken
    where the convolution writes. What else there is (borders, activations, sums, enlargements, shuffles) could ride
    along with one of these, and is not counted.
    """
    found: list[Layer] = []

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        x = inputs[0]
        if isinstance(module, ReflectedConv):
            flops = 2 * output.numel() * module.weight[0].numel()
            found.append(Layer(flops, (x.numel() + output.numel() + module.weight.numel()) * x.element_size()))
        else:
            found.append(Layer(0, 2 * x.numel() * x.element_size()))

    shapes = copy.deepcopy(network).to("meta")  # computes shapes alone
    for module in shapes.modules():
        if isinstance(module, ReflectedConv | FusedNorm):
            module.register_forward_hook(count)
    width, height = size
    channels = shapes.network.canvas
    canvas = torch.empty(2, channels, height // 2, width // 2, device="meta") if channels else None
    shapes(torch.empty(2, 3, height, width, device="meta"), torch.empty(1, shapes.network.rows, device="meta"), canvas)
    return [*found, Layer(0, 2 * 2 * 3 * width * height)]


def copying(place: str) -> tuple[Run, int]:
    """A copy from memory to memory on "cpu" or "cuda", and the bytes it reads and writes."""
    a = torch.zeros(_COPIED[place], dtype=torch.uint8, device=place)
    b = torch.empty_like(a)
    return to_its_end(lambda: b.copy_(a), place), 2 * a.numel()


def device_name(place: str) -> str:
    """The GPU's, for people; empty for the processor."""
    return torch.cuda.get_device_name() if place == "cuda" else ""
