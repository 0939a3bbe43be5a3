"""The scan of an untrusted ONNX file, before any engine reads it.

A network must not refer to other files (external data), must contain only plain arithmetic (an operator allow-list, no
sub-graphs, no functions) and must have the expected inputs. So the file is scanned here, without the `onnx` package,
and engines get the scanned bytes, never the path.
Field numbers: onnx.proto3 of the ONNX project, IR version 4 to 13.
"""

import hashlib
import math
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core import reading
from allaprima.app.core.errors import StylePackError
from allaprima.app.packs.protobuf import Malformed, fields, message, number, numbers, text

MAX_BYTES = 64 << 20
MAX_NODES = 10_000
MAX_DIMS = 8
MAX_CANVAS = 8
"""Largest number of channels of a canvas."""
FLOAT = 1  # TensorProto.DataType

# fmt: off
ALLOWED_OPERATORS = frozenset((
    "Abs", "Add", "And", "ArgMax", "AveragePool", "BatchNormalization", "Cast", "Ceil", "Clip", "Concat", "Constant",
    "ConstantOfShape", "Conv", "ConvTranspose", "DepthToSpace", "DequantizeLinear", "Div", "Dropout", "Elu", "Equal",
    "Erf", "Exp", "Expand", "Flatten", "Floor", "Gather", "Gelu", "Gemm", "GlobalAveragePool", "Greater",
    "GreaterOrEqual", "GroupNormalization", "HardSigmoid", "HardSwish", "Identity", "InstanceNormalization",
    "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual", "Log", "MatMul", "Max", "MaxPool",
    "MeanVarianceNormalization", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "OneHot", "Or", "PRelu", "Pad", "Pow",
    "QuantizeLinear", "Reciprocal", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
    "Relu", "Reshape", "Resize", "Round", "Selu", "Shape", "Sigmoid", "Sign", "Slice", "Softmax", "Softplus",
    "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Tile", "Transpose", "Unsqueeze", "Upsample",
    "Where",
))
# fmt: on

HINT = "get the style pack again, or name another one with --pack"


class ExternalData(Malformed):
    """A tensor is in another file, as `torch.onnx.export` writes them since torch 2.9."""


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A graph input or output: ONNX's number of its element type, and its shape, with None for dynamic sides."""

    dtype: int
    shape: tuple[int | None, ...]


@dataclass(slots=True)
class NetworkFile:
    """A scanned style network. `data` are exactly the scanned bytes; give these to an engine."""

    path: Path
    data: bytes
    operators: set[str] = field(default_factory=set)
    inputs: dict[str, TensorInfo] = field(default_factory=dict)
    outputs: dict[str, TensorInfo] = field(default_factory=dict)
    opset: int = 0
    """Version of ONNX's own operators in the file; 0 if it gives none."""
    ir_version: int = 0
    _parameters: dict[str, tuple[int, tuple[int, ...], memoryview]] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def rows(self) -> int:
        """How many rows the `style` input blends."""
        return self.inputs["style"].shape[1] or 0

    @property
    def canvas(self) -> int:
        """Channels of its noise canvas; 0 if it takes none."""
        return (self.inputs["canvas"].shape[1] or 0) if "canvas" in self.inputs else 0

    @property
    def initializers(self) -> Collection[str]:
        """Names of the numbers that are part of the file."""
        return self._parameters.keys()

    def dims(self, initializer: str) -> tuple[int, ...]:
        """Shape of an initializer; empty if there is none of that name."""
        return self._parameters[initializer][1] if initializer in self._parameters else ()

    @property
    def parameters(self) -> int:
        """How many numbers its float32 initializers hold."""
        return sum(math.prod(dims) for dtype, dims, _ in self._parameters.values() if dtype == FLOAT)

    def float_parameters(self) -> dict[str, NDArray[np.float32]]:
        """Every float32 initializer under its name in the file, as read-only arrays over `data`."""
        return {
            name: np.frombuffer(raw, "<f4").reshape(dims)
            for name, (dtype, dims, raw) in self._parameters.items()
            if dtype == FLOAT and raw.nbytes == 4 * math.prod(dims)
        }


def read_network(path: Path) -> NetworkFile:
    """Read and scan `path`. Raises `StylePackError` unless it is a style network as `models/networks/export.py` writes
    it: inputs `frames` (2, 3, H, W), `style` (1, rows) and maybe `canvas` (2, channels, H / 2, W / 2),
    output `painted` (2, 3, H, W), all float32.
    """
    return scan_network(read_bytes(path, HINT), path)


def read_bytes(path: Path, hint: str) -> bytes:
    """The file, if it is one and not too large. Raises `StylePackError`."""
    try:
        return reading.read_bytes(path, MAX_BYTES)
    except reading.Unreadable as error:
        raise StylePackError(f"{path}: {error}", hint) from error


def scan_network(data: bytes, path: Path) -> NetworkFile:
    """Scan the bytes of a style network; `path` is for messages. Raises `StylePackError`."""
    try:
        network = scan_graph(data, path)
        _check_signature(network)
    except Malformed as error:
        raise StylePackError(f"{path}: not a style network: {error}", HINT) from error
    return network


def scan_graph(data: bytes, path: Path) -> NetworkFile:
    """Scan the bytes of any ONNX file, with any inputs and outputs. Raises `Malformed` with the reason."""
    network = NetworkFile(path, data)
    _scan_model(memoryview(data), network)
    return network


# --- onnx.proto3 ------------------------------------------------------------------------------------------------------
# A repeated occurrence of a singular message is merged by protobuf; visiting every occurrence sees the same content.


