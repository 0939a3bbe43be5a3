"""Writes an ONNX graph without the `onnx` package: our own nodes around the nodes of a scanned file.

The file is built anew from the scan: only nodes, their attributes and initializers of the original go into it. Field
numbers: onnx.proto3 of the ONNX project.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allaprima.app.packs.onnx_scan import MAX_DIMS, NetworkFile, TensorInfo
from allaprima.app.packs.protobuf import fields, message, numbers, text

FLOAT, UINT8, INT32, INT64, FLOAT16 = 1, 2, 6, 7, 10  # TensorProto.DataType
NUMPY_TYPES: Mapping[int, type[np.generic]] = {
    FLOAT: np.float32,
    UINT8: np.uint8,
    INT32: np.int32,
    INT64: np.int64,
    FLOAT16: np.float16,
}
IR_VERSIONS = (4, 13)  # before 4, initializers had to be inputs; versions after 13 are untested

Dims = tuple[int | str, ...]
"""A shape; names stand for free sizes."""

Written = Callable[["GraphWriter", Sequence[str], memoryview], str]
"""Writes an operator in another form: from the writer, the operator's inputs and its node, to its output."""


class GraphWriter:
    """A graph under construction. This class names the values."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._initializers: list[bytes] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []
        self._count = 0

    def input(self, name: str, dtype: int, dims: Dims) -> str:
        self._inputs.append(_field(11, _value_info(name, dtype, dims)))
        return name

    def output(self, value: str, name: str, dtype: int, dims: Dims | None) -> None:
        """Declare `value` a graph output called `name`; `dims` None leaves its shape open."""
        if value != name:
            self._nodes.append(_field(1, _node("Identity", [value], [name], {})))
        self._outputs.append(_field(12, _value_info(name, dtype, dims)))

    def constant(self, array: NDArray[Any] | float | list[int]) -> str:
        """A constant: float32, or int64 for whole numbers."""
        values = np.asarray(array)
        whole = np.issubdtype(values.dtype, np.integer)
        values = values.astype("<i8" if whole else "<f4")
        name = self._fresh("constant")
        dims = b"".join(_number(1, size) for size in values.shape)
        dtype = _number(2, INT64 if whole else FLOAT)
        self._initializers.append(_field(5, dims, dtype, _field(8, name), _field(9, values.tobytes())))
        return name

    def node(self, operator: str, *inputs: str, **attributes: int | str | list[int]) -> str:
        """Add an operator with one output; returns that value."""
        name = self._fresh(operator)
        self._nodes.append(_field(1, _node(operator, list(inputs), [name], attributes)))
        return name

    def share_initializers(self, network: NetworkFile) -> None:
        """Take over the initializers of a scanned file, once, for any number of copies of its nodes."""
        for view in _graphs(network):
            for kind, value in fields(view):
                if kind == 5:
                    tensor = bytes(message(value))
                    # Of a field that occurs twice the last one counts, so that renaming is appending.
                    self._initializers.append(_field(5, tensor, _field(8, _shared(_last_text(tensor, 8)))))

    def copy_nodes(
        self,
        network: NetworkFile,
        given: Mapping[str, str],
        copy: str,
        written: Mapping[str, Written] = MappingProxyType({}),
    ) -> dict[str, str]:
        """Add the nodes of a scanned file, its inputs being the values `given`; returns its outputs by their names.

        `copy` distinguishes several copies. Operators in `written`, with one output, are written by its functions.
        """
        known = dict(given)

        def renamed(name: str) -> str:
            if name in known or not name:  # an input left out has no name
                return known.get(name, "")
            return _shared(name) if name in network.initializers else f"{copy}.{name}"

        for view in _graphs(network):
            for node in (message(value) for kind, value in fields(view) if kind == 1):
                if other := written.get(_last_text(node, 4)):
                    known[_last_text(node, 2)] = other(self, [renamed(name) for name in _texts(node, 1)], node)
                else:
                    self._nodes.append(_field(1, _renamed_node(node, renamed)))
        return {name: renamed(name) for name in network.outputs}

    def model(self, like: NetworkFile) -> bytes:
        """The finished file, for the operator versions of the scanned file."""
        low, high = IR_VERSIONS
        graph = [*self._nodes, _field(2, "allaprima"), *self._initializers, *self._inputs, *self._outputs]
        return b"".join(
            (
                _number(1, min(max(like.ir_version, low), high)),
                _field(2, "allaprima"),
                _field(7, *graph),
                _field(8, _field(1, ""), _number(2, like.opset)),
            )
        )

    def _fresh(self, what: str) -> str:
        self._count += 1
        return f"ours.{what}.{self._count}"


def opened(network: NetworkFile, shapes: Mapping[str, Dims]) -> bytes:
    """The scanned network with other input shapes than it declares, and open output shapes.

    Many networks declare one size but work at others.
    """
    writer = GraphWriter()
    for name, info in network.inputs.items():
        writer.input(name, info.dtype, shapes[name])
    writer.share_initializers(network)
    for name, value in writer.copy_nodes(network, {name: name for name in network.inputs}, "net").items():
        writer.output(value, name, network.outputs[name].dtype, None)
    return writer.model(network)


def declared(info: TensorInfo, name: str) -> Dims:
    """A shape from the file, with free sizes named after the tensor."""
    return tuple(f"{name}_{place}" if size is None else size for place, size in enumerate(info.shape))


def _shared(name: str) -> str:
    return f"shared.{name}"


def _graphs(network: NetworkFile) -> list[memoryview]:
    return [message(value) for kind, value in fields(memoryview(network.data)) if kind == 7]


def _renamed_node(view: memoryview, renamed: Any) -> bytes:
    """The node with its operator and attributes, renamed inputs and outputs, and without its name and notes."""
    parts = []
    for kind, value in fields(view):
        if kind in (1, 2):
            parts.append(_field(kind, renamed(text(value))))
        elif kind in (4, 5, 7):
            parts.append(_field(kind, bytes(message(value))))
    return b"".join(parts)


def whole_numbers(node: memoryview, attribute: str) -> list[int]:
    """A node's attribute of integers, which may be negative; empty if it has none of that name."""
    for given in (message(value) for kind, value in fields(node) if kind == 5):
        if _last_text(given, 1) == attribute:
            found = [one for kind, value in fields(given) if kind == 8 for one in numbers(value, MAX_DIMS)]
            return [one - (1 << 64) if one >> 63 else one for one in found]
    return []


