"""Torch's device and its streams: explicit on CUDA, nothing to do on the processor."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import torch

from allaprima.app.core.errors import EngineError
from allaprima.app.stylize.torch.cuda_graph import recorded

Run = Callable[[], object]


class Mark(Protocol):
    """An event in a stream, reached once all earlier operations are done."""

    cuda_event: int
    """Its handle, for code outside torch."""

    def wait(self) -> object:
        """Makes the current stream wait for it. The caller does not wait."""

    def synchronize(self) -> object:
        """Makes the caller wait until it is reached."""


class TorchBackend(Protocol):
    """Two streams, one for uploads and one for painting, which run in parallel."""

    name: str
    place: torch.device
    precision: str
    """The fastest type there without a visible difference."""

    def staging(self, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        """Host memory that the device copies from and to by itself."""

    def uploading(self) -> AbstractContextManager[object]:
        """Operations inside run on the upload stream."""

    def painting(self) -> AbstractContextManager[object]:
        """Operations inside run on the paint stream."""

    def mark(self) -> Mark:
        """An event at the present end of the current stream."""

    def record(self, run: Run) -> Run:
        """Makes `run`, which always does the same with the same memory, repeatable on the paint stream."""

    def lend(self, tensor: torch.Tensor) -> int:
        """The handle of a third stream, for code outside torch that reads `tensor`: its memory is reused only after all
        operations that were put into that stream during its life are done.
        """


def device(wanted: str = "auto") -> TorchBackend:
    """The device "cpu" or "cuda"; "auto" is CUDA if it works in torch, else the processor.

    Raises `EngineError` if CUDA is not available.
    """
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise EngineError(
            f"torch {torch.__version__} finds no CUDA GPU",
            "look at nvidia-smi, then at pytorch.org for a torch with CUDA; or choose --device cpu",
        )
    return Cuda() if there and wanted != "cpu" else Cpu()


class Cpu:
    """Runs everything synchronously, so there is nothing to wait for."""

    name = "CPU"
    place = torch.device("cpu")
    precision = "f32"

    def staging(self, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        return torch.zeros(shape, dtype=dtype)

    def uploading(self) -> AbstractContextManager[object]:
        return nullcontext()

    def painting(self) -> AbstractContextManager[object]:
        return nullcontext()

    def mark(self) -> Mark:
        return _Passed()

    def record(self, run: Run) -> Run:
        return run

    def lend(self, tensor: torch.Tensor) -> int:
        return 0


class Cuda:
    """Torch's current CUDA device, with its own streams: on the default stream each would wait for all others."""

    name = "CUDA"
    precision = "f16"

    def __init__(self) -> None:
        self.place = torch.device("cuda", torch.cuda.current_device())
        self._upload, self._paint, self._lent = (torch.cuda.Stream(self.place) for _ in range(3))

    def staging(self, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        return torch.zeros(shape, dtype=dtype, pin_memory=True)

    def uploading(self) -> AbstractContextManager[object]:
        return torch.cuda.stream(self._upload)

    def painting(self) -> AbstractContextManager[object]:
        return torch.cuda.stream(self._paint)

    def mark(self) -> Mark:
        mark = torch.cuda.Event()
        mark.record()
        return mark

    def record(self, run: Run) -> Run:
        return recorded(run, self._paint)

    def lend(self, tensor: torch.Tensor) -> int:
        tensor.record_stream(self._lent)
        return int(self._lent.cuda_stream)


class _Passed:
    cuda_event = 0

    def wait(self) -> None: ...

    def synchronize(self) -> None: ...
