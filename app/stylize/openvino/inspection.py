"""A style network for measurements: paints, gives its inner values, and is not cached."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import Field
from allaprima.app.canvas.still import still_canvas
from allaprima.app.core.errors import EngineError
from allaprima.app.stylize.openvino.engine import canvas_channels, float_type, shared_core, style_model
from allaprima.app.stylize.openvino.int8 import Ranges, convolutions, given
from allaprima.app.stylize.openvino.library import REFUSALS, first_line, ov

Paint = Callable[[NDArray[np.uint8], NDArray[np.float32]], NDArray[np.uint8]]
"""From pixels, (2, H, W, 3), and the `style` input, (1, rows), to the painted pixels."""


def painter(data: bytes, size: tuple[int, int], precision: str, ranges: Ranges) -> Paint:
    """A style network for a single use: not cached on disk, not checked against a gate."""
    model = style_model(data, size, ranges)
    canvas = canvas_input(model, size)
    request = compile_model(model, precision).create_infer_request()

    def paint(frames: NDArray[np.uint8], style: NDArray[np.float32]) -> NDArray[np.uint8]:
        request.infer({"frames": frames, "style": style, **canvas})
        painted: NDArray[np.uint8] = request.get_tensor("painted").data.copy()
        return painted

    return paint


def observer(data: bytes, size: tuple[int, int]) -> Callable[..., list[tuple[str, NDArray[np.float32]]]]:
    """The inputs of all convolutions that could run in int8, by the name of their weights; called like a `Paint`."""
    model = style_model(data, size)
    found, canvas = convolutions(model), canvas_input(model, size)
    model.add_outputs([given(node).get_source_output() for _, node in found])
    request = compile_model(model, "f32").create_infer_request()

    def observe(frames: NDArray[np.uint8], style: NDArray[np.float32]) -> list[tuple[str, NDArray[np.float32]]]:
        request.infer({"frames": frames, "style": style, **canvas})
        return [(name, request.get_output_tensor(1 + place).data) for place, (name, _) in enumerate(found)]

    return observe


def canvas_input(model: ov.Model, size: tuple[int, int]) -> dict[str, Field]:
    """The still canvas as an input of a network that takes one; empty for another."""
    channels = canvas_channels(model)
    return {"canvas": still_canvas(channels, size)} if channels else {}


def compile_model(model: ov.Model, precision: str, threads: int | None = None) -> ov.CompiledModel:
    """The network compiled for the processor in `precision`. Raises `EngineError` if the processor lacks it."""
    wanted = float_type(precision)
    options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
    if wanted is not None:
        options["INFERENCE_PRECISION_HINT"] = wanted
    if threads is not None:
        options["INFERENCE_NUM_THREADS"] = threads
    try:
        compiled = shared_core().compile_model(model, "CPU", options)
    except REFUSALS as error:
        raise EngineError(f"openvino refuses the graph: {first_line(error)}") from error
    if wanted not in (None, compiled.get_property("INFERENCE_PRECISION_HINT")):
        raise EngineError(f"openvino does not run {precision} on this CPU", "choose --precision auto or f32")
    return compiled
