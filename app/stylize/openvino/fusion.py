"""Exact rewritings of a style network for OpenVINO: the same sums in fewer convolutions with more channels.

A convolution over only three colours leaves most of a vector unit idle: the two blurs at full size, under 1 % of the
arithmetic, took an eighth of the time. Beside a space-to-depth or a depth-to-space, a blur becomes a convolution of
twelve channels at half the size. A graph without blurs is not changed.
"""

import numpy as np
from numpy.typing import NDArray

from allaprima.app.stylize.openvino.library import ConstantFolding, Manager, ops, ov

UNSHUFFLE = ("Unsqueeze", "Reshape", "Reshape", "Transpose", "Reshape", "Squeeze")
"""The nodes that PyTorch's exporter writes for a space-to-depth, as OpenVINO reads them."""
UNSHUFFLED = [0, 1, 3, 5, 2, 4]
"""The order of its transposition: colour, row and column within the cell, then the cells."""

Taps = NDArray[np.float32]
"""(3, side, side): of each colour."""


def fuse_blurs(model: ov.Model) -> None:
    """Rewrite `model`, whose size must not be fixed yet, in place."""
    folding = Manager()
    folding.register_pass(ConstantFolding())  # paddings are written as sums of numbers
    folding.run_passes(model)
    for node in model.get_ordered_ops():
        if node.get_type_name() == "GroupConvolution" and node.get_attributes()["strides"] == [1, 1]:
            fused = _into_unshuffle(node) or _out_of_shuffle(node)
            if fused:
                last, joined = fused
                for target in last.output(0).get_target_inputs():
                    target.replace_source_output(joined.output(0))


def _into_unshuffle(blur: ov.Node) -> tuple[ov.Node, ov.Node] | None:
    """Merges a blur and the following space-to-depth by 2 into one convolution of stride 2, with a kernel larger by
    one, from three colours to twelve channels.

    Returns the last replaced node and its replacement; None if the node is not of this form.
    """
    chain = [blur]
    while len(chain) <= len(UNSHUFFLE) and len(targets := chain[-1].output(0).get_target_inputs()) == 1:
        chain.append(next(iter(targets)).get_node())
    taps = _taps(blur)
    if taps is None or tuple(node.get_type_name() for node in chain[1:]) != UNSHUFFLE:
        return None
    if _constant(chain[4].input_value(1).get_node()) != UNSHUFFLED:
        return None
    side = taps.shape[1]
    weights = np.zeros((12, 3, side + 1, side + 1), np.float32)
    for colour, dy, dx in np.ndindex(3, 2, 2):
        weights[4 * colour + 2 * dy + dx, colour, dy : dy + side, dx : dx + side] = taps[colour]
    return chain[-1], ops.convolution(blur.input_value(0), ops.constant(weights), [2, 2], [0, 0], [0, 0], [1, 1])


def _out_of_shuffle(blur: ov.Node) -> tuple[ov.Node, ov.Node] | None:
    """Merges a depth-to-space by 2 and the following blur, with a reflected border, into one convolution over the
    twelve channels before it: 5x5 for a blur of 7x7.
    """
    taps = _taps(blur)
    pad = blur.input_value(0).get_node()
    if taps is None or pad.get_type_name() != "Pad" or pad.get_attributes()["pad_mode"] != "reflect":
        return None
    shuffle = pad.input_value(0).get_node()
    attributes = shuffle.get_attributes() if shuffle.get_type_name() == "DepthToSpace" else {}
    widths = [_constant(pad.input_value(i).get_node()) for i in (1, 2)]
    side, reach = taps.shape[1], taps.shape[1] // 2
    kind = attributes.get("block_size"), attributes.get("mode")
    if kind != (2, "depth_first") or widths != [[0, 0, reach, reach]] * 2:
        return None
    beyond = (reach + 1) // 2  # reached cells on either side
    weights = np.zeros((12, 12, 2 * beyond + 1, 2 * beyond + 1), np.float32)
    for colour, py, px, ky, kx in np.ndindex(3, 2, 2, side, side):
        y, x = py + ky - reach, px + kx - reach  # from the cell's first pixel
        into, of = 4 * colour + 2 * py + px, 4 * colour + 2 * (y % 2) + x % 2
        weights[into, of, y // 2 + beyond, x // 2 + beyond] = taps[colour, ky, kx]
    cells = _reflected(_reflected(shuffle.input_value(0), 2, 1, beyond), 3, 0, beyond)
    joined = ops.convolution(cells, ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
    return blur, ops.depth_to_space(joined, "depth_first", 2)


def _reflected(cells: ov.Output, axis: int, bit: int, count: int) -> ov.Output:
    """Adds `count` cells on both sides of `axis` that equal a reflection of the pixels: cell -k holds the pixels 2k and
    2k - 1, which are the first one of cell k and the second one of cell k - 1. `bit` of a channel's number says which
    of the two the channel holds.
    """
    second = ((np.arange(12, dtype=np.int64) >> bit) & 1).astype(np.float32).reshape(1, 12, 1, 1)

    def cell(first_pixel: int, second_pixel: int) -> ov.Output:
        """A cell with its first pixels from one tensor and its second ones from another."""
        parts = [
            ops.multiply(_slice(cells, at, axis), ops.constant(mask))
            for at, mask in ((first_pixel, 1 - second), (second_pixel, second))
        ]
        return ops.add(*parts).output(0)

    before = [cell(k, k - 1) for k in range(count, 0, -1)]
    after = [cell(-k, -k - 1) for k in range(1, count + 1)]
    return ops.concat([*before, cells, *after], axis).output(0)


def _slice(cells: ov.Output, at: int, axis: int) -> ov.Node:
    """The single row or column `at`; negative numbers count from the end."""
    end = at + 1 if at != -1 else np.iinfo(np.int64).max
    return ops.slice(cells, *(ops.constant(np.array([value], np.int64)) for value in (at, end, 1, axis)))


def _taps(blur: ov.Node) -> Taps | None:
    """The kernel of a blur of three colours; None for any other convolution."""
    table = blur.input_value(1).get_node()
    shape = [*table.get_output_shape(0)]
    if table.get_type_name() != "Constant" or shape[:3] != [3, 1, 1] or shape[3] != shape[4] or not shape[3] % 2:
        return None
    taps: Taps = table.get_data().astype(np.float32).reshape(3, shape[3], shape[3])
    return taps


def _constant(node: ov.Node) -> list[int] | None:
    return [int(value) for value in node.get_data().ravel()] if node.get_type_name() == "Constant" else None
