"""What CUDA is told of streams, events and memory: by a stand-in that writes it down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason='devices are torch\'s: pip install -e ".[train]"')

from allaprima.app.stylize.torch import device as torch_device  # noqa: E402
from allaprima.app.stylize.torch.device import Cpu, Cuda, device  # noqa: E402


class StandIn:
    """`torch` as `torch.device` uses it; streams are numbered as they are made."""

    def __init__(self, available: bool = True) -> None:
        self.told: list[str] = []
        self._streams, self._current = 0, "default"
        self.cuda = SimpleNamespace(
            is_available=lambda: available,
            current_device=lambda: 3,
            Stream=self._stream,
            stream=self._in,
            Event=lambda: SimpleNamespace(record=lambda: self.told.append(f"event in {self._current}"), cuda_event=5),
        )

    def device(self, kind: str, index: int) -> str:
        return f"{kind}:{index}"

    def zeros(self, shape: tuple[int, ...], dtype: str, pin_memory: bool) -> str:
        return f"{dtype} {shape} {'page-locked' if pin_memory else 'anywhere'}"

    def _stream(self, place: str) -> SimpleNamespace:
        self._streams += 1
        return SimpleNamespace(name=f"{place} stream {self._streams}", cuda_stream=100 + self._streams)

    @contextmanager
    def _in(self, stream: SimpleNamespace) -> Iterator[None]:
        before, self._current = self._current, stream.name
        yield
        self._current = before


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    made = StandIn()
    monkeypatch.setattr(torch_device, "torch", made)
    return made


def test_uploads_painting_and_what_is_lent_have_a_stream_each(stand_in: StandIn) -> None:
    cuda = Cuda()
    with cuda.uploading():
        cuda.mark()
    with cuda.painting():
        mark = cuda.mark()
    assert stand_in.told == ["event in cuda:3 stream 1", "event in cuda:3 stream 2"]
    assert mark.cuda_event == 5
    kept: list[Any] = []
    assert cuda.lend(SimpleNamespace(record_stream=kept.append)) == 103  # type: ignore[arg-type]
    assert [stream.name for stream in kept] == ["cuda:3 stream 3"]  # its memory waits for that one


def test_what_is_staged_is_page_locked(stand_in: StandIn) -> None:
    assert str(Cuda().staging((2, 3), torch.uint8)) == "torch.uint8 (2, 3) page-locked"


def test_pass_is_recorded_in_the_stream_that_paints(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def replay() -> None: ...

    def recorded(run: Callable[[], object], stream: SimpleNamespace) -> Callable[[], object]:
        seen.append((run, stream.name))
        return replay

    monkeypatch.setattr(torch_device, "recorded", recorded)
    run = seen.clear
    assert Cuda().record(run) is replay
    assert seen == [(run, "cuda:3 stream 2")]


@pytest.mark.parametrize(("available", "name"), [(True, "CUDA"), (False, "CPU")])
def test_cuda_is_taken_where_torch_really_has_it(available: bool, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_device, "torch", StandIn(available))
    assert device().name == name


def test_processor_waits_for_nothing_because_nothing_runs_beside_it() -> None:
    cpu, ran = Cpu(), []
    with cpu.uploading(), cpu.painting():
        mark = cpu.mark()
    mark.wait()
    mark.synchronize()
    assert cpu.record(lambda: ran.append(1))() is None and ran == [1]
    assert cpu.lend(torch.zeros(1)) == 0 and not cpu.staging((2,), torch.uint8).any()
