"""Painting with PyTorch: the reference the others are held against, and a way to CUDA without ONNX Runtime."""

from __future__ import annotations

import contextlib

import numpy as np
import torch
from numpy.typing import NDArray

from allaprima.app.core.errors import EngineError
from allaprima.app.stylize.batch import check_batch
from allaprima.app.stylize.pack import StylePack
from allaprima.models.network import build

TYPES = {"f32": torch.float32, "bf16": torch.bfloat16}


class TorchStylizer:
    """A pack's network in PyTorch. See `Stylizer`.

    Torch cannot read ONNX, but the exporter keeps every parameter under its state-dict name: the architecture comes
    from the card's `family`, the numbers out of the scanned file. Precision "auto" is f32 on the CPU, bf16 on CUDA.
    """

    engine = "torch"

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
        cuda = device != "cpu" and torch.cuda.is_available()
        if device == "cuda" and not cuda:
            raise EngineError(
                f"torch {torch.__version__} finds no CUDA GPU", "look at nvidia-smi; pip install torch for CUDA"
            )
        self.device = "CUDA" if cuda else "CPU"
        self.precision = ("bf16" if cuda else "f32") if precision == "auto" else precision
        if self.precision not in TYPES:
            raise EngineError(f"the torch engine has no precision {precision!r}", "choose auto, f32 or bf16")
        if threads is not None:
            torch.set_num_threads(threads)
        network = pack.read_network()
        parameters = {name: torch.from_numpy(array.copy()) for name, array in network.float_parameters().items()}
        try:
            model = build(pack.family, pack.rows)
            wanted = model.state_dict().keys()
            model.load_state_dict({name: value for name, value in parameters.items() if name in wanted})
        except (ValueError, RuntimeError) as error:
            raise EngineError(
                f"{network.path} does not hold a network of family {pack.family!r}: {str(error)[:300]}",
                "use --engine openvino, which needs no family",
            ) from error
        self._to = torch.device("cuda" if cuda else "cpu")
        self._model: torch.nn.Module | None = model.eval().to(self._to)

    def paint(self, frames: NDArray[np.uint8], weights: NDArray[np.float32]) -> NDArray[np.uint8]:
        if self._model is None:
            raise EngineError("the torch stylizer is closed")
        style = torch.from_numpy(check_batch(frames, weights, self.size, self._rows).copy()).to(self._to)
        batch = (
            torch.tensor(np.ascontiguousarray(frames), device=self._to).permute(0, 3, 1, 2).float() / 255
        )  # (2, 3, H, W), channels last
        self._last = batch, style
        painted = self._infer()
        levels = (painted.float() * 255).round_().clamp_(0, 255).to(torch.uint8)
        return levels.permute(0, 2, 3, 1).contiguous().cpu().numpy()

    def repeat(self) -> None:
        """Run the network on the last pair once more, to its end, without converting anything: for benches."""
        self._infer()
        if self._to.type == "cuda":
            torch.cuda.synchronize()

    def _infer(self) -> torch.Tensor:
        """(2, 3, H, W) of the last pair. Raises `EngineError`."""
        assert self._model is not None
        half = TYPES[self.precision] if self.precision != "f32" else None
        casting = torch.autocast(self._to.type, half) if half else contextlib.nullcontext()
        try:
            with torch.inference_mode(), casting:
                painted: torch.Tensor = self._model(*self._last)
        except RuntimeError as error:
            raise EngineError(f"torch failed while painting: {str(error)[:300]}") from error
        return painted

    def close(self) -> None:
        self._model = None
