"""Painting with ONNX Runtime on the processor, or on a GPU with CUDA or TensorRT, without silent fall-backs."""

import contextlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import Field
from allaprima.app.canvas.still import still_canvas
from allaprima.app.core.errors import EngineError
from allaprima.app.packs.onnx_scan import NetworkFile
from allaprima.app.packs.pack import StylePack
from allaprima.app.stylize.batch import check_batch, check_canvas, check_painted
from allaprima.app.stylize.compiled_cache import CompiledCache
from allaprima.app.stylize.onnxruntime import nvidia
from allaprima.app.stylize.onnxruntime.graph import style_graph

ort.disable_telemetry_events()  # builds for Windows send usage data to Microsoft

LABELS = {"cpu": "CPU", "cuda": "CUDA", "tensorrt": "TensorRT"}
PRECISIONS = {"cpu": ("f32",), "cuda": ("f32",), "tensorrt": ("f32", "f16")}
"""Precisions by device; "auto" is the first."""


class OnnxRuntimeStylizer:
    """A pack in an ONNX Runtime session. See `Stylizer`.

    Device "auto" is CUDA if ONNX Runtime was built with it, else the CPU. Pairs go through memory on the device that is
    bound to the session once: only the returned picture is allocated for each pair.
    """

    engine = "onnxruntime"

    def __init__(
        self,
        pack: StylePack,
        size: tuple[int, int],
        precision: str = "auto",
        threads: int | None = None,
        device: str = "auto",
    ) -> None:
        self.size = size
        self._rows = pack.rows
        if device == "auto":
            device = "cuda" if nvidia.PROVIDERS["cuda"] in ort.get_available_providers() else "cpu"
        if precision not in ("auto", *PRECISIONS[device]):
            able = " or ".join(PRECISIONS[device])
            raise EngineError(
                f"onnxruntime runs style packs in {able} on {LABELS[device]}, not {precision}",
                f"choose --precision auto or {PRECISIONS[device][-1]}",
            )
        self.device, self.precision = LABELS[device], PRECISIONS[device][0] if precision == "auto" else precision
        network = pack.read_network()
        self.canvas = network.canvas
        session = _session(network, size, device, self.precision, threads)
        painted = session.get_outputs()[0].shape
        if all(isinstance(side, int) for side in painted):
            check_painted(tuple(painted), size)
        memory = "cpu" if device == "cpu" else "cuda"
        shape = (2, size[1], size[0], 3)
        try:
            self._frames = ort.OrtValue.ortvalue_from_shape_and_type(shape, np.uint8, memory, 0)
            self._style = ort.OrtValue.ortvalue_from_shape_and_type((1, pack.rows), np.float32, memory, 0)
            self._painted = ort.OrtValue.ortvalue_from_shape_and_type(shape, np.uint8, memory, 0)
            self._binding = session.io_binding()
            self._binding.bind_ortvalue_input("frames", self._frames)
            self._binding.bind_ortvalue_input("style", self._style)
            if self.canvas:
                half = (2, self.canvas, size[1] // 2, size[0] // 2)
                self._canvas = ort.OrtValue.ortvalue_from_shape_and_type(half, np.float32, memory, 0)
                self._canvas.update_inplace(np.ascontiguousarray(still_canvas(self.canvas, size)))
                self._binding.bind_ortvalue_input("canvas", self._canvas)
            self._binding.bind_ortvalue_output("painted", self._painted)
        except Exception as error:  # its exceptions share no base class
            raise EngineError(f"onnxruntime has no memory for a pair on {self.device}: {_short(error)}") from error
        self._session: ort.InferenceSession | None = session

    def paint(
        self, frames: NDArray[np.uint8], weights: NDArray[np.float32], canvas: Field | None = None
    ) -> NDArray[np.uint8]:
        if self._session is None:
            raise EngineError("the onnxruntime stylizer is closed")
        style = check_batch(frames, weights, self.size, self._rows)
        hung = None
        if self.canvas:
            given = still_canvas(self.canvas, self.size) if canvas is None else canvas
            hung = np.ascontiguousarray(check_canvas(given, self.size, self.canvas))
        try:
            if hung is not None:
                self._canvas.update_inplace(hung)
            self._frames.update_inplace(frames)
            self._style.update_inplace(style)
            self._session.run_with_iobinding(self._binding)
            painted: NDArray[np.uint8] = self._painted.numpy()
        except Exception as error:
            raise EngineError(f"onnxruntime failed while painting: {_short(error)}") from error
        return painted.copy() if self.device == "CPU" else painted  # there it is the bound memory itself

    def repeat(self) -> None:
        """Run the network on the last pair again, without copying its input or output; for benches."""
        self._session.run_with_iobinding(self._binding)  # type: ignore[union-attr]

    def close(self) -> None:
        self._session = self._binding = self._frames = self._style = self._painted = self._canvas = None


def open_graph(data: bytes) -> Callable[[Mapping[str, NDArray[Any]]], dict[str, NDArray[Any]]]:
    """Any scanned ONNX graph on the CPU; see `engines.Graph`. Raises `EngineError`."""
    try:
        session = ort.InferenceSession(data, _options(None), ["CPUExecutionProvider"])
    except Exception as error:  # its exceptions share no base class
        raise EngineError(f"onnxruntime refuses it: {_short(error)}") from error
    names = [output.name for output in session.get_outputs()]

    def run(inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        try:
            return dict(zip(names, session.run(names, dict(inputs)), strict=True))
        except Exception as error:
            raise EngineError(f"onnxruntime failed to run it: {_short(error)}") from error

    return run


def _session(
    network: NetworkFile, size: tuple[int, int], device: str, precision: str, threads: int | None
) -> ort.InferenceSession:
    """The network, loaded on `device` with all its nodes. Raises `EngineError` that names what is missing.

    ONNX Runtime falls back to the processor if a provider's libraries are not found, and for nodes that a provider
    does not support. This function forbids the fall-back, and checks where the session really runs.
    """
    options, graph = _options(threads), style_graph(network, size)
    if device == "cpu":
        try:
            return ort.InferenceSession(graph, options, ["CPUExecutionProvider"])
        except Exception as error:  # its exceptions share no base class
            raise EngineError(f"onnxruntime refuses {network.path}: {_short(error)}") from error
    wanted = nvidia.PROVIDERS[device]
    if wanted not in ort.get_available_providers():
        raise _absent(device)
    with contextlib.redirect_stdout(sys.stderr):  # it prints messages about missing libraries
        getattr(ort, "preload_dlls", lambda: None)()
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    try:
        session = ort.InferenceSession(graph, options, _providers(network, size, device, precision), enable_fallback=0)
    except Exception as error:
        raise _absent(device, _short(error)) from error
    if session.get_providers()[0] != wanted:
        raise _absent(device, f"it took {session.get_providers()[0]} instead")
    return session


def _providers(network: NetworkFile, size: tuple[int, int], device: str, precision: str) -> list[tuple[str, Any]]:
    """Providers in the order in which they may take nodes; float32 stays float32. CUDA takes what TensorRT lacks."""
    cuda = ("CUDAExecutionProvider", {"device_id": 0, "use_tf32": 0})
    if device == "cuda":
        return [cuda]
    options: dict[str, object] = {"device_id": 0, "trt_fp16_enable": precision == "f16"}
    # Its own names for engines depend on the graph, but not on the weights in it: a folder for every network.
    key = ("tensorrt", nvidia.load_tensorrt(), ort.__version__, network.sha256, size, precision)
    if folder := CompiledCache().own_folder(*key):
        options |= {"trt_engine_cache_enable": True, "trt_engine_cache_path": str(folder)}
    return [("TensorrtExecutionProvider", options), cuda]


def _absent(device: str, reason: str = "") -> EngineError:
    """Why painting on `device` fails: the missing part if it is found, else ONNX Runtime's message."""
    lacking = nvidia.missing(device, ort.get_available_providers(), getattr(ort, "cuda_version", "") or "")
    why, remedy = lacking or (reason, "look at nvidia-smi, whether the GPU is there")
    return EngineError(f"onnxruntime cannot paint with {LABELS[device]}: {why}", f"{remedy}; or choose --device cpu")


def _options(threads: int | None) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.log_severity_level = 4  # errors are raised instead
    if threads is not None:
        options.intra_op_num_threads = threads
    return options


def _short(error: Exception) -> str:
    return str(error)[:300]
