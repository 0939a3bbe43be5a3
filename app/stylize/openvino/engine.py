"""Painting with OpenVINO: the default on CPUs."""

import contextlib
import io
import os
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import Field
from allaprima.app.canvas.still import still_canvas
from allaprima.app.core.errors import EngineError
from allaprima.app.packs.onnx_scan import NetworkFile
from allaprima.app.packs.pack import StylePack
from allaprima.app.stylize.batch import check_batch, check_canvas, check_painted
from allaprima.app.stylize.compiled_cache import CompiledCache
from allaprima.app.stylize.openvino.fusion import fuse_blurs
from allaprima.app.stylize.openvino.int8 import Ranges, quantize
from allaprima.app.stylize.openvino.layout import with_bytes
from allaprima.app.stylize.openvino.library import REFUSALS, first_line, ov

CAP = "ONEDNN_MAX_CPU_ISA"
TYPES = {"f32": ov.Type.f32, "bf16": ov.Type.bf16, "f16": ov.Type.f16}


FORM = 5
"""Version of the result of `style_model`: raise it with every change, because compiled networks are cached."""


class OpenVinoStylizer:
    """A pack compiled for one size on the CPU. See `Stylizer`.

    Precision "auto" is OpenVINO's own default: bf16 only where the CPU multiplies bf16 natively (AMX or AVX512_BF16),
    f32 elsewhere. Emulated bf16 would be slower than f32. With "int8" the remaining float operations use the same.
    """

    engine = "openvino"
    device = "CPU"

    def __init__(
        self, pack: StylePack, size: tuple[int, int], precision: str = "auto", threads: int | None = None
    ) -> None:
        self.size = size
        self._rows = pack.rows
        if precision not in ("auto", "int8", *TYPES):
            raise EngineError(f"openvino has no precision {precision!r}", "choose auto, f32, bf16, f16 or int8")
        network = pack.read_network()
        self.canvas = network.canvas
        ranges = pack.in_int8().ranges if precision == "int8" else {}
        options: dict[str, object] = {"PERFORMANCE_HINT": "LATENCY"}
        if wanted := float_type(precision):
            options["INFERENCE_PRECISION_HINT"] = wanted
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads
        try:
            compiled = _compiled(network, size, options, ranges)
            used = compiled.get_property("INFERENCE_PRECISION_HINT")
            self._request = compiled.create_infer_request()
            self._frames = self._request.get_tensor("frames").data  # (2, H, W, 3) uint8
            self._style = self._request.get_tensor("style").data  # (1, rows)
            self._painted = self._request.get_tensor("painted").data  # (2, H, W, 3) uint8
            if self.canvas:
                self._canvas = self._request.get_tensor("canvas").data  # (2, C, H / 2, W / 2)
        except REFUSALS as error:
            raise EngineError(f"openvino refuses {network.path}: {first_line(error)}") from error
        check_painted(self._painted.shape, size)
        self.precision = "int8" if ranges else next((name for name, type_ in TYPES.items() if type_ == used), str(used))
        if precision not in ("auto", self.precision):
            raise EngineError(f"openvino does not run {precision} on this CPU", "choose --precision auto or f32")

    def paint(
        self, frames: NDArray[np.uint8], weights: NDArray[np.float32], canvas: Field | None = None
    ) -> NDArray[np.uint8]:
        if self._request is None:
            raise EngineError("the openvino stylizer is closed")
        self._style[:] = check_batch(frames, weights, self.size, self._rows)
        np.copyto(self._frames, frames)
        if self.canvas:
            given = still_canvas(self.canvas, self.size) if canvas is None else canvas
            np.copyto(self._canvas, check_canvas(given, self.size, self.canvas))
        try:
            self._request.infer(share_outputs=True)  # else it copies the output twice
        except REFUSALS as error:
            raise EngineError(f"openvino failed while painting: {first_line(error)}") from error
        return self._painted.copy()

    def repeat(self) -> None:
        """Run the network on the last pair again, without copying its input or output; for benches."""
        self._request.infer()

    def close(self) -> None:
        self._request = self._frames = self._style = self._painted = self._canvas = None


