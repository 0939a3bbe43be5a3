"""Where torch computes, and in what order: what CUDA must be told, and the processor does by itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import torch

from allaprima.app.core.errors import EngineError
from allaprima.app.stylize.torch.cuda_graph import recorded

Run = Callable[[], object]


class Mark(Protocol):
    """A place in a queue, passed once all that was queued before it is done."""

    cuda_event: int
    """Its handle, for those who are not torch."""

    def wait(self) -> object:
        """The queue in hand goes on only behind it. The caller does not wait."""
        ...

    def synchronize(self) -> object:
        """The caller waits until it is passed."""
        ...


class TorchBackend(Protocol):
    """Two queues, one in which pictures go up and one that paints, so that the one can run beside the other."""

    name: str
    place: torch.device
    precision: str
    """What is quickest there with nothing to be seen of it."""

    def staging(self, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        """Memory of the processor's, from and to which the device copies by itself."""
        ...

    def uploading(self) -> AbstractContextManager[object]:
        """What torch is told inside goes into the one queue."""
        ...

    def painting(self) -> AbstractContextManager[object]:
        """What torch is told inside goes into the other queue."""
        ...

    def mark(self) -> Mark:
        """The present end of the queue in hand."""
        ...

    def record(self, run: Run) -> Run:
        """`run`, which always does the same with the same memory, to be done again in the painting queue."""
        ...

    def lend(self, tensor: torch.Tensor) -> int:
        """The handle of a third queue, for whoever reads `tensor` behind torch's back: its memory is not used again
        before all that was put into that queue, while it lived, is done.
        """
        ...


def device(wanted: str = "auto") -> TorchBackend:
    """The one called "cpu" or "cuda"; "auto" is CUDA where torch really has it, else the processor.

    Raises `EngineError` for a CUDA that is not there.
    """
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise EngineError(
            f"torch {torch.__version__} finds no CUDA GPU",
            "look at nvidia-smi, then at pytorch.org for a torch with CUDA; or choose --device cpu",
        )
    return Cuda() if there and wanted != "cpu" else Cpu()


class Cpu:
    """Does everything at once, so there is nothing to wait for."""

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
    """Torch's present CUDA device, with streams of its own: the default one would make each wait for all."""

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
