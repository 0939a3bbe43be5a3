"""VGG-19 features (Simonyan & Zisserman 2015), the eye that judges a painting in training.

Two networks, both frozen: the real one up to relu3_1, and for relu4_1 a 16x smaller student (Wang et al. 2020,
"Collaborative Distillation for Ultra-Resolution Universal Style Transfer") whose 1x1 head maps into VGG's space.
Deep layers see large strokes; the student sees them at a fraction of the cost.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

REAL = "vgg19_conv1_1-conv3_4_bgr_f16.safetensors"
STUDENT = "vgg19_distilled16x_relu1_1-relu5_1_f16.safetensors"

Features = dict[str, Tensor]


class WeightsMissing(Exception):
    """The feature network's weights are not where they were looked for, or are not what they should be."""


def _load(path: Path) -> dict[str, Tensor]:
    try:
        return {name: tensor.float() for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise WeightsMissing(f"cannot read the VGG-19 weights {path}: {error}") from error


class FeatureNetwork(nn.Module):
    """Activations `relu1_1 relu2_1 relu3_1` of VGG-19 and `relu4_1` of its student."""

    mean: Tensor
    student_conv0: nn.Conv2d
    student_head: nn.Conv2d

    def __init__(self, folder: Path) -> None:
        super().__init__()
        real, student = _load(folder / REAL), _load(folder / STUDENT)
        for name in ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"):
            self._add(name, real, name)
        for name in ("conv0", "conv11", "conv12", "conv21", "conv22", "conv31", "conv32", "conv33", "conv34", "conv41"):
            self._add(f"student_{name}", student, name)
        self._add("student_head", student, "conv41_aux")
        self.register_buffer("mean", torch.tensor([103.939, 116.779, 123.68])[:, None, None])
        self.requires_grad_(False)

    def _add(self, name: str, weights: dict[str, Tensor], key: str) -> None:
        try:
            weight, bias = weights[f"{key}.weight"], weights[f"{key}.bias"]
        except KeyError as error:
            raise WeightsMissing(f"the VGG-19 weights hold no {error}") from error
        conv = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2])
        conv.weight.data.copy_(weight)
        assert conv.bias is not None
        conv.bias.data.copy_(bias)
        setattr(self, name, conv)

    def _conv(self, name: str, x: Tensor, mode: str) -> Tensor:
        return F.relu(getattr(self, name)(F.pad(x, (1, 1, 1, 1), mode=mode)))

    def forward(self, pictures: Tensor) -> Features:
        """(B, 3, H, W) RGB 0..1 to {name: (B, C, h, w)}."""
        x = pictures.flip(1) * 255 - self.mean  # BGR, as VGG was trained
        relu1_1 = self._conv("conv1_1", x, "constant")
        x = F.max_pool2d(self._conv("conv1_2", relu1_1, "constant"), 2)
        relu2_1 = self._conv("conv2_1", x, "constant")
        x = F.max_pool2d(self._conv("conv2_2", relu2_1, "constant"), 2)
        relu3_1 = self._conv("conv3_1", x, "constant")
        x = self.student_conv0(pictures)
        for names in (("conv11", "conv12"), ("conv21", "conv22"), ("conv31", "conv32", "conv33", "conv34")):
            for name in names:
                x = self._conv(f"student_{name}", x, "reflect")
            x = F.max_pool2d(x, 2)
        relu4_1 = self.student_head(self._conv("student_conv41", x, "reflect"))
        return {"relu1_1": relu1_1, "relu2_1": relu2_1, "relu3_1": relu3_1, "relu4_1": relu4_1}
