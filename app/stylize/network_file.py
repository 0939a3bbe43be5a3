"""An ONNX file, read with suspicion: what is in it, before any engine sees it.

A network from a stranger must not name other files (external data), run anything but plain arithmetic (an operator
whitelist, no sub-graphs, no functions) nor surprise an engine with its inputs. So the file is scanned here in the
protobuf wire format, bounds-checked, without the `onnx` package, and engines are handed the scanned bytes, never the path.
Field numbers: onnx.proto3 of the ONNX project, IR version 4 to 13.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import StylePackError

MAX_BYTES = 64 << 20
MAX_NODES = 10_000
MAX_DIMS = 8
FLOAT, INT64 = 1, 7  # TensorProto.DataType

ALLOWED_OPERATORS = frozenset(
    """Abs Add AveragePool BatchNormalization Cast Ceil Clip Concat Constant ConstantOfShape Conv ConvTranspose DepthToSpace
    Div Equal Exp Expand Floor Gather Gemm GlobalAveragePool HardSigmoid Identity InstanceNormalization LeakyRelu MatMul Max
    MeanVarianceNormalization Min Mod Mul Neg PRelu Pad Pow Reciprocal ReduceMean Relu Reshape Resize Round Shape Sigmoid
    Slice Softplus SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where""".split()
)

HINT = "get the style pack again, or name another one with --pack"


class _Malformed(Exception):
    """The bytes are not what they claim to be."""


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A graph input or output: element type as ONNX numbers it, and its shape with None where it is dynamic."""

    dtype: int
    shape: tuple[int | None, ...]


@dataclass(slots=True)
class NetworkFile:
    """A scanned style network. `data` are the very bytes that were scanned; give these to an engine."""

    path: Path
    data: bytes
    operators: set[str] = field(default_factory=set)
    inputs: dict[str, TensorInfo] = field(default_factory=dict)
    outputs: dict[str, TensorInfo] = field(default_factory=dict)
    _parameters: dict[str, tuple[int, tuple[int, ...], memoryview]] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Hex digest of `data`."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def rows(self) -> int:
        """How many rows the `style` input blends."""
        return self.inputs["style"].shape[1] or 0

    def float_parameters(self) -> dict[str, NDArray[np.float32]]:
        """Every float32 initializer under its name in the file, as read-only arrays over `data`."""
        return {
            name: np.frombuffer(raw, "<f4").reshape(dims)
            for name, (dtype, dims, raw) in self._parameters.items()
            if dtype == FLOAT and raw.nbytes == 4 * math.prod(dims)
        }


def read_network(path: Path) -> NetworkFile:
    """Read and scan `path`. Raises `StylePackError` unless it is a style network as `models/export.py` writes it:
    inputs `frames` (2, 3, H, W) and `style` (1, rows), output `painted` (2, 3, H, W), all float32.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise StylePackError(f"{path}: cannot be read: {error.strerror or error}", HINT) from error
    if len(data) > MAX_BYTES:
        raise StylePackError(f"{path}: larger than {MAX_BYTES >> 20} MB, too large for a style network", HINT)
    return scan_network(data, path)


def scan_network(data: bytes, path: Path) -> NetworkFile:
    """Scan the bytes of a model; `path` is for messages. Raises `StylePackError`."""
    network = NetworkFile(path, data)
    try:
        _scan_model(memoryview(data), network)
        _check_signature(network)
    except (_Malformed, UnicodeDecodeError) as error:
        reason = "broken text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise StylePackError(f"{path}: not a style network: {reason}", HINT) from error
    return network


# --- protobuf's wire format -------------------------------------------------------------------------------------------


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    """The unsigned varint at `at`, and where the next thing starts."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(view):
            raise _Malformed("it is cut short")
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _Malformed("a number has too many bytes")


