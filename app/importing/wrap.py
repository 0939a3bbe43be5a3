"""A stranger's network inside a style network of ours: `frames, style -> painted`."""

import numpy as np

from allaprima.app.importing.convention import RANGES, Convention, StyleInput
from allaprima.app.packs.onnx_scan import NetworkFile
from allaprima.app.packs.onnx_writer import FLOAT, UINT8, GraphWriter

TINY = 1e-6  # keeps the weights of the styles a mixture where the photo alone is wanted


def wrapped(network: NetworkFile, convention: Convention) -> bytes:
    """The ONNX file of a pack: `frames` (2, 3, H, W) RGB 0..1 and `style` (1, 1 + styles) -> `painted` alike.

    `painted = style[0] * frames + sum(style[1:]) * net(frames, style[1:])`: row 0 is the photo itself.
    """
    writer = GraphWriter()
    frames = writer.input("frames", FLOAT, (2, 3, "height", "width"))
    style = writer.input("style", FLOAT, (1, 1 + convention.styles))
    writer.share_initializers(network)
    photo_share = writer.node("Gather", style, writer.constant([0]), axis=1)  # (1, 1)
    shares = writer.node("Gather", style, writer.constant(list(range(1, convention.styles + 1))), axis=1)
    total = writer.node("MatMul", shares, writer.constant(np.ones((convention.styles, 1))))  # (1, 1)

    given = {}
    if convention.style is not None:
        dtype = network.inputs[convention.style.name].dtype
        given[convention.style.name] = _select(writer, convention.style, dtype, shares, total)
    eyes = _encoded(writer, network, convention, _resized(writer, convention, frames))
    seen = [eyes]
    if not convention.both_eyes:
        seen = [writer.node("Gather", eyes, writer.constant([eye]), axis=0) for eye in (0, 1)]  # (1, 3, h, w) each
    passes = [
        writer.copy_nodes(network, {**given, convention.picture: picture}, f"pass{number}")[convention.painted]
        for number, picture in enumerate(seen)
    ]
    painted = passes[0] if convention.both_eyes else writer.node("Concat", *passes, axis=0)
    painted = _decoded(writer, network, convention, painted)
    if convention.fixed or convention.multiple > 8:
        painted = _resize(writer, painted, _sides(writer, frames))
    painted = writer.node("Max", writer.node("Min", painted, writer.constant(1.0)), writer.constant(0.0))
    mixed = writer.node("Add", writer.node("Mul", frames, photo_share), writer.node("Mul", painted, total))
    writer.output(mixed, "painted", FLOAT, (2, 3, "height", "width"))
    return writer.model(network)


def _select(writer: GraphWriter, style: StyleInput, dtype: int, shares: str, total: str) -> str:
    """The shares of the styles as the network's own style input; where it takes a number, that of the largest."""
    shape = writer.constant(list(style.shape))
    if style.by_index:
        index = writer.node("ArgMax", shares, axis=1, keepdims=0)  # (1,) int64
        return writer.node("Reshape", writer.node("Cast", index, to=dtype), shape)
    first = np.zeros((1, style.styles))
    first[0, 0] = TINY
    lifted = writer.node("Add", shares, writer.constant(first))
    mixture = writer.node("Div", lifted, writer.node("Add", total, writer.constant(TINY)))
    return writer.node("Reshape", mixture, shape)


def _encoded(writer: GraphWriter, network: NetworkFile, convention: Convention, frames: str) -> str:
    """RGB 0..1, (2, 3, h, w), as the network wants it."""
    value_range = RANGES[convention.range_in]
    value = writer.node("Mul", frames, writer.constant(_column(value_range.scale)))
    dtype = network.inputs[convention.picture].dtype
    rounding = 0.5 if dtype == UINT8 else 0.0  # a cast to bytes cuts off
    value = writer.node("Add", value, writer.constant(_column(value_range.shift) + rounding))
    if convention.channels == "bgr":
        value = writer.node("Gather", value, writer.constant([2, 1, 0]), axis=1)
    if convention.layout_in == "nhwc":
        value = writer.node("Transpose", value, perm=[0, 2, 3, 1])
    return value if dtype == FLOAT else writer.node("Cast", value, to=dtype)


def _decoded(writer: GraphWriter, network: NetworkFile, convention: Convention, value: str) -> str:
    """What the network gives out as RGB, (2, 3, h, w), black 0 and white 1."""
    if network.outputs[convention.painted].dtype != FLOAT:
        value = writer.node("Cast", value, to=FLOAT)
    if convention.layout_out == "nhwc":
        value = writer.node("Transpose", value, perm=[0, 3, 1, 2])
    if convention.channels == "bgr":
        value = writer.node("Gather", value, writer.constant([2, 1, 0]), axis=1)
    value_range = RANGES[convention.range_out]
    value = writer.node("Sub", value, writer.constant(_column(value_range.shift)))
    return writer.node("Mul", value, writer.constant(1 / _column(value_range.scale)))


def _resized(writer: GraphWriter, convention: Convention, frames: str) -> str:
    if convention.fixed:
        width, height = convention.fixed
        return _resize(writer, frames, writer.constant([height, width]))
    if convention.multiple > 8:
        step = writer.constant([convention.multiple])
        up = writer.node("Add", _sides(writer, frames), writer.constant([convention.multiple - 1]))
        return _resize(writer, frames, writer.node("Mul", writer.node("Div", up, step), step))
    return frames


def _sides(writer: GraphWriter, frames: str) -> str:
    """(2,) height and width."""
    return writer.node("Gather", writer.node("Shape", frames), writer.constant([2, 3]), axis=0)


def _resize(writer: GraphWriter, value: str, sides: str) -> str:
    """(2, 3, h, w) at the given height and width, linearly."""
    sizes = writer.node("Concat", writer.constant([2, 3]), sides, axis=0)
    neither, nor = writer.constant(np.zeros(0)), writer.constant(np.zeros(0))  # a region, scales
    return writer.node("Resize", value, neither, nor, sizes, mode="linear")


def _column(values: tuple[float, float, float]) -> np.ndarray:
    return np.array(values, np.float64).reshape(1, 3, 1, 1)
