"""Milliseconds to paint a stereo pair: every engine and precision here, beside the classical network.

The peer is the network of Johnson 2016 (three convolutions down to a quarter, five residual blocks of 128 channels, up
again, 9x9 at both ends; instance norm, as pytorch/examples has it) in the same engine and precision, untrained, because
speed does not depend on weights. Rounds are interleaved, medians are compared. Needs the extra `train`.

    python scripts/bench_network.py [--size 640x480] [--rounds 15] [--pack first] [--json]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino as ov
import torch
from torch import nn

from allaprima.app.core.errors import AllaPrimaError, EngineError
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.pack import load_pack

VARIANTS = (("openvino", "bf16"), ("openvino", "f32"), ("onnxruntime", "f32"), ("torch", "f32"))


def classical() -> nn.Module:
    """Johnson 2016's network with instance norm (Ulyanov 2016) and up-sampling by nearest neighbour."""

    def conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> list[nn.Module]:
        padded = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, padding_mode="reflect")
        return [padded, nn.InstanceNorm2d(outputs, affine=True), nn.ReLU()]

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside = nn.Sequential(*conv(128, 128, 3), *conv(128, 128, 3)[:2])

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + self.inside(x)

    up = nn.Upsample(scale_factor=2)
    return nn.Sequential(
        *conv(3, 32, 9), *conv(32, 64, 3, 2), *conv(64, 128, 3, 2), *(Block() for _ in range(5)),
        up, *conv(128, 64, 3), up, *conv(64, 32, 3), nn.Conv2d(32, 3, 9, padding=4, padding_mode="reflect"),
    )  # fmt: skip


def classical_in_openvino(width: int, height: int, precision: str) -> Callable[[], object]:
    """One pass of the classical network over a pair."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "classical.onnx"
        torch.onnx.export(classical().eval(), (torch.rand(2, 3, height, width),), str(path), dynamo=False)
        model = ov.Core().read_model(path.read_bytes(), b"")
    kind = {"bf16": ov.Type.bf16, "f32": ov.Type.f32}[precision]
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": kind}
    request = ov.Core().compile_model(model, "CPU", options).create_infer_request()
    pair = np.random.default_rng(0).random((2, 3, height, width), np.float32)
    return lambda: request.infer([pair])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="640x480", help="WxH of each eye (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=15, help="measured passes of each (default %(default)s)")
    parser.add_argument("--pack", default="first", help="style pack (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    args = parser.parse_args()
    width, height = (int(side) for side in args.size.split("x"))
    try:
        pack = load_pack(args.pack)
    except AllaPrimaError as error:
        print(f"{error.message}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    frames = np.random.default_rng(0).integers(0, 256, (2, height, width, 3), np.uint8)
    weights = np.eye(pack.rows, dtype=np.float32)[1]
    passes: dict[str, Callable[[], object]] = {}
    for engine, precision in VARIANTS:
        with contextlib.suppress(EngineError):  # not on this machine, or not in this precision
            stylizer = open_stylizer(pack, (width, height), engine, precision)
            passes[f"{engine} {precision}"] = lambda s=stylizer: s.paint(frames, weights)  # type: ignore[misc]
            if engine == "openvino":
                passes[f"classical, {engine} {precision}"] = classical_in_openvino(width, height, precision)
    times: dict[str, list[float]] = {name: [] for name in passes}
    for measured in range(-2, args.rounds):
        for name, one_pass in passes.items():
            start = time.perf_counter()
            one_pass()
            if measured >= 0:
                times[name].append(1e3 * (time.perf_counter() - start))
    medians = {name: statistics.median(values) for name, values in times.items()}
    result = {
        "size": [width, height],
        "pack": pack.name,
        "ms_per_pair": {name: round(ms, 2) for name, ms in medians.items()},
        "classical_over_ours": {
            name: round(medians[f"classical, {name}"] / ms, 2)
            for name, ms in medians.items()
            if f"classical, {name}" in medians
        },
    }
    if args.json:
        print(json.dumps(result))
    else:
        for name, ms in medians.items():
            print(f"{name:<28} {ms:8.1f} ms a pair")
        for name, ratio in result["classical_over_ours"].items():  # type: ignore[attr-defined]
            print(f"the classical network takes {ratio:.1f} times as long as ours in {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
