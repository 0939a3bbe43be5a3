"""Bytes at both ends of a style network in OpenVINO, without transposing pictures in memory.

OpenVINO's convolutions need the colours of a pixel beside one another, as in a picture. Networks are written for
planes: OpenVINO would make them in float32 and convert them back, which takes a tenth of the whole time. So operations
on single pixels and the reflected border work on the picture's layout, and a transposition stands only beside a
convolution, which absorbs it.
"""

import numpy as np

from allaprima.app.stylize.openvino.library import ops, ov

POINTWISE = {
    "Add": ops.add,
    "Divide": ops.divide,
    "Multiply": ops.multiply,
    "Relu": ops.relu,
    "Sigmoid": ops.sigmoid,
    "Subtract": ops.subtract,
    "Tanh": ops.tanh,
}
"""Operators that may follow a network's last convolution."""


def with_bytes(model: ov.Model) -> ov.Model:
    """`model` of fixed size, with `frames` and `painted` as (2, H, W, 3) uint8. It consumes `model`."""
    frames = next(node for node in model.get_parameters() if "frames" in node.output(0).get_names())
    others = [node for node in model.get_parameters() if node.get_friendly_name() != frames.get_friendly_name()]
    eyes, colours, height, width = frames.output(0).get_shape()
    taken = ops.parameter([eyes, height, width, colours], np.uint8)
    taken.output(0).set_names({"frames"})
    painted = model.get_results()[0].input_value(0)
    eyes, colours, height, width = painted.get_shape()
    lying = _Lying(frames, taken).output(painted)
    for target in list(frames.output(0).get_target_inputs()):
        if (wider := _with_border(taken, target.get_node())) is not None:
            for following in list(target.get_node().output(0).get_target_inputs()):
                following.replace_source_output(_as_planes(_scaled(wider)))
        else:
            target.replace_source_output(_as_planes(_scaled(taken.output(0))))
    levels = ops.convert(_levels(lying), "u8")
    given = ops.reshape(levels, _numbers(eyes, height, width, colours), False)
    given.output(0).set_names({"painted"})
    return ov.Model([given], [taken, *others], model.get_friendly_name())


class _Lying:
    """The end of a network in the picture's layout: (1, 1, 2H, 3W), because short rows cost more than long ones."""

    def __init__(self, frames: ov.Node, taken: ov.Node) -> None:
        self._frames, self._taken = frames, taken
        self._made: dict[tuple[str, int], ov.Output] = {}

    def output(self, planes: ov.Output) -> ov.Output:
        """The content of `planes` (2, 3, H, W)."""
        key = planes.get_node().get_friendly_name(), planes.get_index()
        if key not in self._made:
            self._made[key] = self._make(planes)
        return self._made[key]

    def _make(self, planes: ov.Output) -> ov.Output:
        node, shape = planes.get_node(), planes.get_shape()
        eyes, colours, height, width = shape
        if node.get_friendly_name() == self._frames.get_friendly_name():
            return _scaled(_rows(self._taken.output(0), eyes * height, width * colours))
        sources = node.input_values()
        if node.get_type_name() in POINTWISE and all(_one(s) or s.get_shape() == shape for s in sources):
            again = POINTWISE[node.get_type_name()]
            return again(*(s if _one(s) else self.output(s) for s in sources)).output(0)
        lying = ops.transpose(planes, _numbers(0, 2, 3, 1))
        return _rows(lying.output(0), eyes * height, width * colours)


def _with_border(taken: ov.Node, pad: ov.Node) -> ov.Output | None:
    """The frames as bytes with the reflected border of `pad`; None if it is another kind of node."""
    if pad.get_type_name() != "Pad" or pad.get_attributes()["pad_mode"] != "reflect":
        return None
    widths = [pad.input_value(index).get_node() for index in (1, 2)]
    if any(node.get_type_name() != "Constant" for node in widths):
        return None
    before, after = ([int(width) for width in node.get_data().ravel()] for node in widths)
    if any(before[:2] + after[:2]):
        return None
    return ops.pad(taken, _numbers(0, *before[2:], 0), _numbers(0, *after[2:], 0), "reflect").output(0)


def _one(output: ov.Output) -> bool:
    """Whether the value is a single number for all pixels."""
    return all(side == 1 for side in output.get_shape())


def _scaled(levels: ov.Output) -> ov.Output:
    """0..255 as 0..1."""
    return ops.multiply(ops.convert(levels, "f32"), ops.constant(np.float32(1 / 255))).output(0)


def _levels(painted: ov.Output) -> ov.Node:
    """0..1 to whole numbers 0..255, rounded: the conversion to bytes itself would truncate, and wrap round."""
    levels = ops.multiply(painted, ops.constant(np.float32(255)))
    return ops.round(ops.clamp(levels, 0.0, 255.0), "half_to_even")


def _as_planes(lying: ov.Output) -> ov.Output:
    """(2, H, W, 3) as (2, 3, H, W)."""
    return ops.transpose(lying, _numbers(0, 3, 1, 2)).output(0)


def _rows(lying: ov.Output, height: int, width: int) -> ov.Output:
    return ops.reshape(lying, _numbers(1, 1, height, width), False).output(0)


def _numbers(*values: int) -> ov.Node:
    return ops.constant(np.array(values, np.int64))