def _scan_model(view: memoryview, network: NetworkFile) -> None:
    graphs = 0
    for kind, value in fields(view):
        if kind == 1:
            network.ir_version = number(value)
        elif kind == 8:
            _scan_opset(message(value), network)
        elif kind == 7:  # graph
            graphs += 1
            _scan_graph(message(value), network)
        elif kind == 20:
            raise Malformed("it carries a training graph")
        elif kind == 25:
            raise Malformed("it defines functions of its own")
    if graphs != 1:
        raise Malformed("it holds no graph" if graphs == 0 else "it holds several graphs")


def _scan_opset(view: memoryview, network: NetworkFile) -> None:
    domain, version = "", 0
    for kind, value in fields(view):
        if kind == 1:
            domain = text(value)
        elif kind == 2:
            version = number(value)
    if domain in ("", "ai.onnx"):
        network.opset = version


def _scan_graph(view: memoryview, network: NetworkFile) -> None:
    nodes = 0
    for kind, value in fields(view):
        if kind == 1:
            nodes += 1
            if nodes > MAX_NODES:
                raise Malformed(f"it has more than {MAX_NODES} nodes")
            _scan_node(message(value), network)
        elif kind == 5:
            name, tensor = _scan_tensor(message(value))
            network._parameters[name] = tensor
        elif kind in (11, 12):
            name, info = _scan_value_info(message(value))
            (network.inputs if kind == 11 else network.outputs)[name] = info
        elif kind == 15:
            raise Malformed("it holds sparse tensors")
    for name in network._parameters:
        network.inputs.pop(name, None)  # IR version 3 listed initializers among the inputs


def _scan_node(view: memoryview, network: NetworkFile) -> None:
    operator = domain = ""
    for kind, value in fields(view):
        if kind == 4:
            operator = text(value)
        elif kind == 7:
            domain = text(value)
        elif kind == 5:
            _scan_attribute(message(value))
    if domain not in ("", "ai.onnx") or operator not in ALLOWED_OPERATORS:
        raise Malformed(f"the operator {(domain + ':') * bool(domain) + operator!r} is not allowed in a style network")
    network.operators.add(operator)


def _scan_attribute(view: memoryview) -> None:
    for kind, value in fields(view):
        if kind in (5, 10):  # t, tensors
            _scan_tensor(message(value))
        elif kind in (6, 11):  # g, graphs
            raise Malformed("it holds sub-graphs")
        elif kind in (22, 23):
            raise Malformed("it holds sparse tensors")


def _scan_tensor(view: memoryview) -> tuple[str, tuple[int, tuple[int, ...], memoryview]]:
    """(name, (element type, dims, raw data)); raw data are empty if the numbers are in the typed fields."""
    name, dtype, dims, raw = "", 0, [], memoryview(b"")
    for kind, value in fields(view):
        if kind == 1:
            dims += numbers(value, MAX_DIMS)
        elif kind == 2:
            dtype = number(value)
        elif kind == 8:
            name = text(value)
        elif kind == 9:
            raw = message(value)
        elif kind == 13 or (kind == 14 and value != 0):
            raise ExternalData("it keeps weights in another file (external data)")
        if len(dims) > MAX_DIMS:
            raise Malformed(f"tensor {name!r} has too many dimensions")
    if max(dims, default=0) > MAX_BYTES or math.prod(dims) > MAX_BYTES:
        raise Malformed(f"tensor {name!r} is absurdly large")
    return name, (dtype, tuple(dims), raw)


def _scan_value_info(view: memoryview) -> tuple[str, TensorInfo]:
    name, info = "", TensorInfo(0, ())
    for kind, value in fields(view):
        if kind == 1:
            name = text(value)
        elif kind == 2:  # type
            for variant, tensor in fields(message(value)):
                if variant != 1:
                    raise Malformed(f"{name!r} is not a tensor")
                info = _scan_tensor_type(message(tensor))
    return name, info


def _scan_tensor_type(view: memoryview) -> TensorInfo:
    dtype, shape = 0, []
    for kind, value in fields(view):
        if kind == 1:
            dtype = number(value)
        elif kind == 2:
            for part, dim in fields(message(value)):
                if part == 1:
                    sizes = [number(v) for n, v in fields(message(dim)) if n == 1]
                    shape.append(sizes[-1] if sizes else None)
    return TensorInfo(dtype, tuple(shape))


def _check_signature(network: NetworkFile) -> None:
    """Inputs and outputs as the engines expect them."""
    if set(network.inputs) - {"canvas"} != {"frames", "style"} or set(network.outputs) != {"painted"}:
        have = f"{', '.join(network.inputs) or 'nothing'} -> {', '.join(network.outputs) or 'nothing'}"
        raise Malformed(f"it maps {have[:200]!r}, a style network maps 'frames, style -> painted'")
    for name, info in (*network.inputs.items(), *network.outputs.items()):
        if info.dtype != FLOAT:
            raise Malformed(f"{name!r} is not float32")
    if network.inputs["frames"].shape != (2, 3, None, None):
        raise Malformed(f"'frames' is {network.inputs['frames'].shape}, must be (2, 3, any height, any width)")
    if len(network.outputs["painted"].shape) != 4:
        raise Malformed("'painted' has not four dimensions")
    if "canvas" in network.inputs:
        canvas = network.inputs["canvas"].shape
        if len(canvas) != 4 or canvas[0] != 2 or canvas[2:] != (None, None) or not 1 <= (canvas[1] or 0) <= MAX_CANVAS:
            raise Malformed(f"'canvas' is {canvas}, must be (2, 1 to {MAX_CANVAS} channels, any height, any width)")
    style = network.inputs["style"].shape
    if len(style) != 2 or style[0] != 1 or not 2 <= (style[1] or 0) <= 1024:
        raise Malformed(f"'style' is {style}, must be (1, rows)")
