"""A trained network to one ONNX file that every engine reads."""

import hashlib
import warnings
from pathlib import Path

import torch

from allaprima.app.core.files import PartialFile
from allaprima.models.networks.network import StyleNetwork


def export_onnx(network: StyleNetwork, path: Path) -> str:
    """Write `network` to `path`, whole or not at all, and return the file's SHA-256. Raises `OutputError`.

    Inputs `frames` (2, 3, H, W) float32 RGB 0..1, H and W dynamic multiples of 8, `style` (1, rows) float32 and, of a
    network with one, `canvas` (2, C, H / 2, W / 2) float32; output `painted` (2, 3, H, W) float32 0..1. Every parameter
    is an initializer under its state-dict name.
    """
    network = network.float().eval()
    example = [torch.rand(2, 3, 64, 64), torch.full((1, network.rows), 1 / network.rows)]
    names, sides = ["frames", "style"], {2: "height", 3: "width"}
    dynamic = {"frames": sides, "painted": sides}
    if network.canvas:
        example.append(torch.randn(2, network.canvas, 32, 32))
        names.append("canvas")
        dynamic["canvas"] = {2: "half_height", 3: "half_width"}
    with PartialFile(path) as file, torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the TorchScript exporter is deprecated, but alone keeps parameter names
        torch.onnx.export(
            network,
            tuple(example),
            str(file.temporary),
            input_names=names,
            output_names=["painted"],
            dynamic_axes=dynamic,
            opset_version=17,
            dynamo=False,
            do_constant_folding=False,
        )
    return hashlib.sha256(path.read_bytes()).hexdigest()
