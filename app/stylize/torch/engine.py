"""Painting with PyTorch: the reference for the other engines, and the one whose pictures stay on the GPU."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

import numpy as np
import torch
from numpy.typing import NDArray

from allaprima.app.canvas.canvas import Field
from allaprima.app.canvas.still import still_canvas
from allaprima.app.core.errors import EngineError
from allaprima.app.core.frame import Pixels
from allaprima.app.packs.pack import StylePack
from allaprima.app.stylize.batch import check_batch, check_canvas, check_weights
from allaprima.app.stylize.blend import Weights
from allaprima.app.stylize.torch.device import Mark, TorchBackend, device
from allaprima.app.stylize.torch.resample import Rectify, Resize
from allaprima.app.stylize.torch.upload import Upload
from allaprima.calibration.rectify import Rectification
from allaprima.models.networks.fused import FusedNetwork
from allaprima.models.networks.network import build

TYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


class TorchStylizer:
    """A pack's network in PyTorch. See `Stylizer`.

    Torch cannot read ONNX, but the exporter keeps every parameter under its state-dict name: the architecture comes
    from the card's `family`, the numbers from the scanned file. Precision "auto" is f32 on the CPU, f16 on CUDA.

    A pair is uploaded, resized, painted and converted to bytes in fixed memory, so that CUDA can run all of it as one
    recorded graph. Only the reader of the painting waits.
    """

    engine = "torch"

    def __init__(
        self,
        pack: StylePack,
        size: tuple[int, int],
        precision: str = "auto",
        threads: int | None = None,
        on: TorchBackend | None = None,
    ) -> None:
        """`on` is the device; None takes CUDA if available."""
        self.size = size
        self._on = on or device()
        self.device = self._on.name
        self.precision = self._on.precision if precision == "auto" else precision
        if self.precision not in TYPES:
            raise EngineError(f"the torch engine has no precision {precision!r}", f"choose auto, {', '.join(TYPES)}")
        if threads is not None:
            torch.set_num_threads(threads)
        self._rows = pack.rows
        self._uploads = cycle([Upload(self._on, pack.rows), Upload(self._on, pack.rows)])
        self.rectification: Rectification | None = None
        """Rectification of uploaded pairs; None if they are rectified already."""
        self._ways: dict[tuple[int, int], Resize | Rectify] = {}
        width, height = size
        place = self._on.place
        with _engine_errors(), self._on.painting():
            self._photo = torch.zeros((2, height, width, 3), device=place)
            self._style = torch.zeros((1, pack.rows), device=place)
            self._levels = torch.zeros((2, height, width, 3), dtype=torch.uint8, device=place)
            self._network: FusedNetwork | None = _network(pack, TYPES[self.precision], place)
            self.canvas = self._network.network.canvas
            self._canvas: torch.Tensor | None = None
            if self.canvas:
                self._canvas = torch.from_numpy(still_canvas(self.canvas, size).copy()).to(place)
        with _engine_errors():
            self._fetched = self._on.staging(self._levels.shape, torch.uint8)
            self._run = self._on.record(self._pass)

    def paint(self, frames: NDArray[np.uint8], weights: Weights, canvas: Field | None = None) -> NDArray[np.uint8]:
        check_batch(frames, weights, self.size, self._rows)
        self.queue(self.upload(*frames), weights, canvas)
        with self._on.painting():
            self._fetched.copy_(self._levels, non_blocking=True)
            whole = self._on.mark()
        whole.synchronize()
        return self._fetched.numpy().copy()

    def upload(self, left: Pixels, right: Pixels) -> Upload:
        """Upload a pair of any size. Two buffers are used in turns: at most two pairs are in flight."""
        self._check_open()
        return next(self._uploads).put(left, right)

    def queue(self, upload: Upload, weights: Weights, canvas: Field | None = None) -> None:
        """Enqueue the painting of the uploaded pair. Does not wait. Raises `EngineError`."""
        self._check_open()
        hung = None
        if self._canvas is not None:
            given = still_canvas(self.canvas, self.size) if canvas is None else canvas
            # A copy, because the upload may happen after the caller writes into it again.
            hung = torch.from_numpy(check_canvas(given, self.size, self.canvas).copy())
        upload.weigh(check_weights(weights, self._rows))
        with _engine_errors(), self._on.painting():
            pictures = upload.read_into(self._style)
            if self._canvas is not None and hung is not None:
                self._canvas.copy_(hung)
            self._photo.copy_(self._brought(pictures))
            upload.leave()
            self._run()

    def shared(self) -> tuple[torch.Tensor, int, Mark]:
        """The last enqueued painting on the device: (2, H, W, 4) uint8 RGBA in its own memory, for graphics; the handle
        of a stream in which to read it, and the mark of its completion.
        """
        with self._on.painting():
            rgba = torch.full((*self._levels.shape[:3], 4), 255, dtype=torch.uint8, device=self._on.place)
            rgba[..., :3] = self._levels
            return rgba, self._on.lend(rgba), self._on.mark()

    def repeat(self) -> None:
        """Run the network on the last pair again, to its end, without copying; for benches."""
        with self._on.painting():
            self._run()
            self._on.mark().synchronize()

    def close(self) -> None:
        self._network = None
        self._run = self._closed

    def _pass(self) -> None:
        """`_photo` and `_style` to `_levels`."""
        assert self._network is not None
        frames = self._photo.permute(0, 3, 1, 2) / 255  # (2, 3, H, W), channels last
        painted = self._network(frames, self._style, self._canvas)
        self._levels.copy_((painted * 255).round_().clamp_(0, 255).permute(0, 2, 3, 1))

    def _brought(self, pictures: torch.Tensor) -> torch.Tensor:
        """The resampling to the network's size."""
        size, place = (pictures.shape[2], pictures.shape[1]), self._on.place
        if size not in self._ways:
            calibrated = self.rectification
            self._ways[size] = (
                Rectify(calibrated.resized(self.size), size, place) if calibrated else Resize(size, self.size, place)
            )
        return self._ways[size](pictures)

    def _check_open(self) -> None:
        if self._network is None:
            raise EngineError("the torch stylizer is closed")

    def _closed(self) -> None:
        """Replaces the pass and its graph, and frees the graph's memory."""


@contextmanager
def _engine_errors() -> Iterator[None]:
    """Raises torch's errors, such as full memory, as `EngineError`."""
    try:
        yield
    except RuntimeError as error:
        raise EngineError(f"torch failed while painting: {str(error)[:300]}") from error


def _network(pack: StylePack, kind: torch.dtype, place: torch.device) -> FusedNetwork:
    """The pack's network, fused, its convolutions in `kind`. Raises `EngineError`."""
    file = pack.read_network()
    parameters = {name: torch.from_numpy(array.copy()) for name, array in file.float_parameters().items()}
    try:
        network = build(pack.family, pack.rows)
        wanted = network.state_dict().keys()
        network.load_state_dict({name: value for name, value in parameters.items() if name in wanted})
    except (ValueError, RuntimeError) as error:
        raise EngineError(
            f"{file.path} does not hold a network of family {pack.family!r}: {str(error)[:300]}",
            "use --engine openvino, which needs no family",
        ) from error
    fused = FusedNetwork(network)
    fused.network.to(dtype=kind)  # not the table: scales and shifts keep their type
    return fused.to(device=place, memory_format=torch.channels_last)  # type: ignore[call-overload]
