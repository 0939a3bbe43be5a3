"""How a pass is recorded as a CUDA graph: against a stand-in that writes down the calls, and for real on a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='graphs are torch\'s: pip install -e ".[train]"')

from allaprima.app.packs.pack import load_pack  # noqa: E402
from allaprima.app.stylize.torch import cuda_graph  # noqa: E402
from allaprima.app.stylize.torch.cuda_graph import WARM_UP, recorded  # noqa: E402
from allaprima.app.stylize.torch.device import Cpu  # noqa: E402
from allaprima.app.stylize.torch.engine import TorchStylizer  # noqa: E402
from allaprima.app.stylize.torch.on_device import OnDevice  # noqa: E402

cuda = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="NO CUDA HERE: graphs, streams and half precision on a GPU were not tested"
)


class StandIn:
    """`torch` as `cuda_graph` uses it; graphs write down that they are captured and replayed."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.backends = SimpleNamespace(cudnn=SimpleNamespace(flags=self._flags))
        self.cuda = SimpleNamespace(
            current_stream=lambda device: "current", stream=self._stream, CUDAGraph=self._graph, graph=self._capture
        )

    def _graph(self) -> SimpleNamespace:
        return SimpleNamespace(replay=lambda: self.calls.append("replay"))

    @contextmanager
    def _flags(self, **flags: bool) -> Iterator[None]:
        tries = {"enabled": True, "benchmark": True, "allow_tf32": False}
        self.calls.append("cudnn tries" if flags == tries else f"cudnn {flags}")
        yield
        self.calls.append("cudnn as before")

    @contextmanager
    def _stream(self, stream: object) -> Iterator[None]:
        self.calls.append("in stream")
        yield
        self.calls.append("out of stream")

    @contextmanager
    def _capture(self, graph: object, stream: object, capture_error_mode: str) -> Iterator[None]:
        self.calls.append(f"capture, {capture_error_mode}")
        yield
        self.calls.append("captured")


def test_pass_is_warmed_up_in_the_stream_it_is_then_captured_in(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = StandIn()
    monkeypatch.setattr(cuda_graph, "torch", stand_in)
    calls = stand_in.calls
    stream = SimpleNamespace(device="cuda:0", wait_stream=lambda other: calls.append(f"wait for {other}"))
    again = recorded(lambda: calls.append("run"), stream)  # type: ignore[arg-type]
    assert calls == [
        "cudnn tries", "wait for current", "in stream", *["run"] * WARM_UP, "out of stream",
        "capture, thread_local", "run", "captured", "cudnn as before",
    ]  # fmt: skip
    calls.clear()
    again()
    assert calls == ["replay"]


@cuda
@pytest.mark.parametrize("precision", ["f32", "f16", "bf16"])
def test_graph_on_a_gpu_paints_as_the_processor_does(tiny_pack: Path, precision: str) -> None:
    pack, size = load_pack(tiny_pack), (128, 96)
    there, here = TorchStylizer(pack, size, precision), TorchStylizer(pack, size, "f32", on=Cpu())
    assert there.device == "CUDA"
    coarse = np.random.default_rng(0).integers(0, 256, (2, 12, 16, 3), np.uint8)
    smooth = coarse.repeat(8, axis=1).repeat(8, axis=2)
    for row in (0, 1, 2, 3, 1):  # the graph reads the weights and the picture anew each time
        for frames in (smooth, 255 - smooth):
            weights = np.eye(4, dtype=np.float32)[row]
            difference = np.abs(there.paint(frames, weights).astype(int) - here.paint(frames, weights))
            assert difference.max() <= {"f32": 2, "f16": 3, "bf16": 24}[precision] and difference.mean() < 2
    there.close()


@cuda
def test_pairs_one_after_another_on_a_gpu_are_not_mixed_up(tiny_pack: Path) -> None:
    pack, size = load_pack(tiny_pack), (128, 96)
    stylizer = TorchStylizer(pack, size, "f32")
    weights = np.eye(4, dtype=np.float32)[0]  # the identity: what comes out says what went in
    uploads, shared = [], []
    for level in range(0, 250, 10):
        picture = np.full((96, 128, 3), level, np.uint8)
        uploads.append(stylizer.upload(picture, picture))
        stylizer.queue(uploads[-1], weights)
        shared.append((level, stylizer.shared()[0]))
    for level, rgba in shared:
        assert (rgba[..., :3].cpu().numpy() == level).all()


@cuda
def test_live_painter_on_a_gpu_resizes_there(tiny_pack: Path) -> None:
    live = OnDevice(TorchStylizer(load_pack(tiny_pack), (128, 96)))
    picture = np.full((480, 640, 3), 90, np.uint8)
    pair = live.paint(live.fill(picture, picture), np.eye(4, dtype=np.float32)[0])
    assert (np.asarray(pair) == 90).all() and pair.address and pair.queue and pair.ready