def float_type(precision: str) -> ov.Type | None:
    """The type of float operations; None lets OpenVINO choose by processor."""
    if precision == "int8" and CAP in os.environ:
        return ov.Type.f32  # it would still choose bf16, which cannot be capped
    return TYPES.get(precision)


@cache
def shared_core() -> ov.Core:
    """One core for the whole process, never freed. Each core gives the main thread a signal stack and removes it at its
    end; if several end in another order than they began, ctrl-C writes to freed memory.
    """
    return ov.Core()


def open_graph(data: bytes) -> Callable[[Mapping[str, NDArray[Any]]], dict[str, NDArray[Any]]]:
    """Any scanned ONNX graph on the CPU in float32; see `engines.Graph`. Raises `EngineError`."""
    try:
        model = shared_core().read_model(data, b"")
        compiled = shared_core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": ov.Type.f32})
    except REFUSALS as error:
        raise EngineError(f"openvino refuses it: {first_line(error)}") from error

    def run(inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        try:
            results = compiled(dict(inputs))
        except REFUSALS as error:
            raise EngineError(f"openvino failed to run it: {first_line(error)}") from error
        return {name: results[output].copy() for output in compiled.outputs for name in output.names}

    return run


def _compiled(
    network: NetworkFile, size: tuple[int, int], options: dict[str, object], ranges: Ranges
) -> ov.CompiledModel:
    """The network for pictures of `size`, from the cache if this machine has compiled it before."""
    core, kept = shared_core(), CompiledCache()
    machine = [str(core.get_property("CPU", name)) for name in ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")]
    machine += [ov.__version__, os.environ.get(CAP, "")]
    chosen = sorted((name, str(value)) for name, value in options.items())
    key = ("openvino", FORM, machine, network.sha256, size, chosen, sorted(ranges.items()))
    if (ready := kept.get(*key)) is not None:
        try:
            return core.import_model(ready, "CPU", options)
        except REFUSALS:  # on any error, the network is compiled anew
            kept.forget(*key)
    compiled = core.compile_model(style_model(network.data, size, ranges), "CPU", options)
    with contextlib.suppress(*REFUSALS):  # it can paint without the cache
        stream = io.BytesIO()
        compiled.export_model(stream)
        kept.put(stream.getvalue(), *key)
    return compiled


def style_model(data: bytes, size: tuple[int, int], ranges: Ranges = MappingProxyType({})) -> ov.Model:
    """A scanned style network with fixed `size` (width, height), with (2, H, W, 3) uint8 input and output; convolutions
    with `ranges` are in int8. Raises `EngineError` for ranges of another network.
    """
    model = shared_core().read_model(data, b"")
    _floor_variances(model)
    fuse_blurs(model)
    quantize(model, ranges)
    shapes = {"frames": [2, 3, size[1], size[0]]}
    if canvas := canvas_channels(model):
        shapes["canvas"] = [2, canvas, size[1] // 2, size[0] // 2]
    model.reshape(shapes)
    return with_bytes(model)


def canvas_channels(model: ov.Model) -> int:
    """Channels of the network's canvas; 0 if it takes none."""
    for port in model.inputs:
        if "canvas" in port.get_names():
            return int(port.get_partial_shape()[1].get_length())
    return 0


def _floor_variances(model: ov.Model) -> None:
    """Add the epsilon 1e-5 of the training to ONNX's MeanVarianceNormalization, which has none: without it, a black
    frame's rounding errors are normalised to full contrast.
    """
    for node in model.get_ops():
        if node.get_type_name() == "MVN" and node.get_attributes()["eps"] < 1e-8:
            node.set_attribute("eps", 1e-5)
            node.set_attribute("eps_mode", "inside_sqrt")
