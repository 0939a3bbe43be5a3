"""Convolutions of a style network in int8, for OpenVINO: rewritten with their weights from measured ranges.

Symmetric, a scale for each output channel of the weights and one for each input (Jacob et al. 2018, "Quantization and
Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference"). Norms, shortcuts and enlargements
stay in float: only the inputs and weights of convolutions are rounded.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import EngineError
from allaprima.app.packs.onnx_scan import HINT
from allaprima.app.stylize.openvino.library import ops, ov

LEAST_INPUTS = 16
"""Least number of channels. The photo has fewer: every level of it counts, and it would not fill an instruction."""

Ranges = Mapping[str, tuple[float, float]]
"""Lowest and highest input of a convolution, by the name of its weights."""
Ends = float | NDArray[np.float32]
"""Bounds of all numbers, or of each output channel's."""


def convolutions(model: ov.Model) -> list[tuple[str, ov.Node]]:
    """Convolutions for which int8 is worthwhile, each with the name of its weights, which several may share."""
    found = []
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Convolution":
            weights = node.input_value(1).get_node()
            if weights.get_type_name() == "Constant" and weights.get_output_shape(0)[1] >= LEAST_INPUTS:
                found.append((weights.get_friendly_name(), node))
    return found


def given(convolution: ov.Node) -> ov.Input:
    """The place of its input: before its border, so that the border is rounded too, with a quarter of the bytes."""
    border = convolution.input_value(0).get_node()
    return border.input(0) if border.get_type_name() == "Pad" else convolution.input(0)


def quantize(model: ov.Model, ranges: Ranges) -> None:
    """Rewrite in place the convolutions that `ranges` names. Raises `EngineError` for one that is not in `model`."""
    named = [(name, node) for name, node in convolutions(model) if name in ranges]
    for stray in ranges.keys() - {name for name, _ in named}:
        raise EngineError(f"int8 ranges name {stray[:80]!r}, which the network has not", HINT)
    for name, node in named:
        low, high = ranges[name]
        reach = max(-low, high * 128 / 127)  # of integers from -128 to 127
        ends = (-reach, reach * 127 / 128) if low < 0 else (0.0, high)
        place = given(node)
        place.replace_source_output(_rounded(place.get_source_output(), *ends, 256))
        weights = node.input_value(1)
        size = np.abs(weights.get_node().get_data()).max((1, 2, 3), keepdims=True).astype(np.float32)
        size[size == 0] = 1  # an empty channel
        node.input(1).replace_source_output(_rounded(weights, -size, size, 255))


def _rounded(value: ov.Output, low: Ends, high: Ends, levels: int) -> ov.Output:
    """`value` rounded to one of `levels` from `low` to `high`, which OpenVINO's plugin converts to integers."""
    ends = [ops.constant(np.asarray(end, np.float32).reshape(-1, 1, 1, 1)) for end in (low, high)]
    return ops.fake_quantize(value, *ends, *ends, levels).output(0)
