"""Which input of a stranger's network is the picture, which one selects the style, and which output is the painting."""

from dataclasses import dataclass, replace

from allaprima.app.importing.convention import LAYOUTS, NotAStyleNetwork, StyleInput
from allaprima.app.packs.onnx_scan import NetworkFile, TensorInfo
from allaprima.app.packs.onnx_writer import FLOAT, FLOAT16, INT32, INT64, UINT8
from allaprima.app.packs.protobuf import fields, message, numbers, text

MAX_STYLES = 256
MAX_SIDE = 4096
MIN_OPSET = 8
PIXELS = (FLOAT, FLOAT16, UINT8)
LOOKS_ON = frozenset(("Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"))
"""Operators that hand an index on as it is."""

IMAGE_TO_IMAGE = "an importable network takes one RGB picture (and, if it has several styles, which) and paints one"


@dataclass(frozen=True, slots=True)
class Signature:
    """Names, and what the declared shapes tell."""

    picture: str
    painted: str
    layouts: tuple[str, ...]
    """What the picture's axes may be, likeliest first."""
    size: tuple[int | None, int | None]
    """(width, height) as declared."""
    style: StyleInput | None


def read_signature(network: NetworkFile) -> Signature:
    """Raises `NotAStyleNetwork` with what is missing or too much."""
    if network.opset < MIN_OPSET:
        raise NotAStyleNetwork(
            f"it is of ONNX operators of version {network.opset}, the oldest that can be imported is {MIN_OPSET}",
            "export it again with opset 17",
        )
    pictures = [name for name, info in network.inputs.items() if _may_be_picture(info)]
    if not pictures:
        for name, info in network.inputs.items():
            if info.shape and (count := info.shape[0]) and _may_be_picture(replace(info, shape=(1, *info.shape[1:]))):
                raise NotAStyleNetwork(
                    f"its input {name[:80]!r} takes {count} pictures at once ({_shape(info)}), not one or two",
                    "export it with a batch of 1, or a free one: torch.onnx.export(..., dynamic_axes=...)",
                )
        raise NotAStyleNetwork(f"none of its inputs is an RGB picture: {_listed(network.inputs)}", IMAGE_TO_IMAGE)
    if len(pictures) > 1:
        raise NotAStyleNetwork(
            f"it wants {len(pictures)} pictures ({', '.join(pictures)[:200]}): networks that take their style from a "
            "picture each time cannot be imported",
            IMAGE_TO_IMAGE,
        )
    picture = pictures[0]
    others = [name for name in network.inputs if name != picture]
    if len(others) > 1:
        raise NotAStyleNetwork(f"it has too many inputs: {_listed(network.inputs)}", IMAGE_TO_IMAGE)
    paintings = [name for name, info in network.outputs.items() if _may_be_painting(info)]
    if len(paintings) != 1:
        what = "none" if not paintings else "more than one"
        raise NotAStyleNetwork(f"{what} of its outputs may be a picture: {_listed(network.outputs)}", IMAGE_TO_IMAGE)
    info = network.inputs[picture]
    layouts = tuple(layout for layout in LAYOUTS if info.shape[3 if layout == "nhwc" else 1] == 3) or LAYOUTS
    height, width = info.shape[1:3] if layouts[0] == "nhwc" else info.shape[2:4]
    style = _style_input(network, others[0]) if others else None
    return Signature(picture, paintings[0], layouts, (width, height), style)


def _may_be_picture(info: TensorInfo) -> bool:
    shape = info.shape
    if info.dtype not in PIXELS or len(shape) != 4 or shape[0] not in (1, 2, None):
        return False
    return all(size is None or 1 <= size <= MAX_SIDE for size in shape) and any(
        shape[axis] in (3, None) for axis in (1, 3)
    )


def _may_be_painting(info: TensorInfo) -> bool:
    """Exporters often leave an output's shape open."""
    shape = info.shape
    if info.dtype not in PIXELS or len(shape) not in (0, 4):
        return False
    return not shape or any(shape[axis] in (3, None) for axis in (1, 3))


def _style_input(network: NetworkFile, name: str) -> StyleInput:
    info = network.inputs[name]
    sizes = tuple(1 if size is None else size for size in info.shape)
    if info.dtype in (INT32, INT64) and len(sizes) <= 2 and all(size == 1 for size in sizes):
        if styles := _styles_looked_up(network, name):
            return StyleInput(name, sizes, styles, by_index=True)
        raise NotAStyleNetwork(
            f"it selects its style by the number {name!r}, but holds no table that such a number would look up",
            IMAGE_TO_IMAGE,
        )
    if info.dtype == FLOAT and len(sizes) in (1, 2) and sizes[:-1] in ((), (1,)) and 2 <= sizes[-1] <= MAX_STYLES:
        return StyleInput(name, sizes, sizes[-1], by_index=False)
    raise NotAStyleNetwork(
        f"its second input is {name[:80]!r} {_shape(info)}, neither a vector of at most {MAX_STYLES} style weights "
        "nor the number of a style",
        IMAGE_TO_IMAGE,
    )


def _styles_looked_up(network: NetworkFile, index: str) -> int:
    """The rows of the smallest table that is looked up with the input `index`, 0 if there is none."""
    handed_on, rows = {index}, []
    for operator, inputs, outputs, axis in _nodes(network):
        if operator in LOOKS_ON and inputs and inputs[0] in handed_on:
            handed_on.update(outputs)
        elif operator == "Gather" and len(inputs) == 2 and inputs[1] in handed_on:
            dims = network.dims(inputs[0])
            if axis < len(dims):
                rows.append(dims[axis])
    return min(min(rows, default=0), MAX_STYLES)


def _nodes(network: NetworkFile) -> list[tuple[str, list[str], list[str], int]]:
    """Operator, inputs, outputs and the attribute `axis` (0 if there is none) of every node, in the file's order."""
    found = []
    for kind, graph in fields(memoryview(network.data)):
        for part, node in fields(message(graph)) if kind == 7 else ():
            if part != 1:
                continue
            operator, inputs, outputs, axis = "", list[str](), list[str](), 0
            for number, value in fields(message(node)):
                if number in (1, 2):
                    (inputs if number == 1 else outputs).append(text(value))
                elif number == 4:
                    operator = text(value)
                elif number == 5:
                    attribute = dict(fields(message(value)))
                    if text(attribute.get(1, memoryview(b""))) == "axis":
                        axis = numbers(attribute.get(3, 0), 1)[0]
            found.append((operator, inputs, outputs, axis))
    return found


def _listed(tensors: dict[str, TensorInfo]) -> str:
    return ", ".join(f"{name[:60]!r} {_shape(info)}" for name, info in list(tensors.items())[:6]) or "there is none"


def _shape(info: TensorInfo) -> str:
    return "x".join("?" if size is None else str(size) for size in info.shape) or "of unknown shape"
