"""Painting with ONNX Runtime: on CUDA where its GPU build really runs, else on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from allaprima.app.core.errors import EngineError
from allaprima.app.stylize.batch import check_batch, check_painted
from allaprima.app.stylize.pack import StylePack


class OnnxRuntimeStylizer:
    """A pack in an ONNX Runtime session, in float32. See `Stylizer`.

    Its MeanVarianceNormalization has no epsilon, so a pair without any contrast, as of a capped lens, comes back plain.
    """

    engine = "onnxruntime"
    precision = "f32"

    def __init__(
        self, pack: StylePack, size: tuple[int, int], precision: str = "auto", threads: int | None = None
    ) -> None:
        self.size = size
        self._rows = pack.rows
        if precision not in ("auto", "f32"):
            raise EngineError(f"onnxruntime runs style packs in f32, not {precision}", "choose --precision auto or f32")
        network = pack.read_network()
        options = ort.SessionOptions()
        options.log_severity_level = 4  # what goes wrong is raised
        for name, value in zip(("height", "width"), size[::-1], strict=True):
            options.add_free_dimension_override_by_name(name, value)
        if threads is not None:
            options.intra_op_num_threads = threads
        providers = [
            name for name in ("CUDAExecutionProvider", "CPUExecutionProvider") if name in ort.get_available_providers()
        ]
        try:
            self._session: ort.InferenceSession | None = ort.InferenceSession(network.data, options, providers)
        except Exception as error:  # its exceptions share no base class
            raise EngineError(f"onnxruntime refuses {network.path}: {str(error)[:300]}") from error
        # Listed as available is not loaded: only the session tells where it runs.
        self.device = "CUDA" if self._session.get_providers()[0] == "CUDAExecutionProvider" else "CPU"
        self._input = np.empty((2, 3, size[1], size[0]), np.float32)

    def paint(self, frames: NDArray[np.uint8], weights: NDArray[np.float32]) -> NDArray[np.uint8]:
        if self._session is None:
            raise EngineError("the onnxruntime stylizer is closed")
        self._style = style = check_batch(frames, weights, self.size, self._rows)
        np.multiply(frames.transpose(0, 3, 1, 2), np.float32(1 / 255), out=self._input)
        try:
            painted = self._session.run(["painted"], {"frames": self._input, "style": style})[0]
        except Exception as error:
            raise EngineError(f"onnxruntime failed while painting: {str(error)[:300]}") from error
        if not np.isfinite(painted).all():  # a perfectly flat pair has no variance to divide by
            return frames.copy()
        painted *= 255
        np.clip(np.rint(painted, out=painted), 0, 255, out=painted)
        return check_painted(painted.transpose(0, 2, 3, 1).astype(np.uint8, order="C"), self.size)  # (2, H, W, 3)

    def repeat(self) -> None:
        """Run the network on the last pair once more, without converting it: for benches."""
        self._session.run(["painted"], {"frames": self._input, "style": self._style})  # type: ignore[union-attr]

    def close(self) -> None:
        self._session = None


def open_graph(data: bytes) -> Callable[[Mapping[str, NDArray[Any]]], dict[str, NDArray[Any]]]:
    """Any scanned ONNX graph on the CPU; see `engines.Graph`. Raises `EngineError`."""
    options = ort.SessionOptions()
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(data, options, ["CPUExecutionProvider"])
    except Exception as error:  # its exceptions share no base class
        raise EngineError(f"onnxruntime refuses it: {str(error)[:300]}") from error
    names = [output.name for output in session.get_outputs()]

    def run(inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        try:
            return dict(zip(names, session.run(names, dict(inputs)), strict=True))
        except Exception as error:
            raise EngineError(f"onnxruntime failed to run it: {str(error)[:300]}") from error

    return run
