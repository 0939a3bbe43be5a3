"""The network of PyTorch's fast_neural_style example, read from a stranger's `.pth` and written as ONNX.

Architecture: Johnson, Alahi & Fei-Fei 2016, "Perceptual Losses for Real-Time Style Transfer", with the instance norm
of Ulyanov 2016 and resize-convolutions. Unpickling runs only what `weights_only=True` allows, which is sound from torch
2.10 on (CVE-2025-32434, CVE-2026-24747); the program runs this module in a process of its own all the same:

    python -m allaprima.models.networks.johnson_pth SOURCE.pth NETWORK.onnx RESULT.json
"""

import json
import pickle
import re
import sys
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from allaprima.app.core.shell import install

SAFE_TORCH = (2, 10)
MAX_BYTES = 64 << 20
MAX_MEMBERS = 2000
WRAPPERS = ("state_dict", "model_state_dict", "model", "net")
"""Under which key training scripts keep the state dict."""


class Convolution(nn.Module):
    """A convolution with reflected borders, after an optional nearest-neighbour enlargement."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, enlarge: int = 1) -> None:
        super().__init__()
        self.border, self.enlarge = kernel // 2, enlarge
        self.conv2d = nn.Conv2d(inputs, outputs, kernel, stride)

    def forward(self, x: Tensor) -> Tensor:
        if self.enlarge > 1:
            x = F.interpolate(x, scale_factor=self.enlarge, mode="nearest")
        return self.conv2d(F.pad(x, (self.border,) * 4, mode="reflect"))


class Residual(nn.Module):
    """Two 3x3 convolutions with instance norms around a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.in1 = Convolution(channels, channels, 3), nn.InstanceNorm2d(channels, affine=True)
        self.conv2, self.in2 = Convolution(channels, channels, 3), nn.InstanceNorm2d(channels, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.in2(self.conv2(F.relu(self.in1(self.conv1(x)))))


class TransformerNetwork(nn.Module):
    """RGB 0..255, (N, 3, H, W), to the same, not clipped. Attributes are named as in the files."""

    def __init__(self, narrow: int = 32, middle: int = 64, wide: int = 128, blocks: int = 5) -> None:
        super().__init__()
        self.blocks = blocks
        self.conv1, self.in1 = Convolution(3, narrow, 9), nn.InstanceNorm2d(narrow, affine=True)
        self.conv2, self.in2 = Convolution(narrow, middle, 3, stride=2), nn.InstanceNorm2d(middle, affine=True)
        self.conv3, self.in3 = Convolution(middle, wide, 3, stride=2), nn.InstanceNorm2d(wide, affine=True)
        for number in range(1, blocks + 1):
            self.add_module(f"res{number}", Residual(wide))
        self.deconv1, self.in4 = Convolution(wide, middle, 3, enlarge=2), nn.InstanceNorm2d(middle, affine=True)
        self.deconv2, self.in5 = Convolution(middle, narrow, 3, enlarge=2), nn.InstanceNorm2d(narrow, affine=True)
        self.deconv3 = Convolution(narrow, 3, 9)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.in1(self.conv1(x)))
        x = F.relu(self.in2(self.conv2(x)))
        x = F.relu(self.in3(self.conv3(x)))
        for number in range(1, self.blocks + 1):
            x = self.get_submodule(f"res{number}")(x)
        x = F.relu(self.in4(self.deconv1(x)))
        x = F.relu(self.in5(self.deconv2(x)))
        return self.deconv3(x)


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a file of `torch.save`, float32. Raises ValueError with what the file is instead."""
    version = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2])
    if version < SAFE_TORCH:
        raise ValueError(f"torch {torch.__version__} does not read strangers' files safely: {install('train')}")
    _check_archive(path)
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        refused = re.search(r"GLOBAL ([\w.]*\w)", str(error))
        raise ValueError(
            "it holds more than tensors, and loading it would run code"
            f"{f' ({refused[1]})' if refused else ''}; what is wanted is a saved state dict"
        ) from error
    except Exception as error:  # a damaged file raises nearly anything
        raise ValueError(f"it is damaged, or not of PyTorch: {_first_line(error)}") from error
    if isinstance(held, Mapping):
        held = next((held[key] for key in WRAPPERS if isinstance(held.get(key), Mapping)), held)
    if not isinstance(held, Mapping) or not held or not all(isinstance(v, Tensor) for v in held.values()):
        raise ValueError("it holds no state dict (names with tensors): save model.state_dict(), not the model")
    return {str(name).removeprefix("module."): value.float() for name, value in held.items()}


def rebuild(state: Mapping[str, Tensor]) -> TransformerNetwork:
    """The network that `state` was saved from. Raises ValueError where it is another architecture."""
    # Saved before PyTorch 0.4, instance norms carry running statistics that they never painted with.
    kept = {name: value for name, value in state.items() if not re.search(r"\.(running_|num_batches)", name)}
    first, second, third = (kept.get(f"conv{n}.conv2d.weight", torch.empty(0)) for n in (1, 2, 3))
    if any(weight.dim() != 4 for weight in (first, second, third)):
        raise ValueError(
            f"it is not of the fast_neural_style example: its tensors are called {', '.join(list(kept)[:4])[:200]}..."
        )
    blocks = len({name.partition(".")[0] for name in kept if re.match(r"res\d+\.", name)})
    widths = [weight.shape[0] for weight in (first, second, third)]
    if max(widths) > 1024 or blocks > 32:
        raise ValueError(f"it is absurdly large: {widths} channels, {blocks} blocks")
    narrow, middle, wide = widths
    network = TransformerNetwork(narrow, middle, wide, blocks)
    try:
        network.load_state_dict(kept)
    except RuntimeError as error:
        lines = str(error).splitlines()
        raise ValueError(
            f"it is nearly, but not, of the fast_neural_style example: {lines[-1].strip()[:200]}"
        ) from error
    if not all(torch.isfinite(value).all() for value in kept.values()):
        raise ValueError("it holds NaN or infinity")
    return network.eval()


def export(network: TransformerNetwork, path: Path) -> None:
    """Write `picture` (N, 3, H, W) -> `painted` alike, all sizes free."""
    axes = {0: "batch", 2: "height", 3: "width"}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(1, 3, 64, 64),),
            str(path),
            input_names=["picture"],
            output_names=["painted"],
            dynamic_axes={"picture": axes, "painted": axes},
            opset_version=17,
            dynamo=False,
        )


def _check_archive(path: Path) -> None:
    """A zip archive must not be larger inside than outside."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_BYTES:
        raise ValueError(f"unpacked it would be larger than {MAX_BYTES >> 20} MB: not a style network")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def main(arguments: list[str]) -> int:
    source, target, result = map(Path, arguments)
    found: dict[str, object]
    try:
        network = rebuild(read_state(source))
        export(network, target)
        found = {"kind": f"PyTorch state dict, fast_neural_style with {network.blocks} residual blocks"}
    except ValueError as error:
        found = {"error": str(error)}
    except (MemoryError, RuntimeError) as error:
        found = {"error": f"it cannot be converted: {_first_line(error)}"}
    result.write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
