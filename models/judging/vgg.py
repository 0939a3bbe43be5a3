"""VGG-19 features (Simonyan & Zisserman 2015), the eye that judges a painting.

Three sets of weights are read:

- torchvision's, of torch.save or as safetensors (`features.N.weight`; RGB, ImageNet mean and deviation);
- the original Caffe ones as a safetensors file (`convB_I.weight`; BGR 0..255 minus the mean);
- the folder of two files that the shipped packs were trained with: those to conv3_4, and for relu4_1 a 16x smaller
  student (Wang et al. 2020, "Collaborative Distillation for Ultra-Resolution Universal Style Transfer") whose 1x1 head
  maps into VGG's space. Deep layers see large strokes; the student sees them at a fraction of the cost.
"""

from pathlib import Path
from pickle import UnpicklingError

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from allaprima.models.judging.weights import TORCHVISION, WeightsMissing

HINT = "leave --vgg away to have the weights downloaded"

REAL = "vgg19_conv1_1-conv3_4_bgr_f16.safetensors"
STUDENT = "vgg19_distilled16x_relu1_1-relu5_1_f16.safetensors"

Features = dict[str, Tensor]
Weights = dict[str, Tensor]

LAYERS = {  # torchvision's place, and the shape of the weights
    "conv1_1": (0, (64, 3, 3, 3)),
    "conv1_2": (2, (64, 64, 3, 3)),
    "conv2_1": (5, (128, 64, 3, 3)),
    "conv2_2": (7, (128, 128, 3, 3)),
    "conv3_1": (10, (256, 128, 3, 3)),
    "conv3_2": (12, (256, 256, 3, 3)),
    "conv3_3": (14, (256, 256, 3, 3)),
    "conv3_4": (16, (256, 256, 3, 3)),
    "conv4_1": (19, (512, 256, 3, 3)),
}
DEEP = ("conv3_2", "conv3_3", "conv3_4", "conv4_1")


class FeatureNetwork(nn.Module):
    """Frozen activations `relu1_1 relu2_1 relu3_1`, and `relu4_1` where there are weights for it: VGG-19's own or its
    student's. A file that ends before conv4_1 gives three layers.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, weights: Path) -> None:
        """`weights`: a file, or a folder that holds REAL and STUDENT, or torchvision's file. Raises `WeightsMissing`
        that names what is missing or wrong. A file of torch.save is read without running anything in it.
        """
        super().__init__()
        file = _chosen(weights)
        real = _read(file)
        if "features.0.weight" in real:
            real = _renamed(real)
            mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        else:
            mean, deviation = torch.tensor([123.68, 116.779, 103.939]) / 255, torch.full((3,), 1 / 255)
            if "conv1_1.weight" in real:
                real["conv1_1.weight"] = real["conv1_1.weight"].flip(1)  # from BGR to RGB
        self.register_buffer("mean", mean[:, None, None])
        self.register_buffer("deviation", deviation[:, None, None])
        self.student = Student(weights / STUDENT) if file == weights / REAL else None
        self.deep = self.student is None and all(f"{name}.weight" in real for name in DEEP)
        for name, (_, shape) in LAYERS.items():
            if self.deep or name not in DEEP:
                setattr(self, name, _conv(real, name, file, shape))
        self.requires_grad_(False)

    def _relu(self, name: str, x: Tensor) -> Tensor:
        conv: nn.Conv2d = getattr(self, name)
        return F.relu(F.conv2d(x, conv.weight, conv.bias, padding=1))

    def forward(self, pictures: Tensor, deep: bool = True) -> Features:
        """(B, 3, H, W) RGB 0..1 to {name: (B, C, h, w)}; without `deep` no relu4_1."""
        relu1_1 = self._relu("conv1_1", (pictures - self.mean) / self.deviation)
        relu2_1 = self._relu("conv2_1", halved(self._relu("conv1_2", relu1_1)))
        relu3_1 = self._relu("conv3_1", halved(self._relu("conv2_2", relu2_1)))
        features = {"relu1_1": relu1_1, "relu2_1": relu2_1, "relu3_1": relu3_1}
        if deep and self.student is not None:
            features["relu4_1"] = self.student(pictures)
        elif deep and self.deep:
            x = self._relu("conv3_4", self._relu("conv3_3", self._relu("conv3_2", relu3_1)))
            features["relu4_1"] = self._relu("conv4_1", halved(x))
        return features


def halved(x: Tensor) -> Tensor:
    """2x2 max pooling. Written as maxima of slices, which torch.compile fuses with their neighbours in both directions:
    a training step is a third shorter than with its own max pooling, whose backward pass scatters.
    """
    height, width = (side // 2 * 2 for side in x.shape[2:])
    x = x[..., :height, :width]
    upper = torch.maximum(x[..., ::2, ::2], x[..., ::2, 1::2])
    return torch.maximum(upper, torch.maximum(x[..., 1::2, ::2], x[..., 1::2, 1::2]))


class Student(nn.Module):
    """relu4_1 of VGG-19, estimated from RGB 0..1 by the student in `file`."""

    conv0: nn.Conv2d
    conv41_aux: nn.Conv2d
    BLOCKS = (("conv11", "conv12"), ("conv21", "conv22"), ("conv31", "conv32", "conv33", "conv34"))

    def __init__(self, file: Path) -> None:
        super().__init__()
        weights = _read(file)
        for name in ("conv0", *(name for block in self.BLOCKS for name in block), "conv41", "conv41_aux"):
            setattr(self, name, _conv(weights, name, file))

    def _relu(self, name: str, x: Tensor) -> Tensor:
        return F.relu(getattr(self, name)(F.pad(x, (1, 1, 1, 1), mode="reflect")))

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) to (B, 512, H / 8, W / 8)."""
        x = self.conv0(pictures)
        for block in self.BLOCKS:
            for name in block:
                x = self._relu(name, x)
            x = halved(x)
        return self.conv41_aux(self._relu("conv41", x))


