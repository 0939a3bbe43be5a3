"""A trained network to one ONNX file that every engine reads."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path

import torch

from allaprima.models.network import StyleNetwork


def export_onnx(network: StyleNetwork, path: Path) -> str:
    """Write `network` to `path` (a temporary name first, then renamed) and return the file's SHA-256.

    Inputs `frames` (2, 3, H, W) float32 RGB 0..1, H and W dynamic multiples of 8, and `style` (1, rows) float32;
    output `painted` (2, 3, H, W) float32 0..1. Every parameter is an initializer under its state-dict name.
    """
    network = network.float().eval()
    example = (torch.rand(2, 3, 64, 64), torch.full((1, network.rows), 1 / network.rows))
    temporary = path.with_name(path.name + ".part")
    sides = {2: "height", 3: "width"}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the TorchScript exporter is deprecated, but alone keeps parameter names
        torch.onnx.export(
            network,
            example,
            str(temporary),
            input_names=["frames", "style"],
            output_names=["painted"],
            dynamic_axes={"frames": sides, "painted": sides},
            opset_version=17,
            dynamo=False,
            do_constant_folding=False,
        )
    temporary.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()