def _fields(view: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(field number, value) of one message: an int for varints, the bytes for everything else."""
    at = 0
    while at < len(view):
        key, at = _varint(view, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise _Malformed("a field has number 0")
        if wire == 0:
            value, at = _varint(view, at)
            yield number, value
            continue
        if wire not in (1, 2, 5):
            raise _Malformed(f"a field has wire type {wire}")
        size = 8 if wire == 1 else 4
        if wire == 2:
            size, at = _varint(view, at)
        if size > len(view) - at:
            raise _Malformed("it is cut short")
        yield number, view[at : at + size]
        at += size


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise _Malformed("a number stands where a message must")
    return value


def _text(value: int | memoryview) -> str:
    return bytes(_message(value)).decode()


def _number(value: int | memoryview) -> int:
    if not isinstance(value, int):
        raise _Malformed("a message stands where a number must")
    return value


def _numbers(value: int | memoryview) -> list[int]:
    """A repeated integer field, packed or not."""
    if isinstance(value, int):
        return [value]
    if len(value) > 10 * MAX_DIMS:
        raise _Malformed("a tensor has too many dimensions")
    numbers, at = [], 0
    while at < len(value):
        number, at = _varint(value, at)
        numbers.append(number)
    return numbers


# --- onnx.proto3 ------------------------------------------------------------------------------------------------------
# A repeated occurrence of a singular message is merged by protobuf; visiting every occurrence sees the same content.


def _scan_model(view: memoryview, network: NetworkFile) -> None:
    graphs = 0
    for number, value in _fields(view):
        if number == 7:  # graph
            graphs += 1
            _scan_graph(_message(value), network)
        elif number == 20:
            raise _Malformed("it carries a training graph")
        elif number == 25:
            raise _Malformed("it defines functions of its own")
    if graphs != 1:
        raise _Malformed("it holds no graph" if graphs == 0 else "it holds several graphs")


def _scan_graph(view: memoryview, network: NetworkFile) -> None:
    nodes = 0
    for number, value in _fields(view):
        if number == 1:
            nodes += 1
            if nodes > MAX_NODES:
                raise _Malformed(f"it has more than {MAX_NODES} nodes")
            _scan_node(_message(value), network)
        elif number == 5:
            name, tensor = _scan_tensor(_message(value))
            network._parameters[name] = tensor
        elif number in (11, 12):
            name, info = _scan_value_info(_message(value))
            (network.inputs if number == 11 else network.outputs)[name] = info
        elif number == 15:
            raise _Malformed("it holds sparse tensors")
    for name in network._parameters:
        network.inputs.pop(name, None)  # IR version 3 listed initializers among the inputs


def _scan_node(view: memoryview, network: NetworkFile) -> None:
    operator = domain = ""
    for number, value in _fields(view):
        if number == 4:
            operator = _text(value)
        elif number == 7:
            domain = _text(value)
        elif number == 5:
            _scan_attribute(_message(value))
    if domain not in ("", "ai.onnx") or operator not in ALLOWED_OPERATORS:
        raise _Malformed(f"the operator {(domain + ':') * bool(domain) + operator!r} is not allowed in a style network")
    network.operators.add(operator)


def _scan_attribute(view: memoryview) -> None:
    for number, value in _fields(view):
        if number in (5, 10):  # t, tensors
            _scan_tensor(_message(value))
        elif number in (6, 11):  # g, graphs
            raise _Malformed("it holds sub-graphs")
        elif number in (22, 23):
            raise _Malformed("it holds sparse tensors")


def _scan_tensor(view: memoryview) -> tuple[str, tuple[int, tuple[int, ...], memoryview]]:
    """(name, (element type, dims, raw data)). Numbers kept in the typed fields instead of raw_data give empty raw data."""
    name, dtype, dims, raw = "", 0, [], memoryview(b"")
    for number, value in _fields(view):
        if number == 1:
            dims += _numbers(value)
        elif number == 2:
            dtype = _number(value)
        elif number == 8:
            name = _text(value)
        elif number == 9:
            raw = _message(value)
        elif number == 13 or (number == 14 and value != 0):
            raise _Malformed("it keeps weights in another file (external data)")
        if len(dims) > MAX_DIMS:
            raise _Malformed(f"tensor {name!r} has too many dimensions")
    if max(dims, default=0) > MAX_BYTES or math.prod(dims) > MAX_BYTES:
        raise _Malformed(f"tensor {name!r} is absurdly large")
    return name, (dtype, tuple(dims), raw)


def _scan_value_info(view: memoryview) -> tuple[str, TensorInfo]:
    name, info = "", TensorInfo(0, ())
    for number, value in _fields(view):
        if number == 1:
            name = _text(value)
        elif number == 2:  # type
            for kind, tensor in _fields(_message(value)):
                if kind != 1:
                    raise _Malformed(f"{name!r} is not a tensor")
                info = _scan_tensor_type(_message(tensor))
    return name, info


def _scan_tensor_type(view: memoryview) -> TensorInfo:
    dtype, shape = 0, []
    for number, value in _fields(view):
        if number == 1:
            dtype = _number(value)
        elif number == 2:
            for kind, dim in _fields(_message(value)):
                if kind == 1:
                    sizes = [_number(v) for n, v in _fields(_message(dim)) if n == 1]
                    shape.append(sizes[-1] if sizes else None)
    return TensorInfo(dtype, tuple(shape))


def _check_signature(network: NetworkFile) -> None:
    """Inputs and outputs as the engines expect them."""
    if set(network.inputs) != {"frames", "style"} or set(network.outputs) != {"painted"}:
        have = f"{', '.join(network.inputs) or 'nothing'} -> {', '.join(network.outputs) or 'nothing'}"
        raise _Malformed(f"it maps {have[:200]!r}, a style network maps 'frames, style -> painted'")
    for name, info in (*network.inputs.items(), *network.outputs.items()):
        if info.dtype != FLOAT:
            raise _Malformed(f"{name!r} is not float32")
    if network.inputs["frames"].shape != (2, 3, None, None):
        raise _Malformed(f"'frames' is {network.inputs['frames'].shape}, must be (2, 3, any height, any width)")
    if len(network.outputs["painted"].shape) != 4:
        raise _Malformed("'painted' has not four dimensions")
    style = network.inputs["style"].shape
    if len(style) != 2 or style[0] != 1 or not 2 <= (style[1] or 0) <= 1024:
        raise _Malformed(f"'style' is {style}, must be (1, rows)")