def _chosen(weights: Path) -> Path:
    """The file itself, or the one of a folder to begin with."""
    if not weights.is_dir():
        return weights
    if (weights / TORCHVISION.name).is_file() and not (weights / REAL).is_file():
        return weights / TORCHVISION.name
    return weights / REAL


def _read(path: Path) -> Weights:
    """The tensors in a file, in float32."""
    try:
        if path.suffix == ".safetensors":
            held = load_file(path)
        else:
            held = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, ValueError, LookupError, UnpicklingError, SafetensorError) as error:
        reason = str(error).partition("\n")[0]
        raise WeightsMissing(f"cannot read the VGG-19 weights {path}: {reason}", HINT) from error
    if not isinstance(held, dict) or not all(isinstance(tensor, Tensor) for tensor in held.values()):
        raise WeightsMissing(f"cannot read the VGG-19 weights {path}: it is no table of tensors", HINT)
    return {str(name): tensor for name, tensor in held.items()}


def _renamed(torchvision: Weights) -> Weights:
    return {
        f"{name}.{kind}": torchvision[f"features.{place}.{kind}"]
        for name, (place, _) in LAYERS.items()
        for kind in ("weight", "bias")
        if f"features.{place}.{kind}" in torchvision
    }


def _conv(weights: Weights, name: str, file: Path, shape: tuple[int, ...] | None = None) -> nn.Conv2d:
    """The convolution called `name`, unpadded, in float32. Raises `WeightsMissing`, also where it is not of `shape`."""
    weight, bias = weights.get(f"{name}.weight"), weights.get(f"{name}.bias")
    if weight is None or bias is None:
        raise WeightsMissing(f"the VGG-19 weights {file} hold no {name}", HINT)
    if weight.ndim != 4 or bias.shape != weight.shape[:1] or (shape and weight.shape != shape):
        raise WeightsMissing(
            f"the VGG-19 weights {file} hold a {name} of shape {tuple(weight.shape)}, not {shape}", HINT
        )
    conv = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2])
    conv.load_state_dict({"weight": weight.float(), "bias": bias.float()})
    return conv
