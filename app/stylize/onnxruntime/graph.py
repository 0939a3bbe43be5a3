"""A style network for ONNX Runtime: of one size, with bytes at both ends, and without operators that a GPU lacks."""

from collections.abc import Sequence

from allaprima.app.packs.onnx_scan import NetworkFile
from allaprima.app.packs.onnx_writer import FLOAT, UINT8, GraphWriter, whole_numbers

EPSILON = 1e-5
"""Epsilon of the norms, as trained."""
ROUNDING = 1e-12
"""A variance below that of any picture. MLAS, ONNX Runtime's library for processors, rounds a flat picture differently
at some pixels, and the norms would amplify that to strokes. Grain of a single level has 100,000 times this variance.
"""


def style_graph(network: NetworkFile, size: tuple[int, int]) -> bytes:
    """The ONNX file of a scanned network for `size` (width, height): `frames` and `painted` are (2, H, W, 3) uint8.

    So only a quarter of the bytes goes to a GPU and back, and nothing is converted outside. ONNX's
    MeanVarianceNormalization is written out, because it has no epsilon, and because CUDA and TensorRT do not support
    it: each norm would run on the processor. On a processor both forms take the same time.
    """
    width, height = size
    writer = GraphWriter()
    frames = writer.input("frames", UINT8, (2, height, width, 3))
    style = writer.input("style", FLOAT, (1, network.rows))
    given = {"style": style}
    if network.canvas:
        given["canvas"] = writer.input("canvas", FLOAT, (2, network.canvas, height // 2, width // 2))
    writer.share_initializers(network)
    planes = writer.node("Cast", writer.node("Transpose", frames, perm=[0, 3, 1, 2]), to=FLOAT)
    given["frames"] = writer.node("Mul", planes, writer.constant(1 / 255))

    def norm(writer: GraphWriter, inputs: Sequence[str], node: memoryview) -> str:
        axes = whole_numbers(node, "axes") or [0, 2, 3]

        def mean(value: str) -> str:
            if network.opset < 18:
                return writer.node("ReduceMean", value, axes=axes, keepdims=1)
            return writer.node("ReduceMean", value, writer.constant(axes), keepdims=1)

        apart = writer.node("Sub", inputs[0], mean(inputs[0]))
        variance = mean(writer.node("Mul", apart, apart))  # (1, C, 1, 1)
        share = writer.node("Sub", writer.node("Mul", variance, writer.constant(1 / ROUNDING)), writer.constant(1.0))
        there = writer.node("Min", writer.node("Max", share, writer.constant(0.0)), writer.constant(1.0))
        deviation = writer.node("Sqrt", writer.node("Add", variance, writer.constant(EPSILON)))
        return writer.node("Mul", apart, writer.node("Div", there, deviation))

    painted = writer.copy_nodes(network, given, "net", {"MeanVarianceNormalization": norm})["painted"]
    levels = writer.node("Min", writer.node("Mul", painted, writer.constant(255.0)), writer.constant(255.0))
    rounded = writer.node("Add", writer.node("Max", levels, writer.constant(0.0)), writer.constant(0.5))
    pixels = writer.node("Cast", writer.node("Floor", rounded), to=UINT8)
    writer.output(writer.node("Transpose", pixels, perm=[0, 2, 3, 1]), "painted", UINT8, None)
    return writer.model(network)
