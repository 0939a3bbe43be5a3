"""A network as OpenVINO sees it: what it computes, with which kernels, and how fast this processor could at all."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import EngineError
from allaprima.app.stylize.openvino.engine import shared_core, style_model
from allaprima.app.stylize.openvino.inspection import compile_model
from allaprima.app.stylize.openvino.int8 import Ranges
from allaprima.app.stylize.openvino.library import ops, ov

CONVOLUTIONS = ((64, 60, 80, 16), (256, 30, 40, 4), (512, 15, 20, 3))
"""Channels, height, width of each eye, and how many in a row: the body's own shape at 640x480, and two with so many
channels that hardly anything but arithmetic is left. In a row, so that reading the input and starting the request do
not count.
"""
PRODUCT = (1024, 3)
"""Side of the square matrices, and how many products in a row."""

Run = Callable[[], object]


def processor() -> tuple[str, list[str]]:
    """The processor's name, and OpenVINO's list of its number formats: 'BF16', 'FP32', 'INT8' and so on."""
    core = shared_core()
    return str(core.get_property("CPU", "FULL_DEVICE_NAME")), sorted(
        core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    )


def flops(data: bytes, shapes: dict[str, Sequence[int]]) -> int:
    """Floating-point operations of one pass: two for each multiply-add of its convolutions and matrix products.

    `data` is an ONNX file, `shapes` those of its inputs. Norms, additions and enlargements are not counted: they are
    what keeps a network from its convolutions' peak.
    """
    model = read_model(data)
    model.reshape({name: list(shape) for name, shape in shapes.items()})
    return sum(_flops(node) for node in model.get_ops())


def _flops(node: ov.Node) -> int:
    kind = node.get_type_name()
    if kind not in ("Convolution", "GroupConvolution", "MatMul"):
        return 0
    outputs = math.prod(node.get_output_shape(0))
    if kind == "MatMul":
        inner = node.get_input_shape(0)[-2 if node.get_attributes()["transpose_a"] else -1]
        return int(2 * outputs * inner)
    weights = node.get_input_shape(1)  # (out, in, kh, kw), or (groups, out, in, kh, kw)
    return int(2 * outputs * math.prod(weights[2 if kind == "GroupConvolution" else 1 :]))


def kernels(model_kernels: ov.CompiledModel) -> list[str]:
    """The instruction sets and types that the convolutions were compiled for, as 'brgconv_avx512_bf16'."""
    found = set()
    for node in model_kernels.get_runtime_model().get_ops():
        facts = {key: str(getattr(value, "value", value)) for key, value in node.get_rt_info().items()}
        if facts.get("layerType") == "Convolution":
            found.add(facts["primitiveType"])
    return sorted(found)


def convolution_kernels(data: bytes, size: tuple[int, int], precision: str, ranges: Ranges) -> list[str]:
    """How the convolutions of a style network run on this processor, under its present cap; those that
    have `ranges` in int8, where that is the `precision`.
    """
    return kernels(compile_model(style_model(data, size, ranges if precision == "int8" else {}), precision))


def peaks(precision: str) -> dict[str, tuple[Run, int]]:
    """By kernel: a pass of nothing but arithmetic, and its floating-point operations. Which of them is the quickest
    depends on the processor; the peak is what the best one reaches.

    Raises `EngineError` where the processor does not compute in `precision` itself.
    """
    side, count = PRODUCT
    product = ([side, side], [side, side], count, lambda x, weights: ops.matmul(x, weights, False, False))
    found = {f"product {side}": _bare(*product, precision)}
    for channels, height, width, depth in CONVOLUTIONS:
        found[f"convolution {channels}"] = _bare(
            [2, channels, height, width],
            [channels, channels, 3, 3],
            depth,
            lambda x, weights: ops.convolution(x, weights, [1, 1], [1, 1], [1, 1], [1, 1]),
            precision,
        )
    return found


def _bare(
    shape: list[int], weights: list[int], depth: int, layer: Callable[[ov.Node, ov.Node], ov.Node], precision: str
) -> tuple[Run, int]:
    """`depth` layers of random weights in a row; each output takes two operations for every weight of its channel."""
    rng = np.random.default_rng(0)
    inner = math.prod(weights[1:])
    x = pixels = ops.parameter(shape, np.float32, "pixels")
    for _ in range(depth):
        x = layer(x, ops.constant(rng.normal(0, 1 / math.sqrt(inner), weights).astype(np.float32)))
    compiled = compile_model(ov.Model([x], [pixels], "peak"), precision)
    return repeated(compiled, [rng.random(shape, np.float32)]), depth * 2 * math.prod(shape) * inner


def read_model(data: bytes) -> ov.Model:
    """An ONNX file as a model. Raises `EngineError`."""
    try:
        return shared_core().read_model(data, b"")
    except RuntimeError as error:
        raise EngineError(f"openvino refuses the graph: {str(error)[-300:]}") from error


def repeated(compiled: ov.CompiledModel, inputs: Sequence[NDArray[Any]]) -> Run:
    """Passes over `inputs`, in the order of the model's own."""
    request = compiled.create_infer_request()
    for port, array in zip(compiled.inputs, inputs, strict=True):
        request.get_tensor(port).data[:] = array
    return lambda: request.infer()