def _last_text(data: bytes | memoryview, wanted: int) -> str:
    return (_texts(data, wanted) or [""])[-1]


def _texts(data: bytes | memoryview, wanted: int) -> list[str]:
    return [text(value) for kind, value in fields(memoryview(data)) if kind == wanted]


def _node(
    operator: str, inputs: list[str], outputs: list[str], attributes: Mapping[str, int | str | list[int]]
) -> bytes:
    return b"".join(
        (
            *(_field(1, name) for name in inputs),
            *(_field(2, name) for name in outputs),
            _field(4, operator),
            *(_field(5, _attribute(name, value)) for name, value in attributes.items()),
        )
    )


def _attribute(name: str, value: int | str | list[int]) -> bytes:
    if isinstance(value, str):
        return _field(1, name) + _field(4, value) + _number(20, 3)
    if isinstance(value, int):
        return _field(1, name) + _number(3, value) + _number(20, 2)
    return _field(1, name) + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _value_info(name: str, dtype: int, dims: Dims | None) -> bytes:
    shape = b""
    if dims is not None:
        sizes = (_number(1, size) if isinstance(size, int) else _field(2, size) for size in dims)
        shape = _field(2, *(_field(1, size) for size in sizes))
    return _field(1, name) + _field(2, _field(1, _number(1, dtype), shape))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, *parts: bytes | str) -> bytes:
    body = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return _varint(field << 3 | 2) + _varint(len(body)) + body
