"""Small style networks as strangers export them, with the painting that each of them makes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from allaprima.app.importing.convention import RANGES


def ends(name: str) -> tuple[Tensor, Tensor]:
    """Scale and shift of a value range."""
    column = [torch.tensor(values).float().reshape(1, 3, 1, 1) for values in (RANGES[name].scale, RANGES[name].shift)]
    return column[0], column[1]


class Posterise(nn.Module):
    """RGB 0..1 to RGB 0..1: edges and hard colours, no norm, so that the range of the input matters."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.mix = nn.Conv2d(3, 6, 5)
        self.out = nn.Conv2d(6, 3, 3)
        with torch.no_grad():
            self.mix.weight.normal_(0, 0.02)
            for channel in range(6):
                self.mix.weight[channel, channel % 3] += 0.03 + 0.004 * channel
            self.out.weight.normal_(0, 0.1)
            assert self.out.bias is not None
            self.out.bias.normal_(0, 0.1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.tanh(3 * (self.mix(F.pad(x, (2, 2, 2, 2), mode="reflect")) - 0.35))
        return torch.sigmoid(2 * self.out(F.pad(x, (1, 1, 1, 1), mode="reflect")))


class Ranged(nn.Module):
    """`body` between value ranges, in a layout."""

    def __init__(self, body: nn.Module, range_in: str = "0-1", range_out: str = "0-1", layout: str = "nchw") -> None:
        super().__init__()
        self.body, self.layout = body, layout
        (self.scale_in, self.shift_in), (self.scale_out, self.shift_out) = ends(range_in), ends(range_out)

    def forward(self, x: Tensor) -> Tensor:
        if self.layout == "nhwc":
            x = x.permute(0, 3, 1, 2)
        x = self.body((x - self.shift_in) / self.scale_in) * self.scale_out + self.shift_out
        return x.permute(0, 2, 3, 1) if self.layout == "nhwc" else x


class Normed(nn.Module):
    """Instance norm behind the first convolution: the range of the input does not matter, that of the output tells."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.first, self.norm = nn.Conv2d(3, 6, 3), nn.InstanceNorm2d(6, affine=True)
        self.last = nn.Conv2d(6, 3, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.first(F.pad(x, (1, 1, 1, 1), mode="reflect"))))
        return 128 + 60 * self.last(F.pad(x, (1, 1, 1, 1), mode="reflect"))


class OneByOne(nn.Module):
    """A norm written out for a batch of one."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Posterise(2)

    def forward(self, x: Tensor) -> Tensor:
        flat = x.reshape(1, 3, -1)
        return self.body(x * (0.5 / flat.mean(2)).reshape(1, 3, 1, 1))


class BakedSize(nn.Module):
    """A size that is really fixed: a table of its own for every pixel."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.body = Posterise(3)
        self.light = nn.Parameter(torch.linspace(0.9, 1.0, width).expand(1, 1, height, width).clone())

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) * self.light


class Halvings(nn.Module):
    """Four halvings and a shortcut: sides must be multiples of 16."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Posterise(4)

    def forward(self, x: Tensor) -> Tensor:
        coarse = x
        for _ in range(4):
            coarse = F.avg_pool2d(coarse, 2)
        return self.body(0.7 * x + 0.3 * F.interpolate(coarse, scale_factor=16, mode="nearest"))


class Mixed(nn.Module):
    """Three styles, mixed by a vector of weights."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Posterise(5)
        self.tints = nn.Parameter(torch.tensor([[1.0, 0.3, 0.2], [0.2, 1.0, 0.3], [0.3, 0.2, 1.0]]))

    def forward(self, x: Tensor, weights: Tensor) -> Tensor:
        return self.body(x) * (weights.reshape(1, 3) @ self.tints).reshape(1, 3, 1, 1)


class Indexed(Mixed):
    """The same three, by number."""

    def forward(self, x: Tensor, index: Tensor) -> Tensor:
        return self.body(x) * F.embedding(index, self.tints).reshape(1, 3, 1, 1)


def onnx_bytes(
    network: nn.Module,
    example: Tensor | Sequence[Tensor],
    free: Sequence[int] = (),
    names: Sequence[str] = ("input", "style"),
    opset: int = 17,
) -> bytes:
    """The network as PyTorch exports it; `free` are the dynamic axes of picture and painting."""
    examples = (example,) if isinstance(example, Tensor) else tuple(example)
    axes = {axis: f"axis{axis}" for axis in free}
    with TemporaryDirectory() as folder, torch.no_grad(), warnings.catch_warnings():
        file = Path(folder) / "network.onnx"
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            examples,
            file,
            input_names=list(names[: len(examples)]),
            output_names=["output"],
            dynamic_axes={names[0]: axes, "output": axes} if free else None,
            opset_version=opset,
            dynamo=False,
        )
        return file.read_bytes()
