"""What the torch engine does on any device: the memory that stays, who waits for what, and the types."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch", reason='the engine is torch\'s: pip install -e ".[train]"')

from allaprima.app.core.errors import EngineError
from allaprima.app.packs.pack import StylePack, load_pack
from allaprima.app.stylize.prepare import PairBuffer
from allaprima.app.stylize.torch.engine import TorchStylizer
from allaprima.app.stylize.torch.on_device import OnDevice, on_device

SIZE = (96, 64)


class RecordedDevice:
    """The processor, under the name of a GPU; writes down what it is told, `queue: what`."""

    name, precision, place = "CUDA", "f32", torch.device("cpu")

    def __init__(self) -> None:
        self.told: list[str] = []
        self._queue = "none"
        self._marks = 0

    def staging(self, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        self.told.append("staging")
        return torch.zeros(shape, dtype=dtype)

    def uploading(self) -> AbstractContextManager[object]:
        return self._in("up")

    def painting(self) -> AbstractContextManager[object]:
        return self._in("paint")

    def mark(self) -> RecordedMark:
        self._marks += 1
        return RecordedMark(self, self._marks)

    def record(self, run: Callable[[], object]) -> Callable[[], object]:
        def replay() -> None:
            self.tell("run")
            run()

        run()
        return replay

    def lend(self, tensor: torch.Tensor) -> int:
        self.tell("lend")
        return 77

    def tell(self, what: str) -> None:
        self.told.append(f"{self._queue}: {what}")

    @contextmanager
    def _in(self, queue: str) -> Iterator[None]:
        before, self._queue = self._queue, queue
        yield
        self._queue = before


class RecordedMark:
    def __init__(self, device: RecordedDevice, number: int) -> None:
        self.cuda_event = number
        self._device = device
        device.tell(f"mark {number}")

    def wait(self) -> None:
        self._device.tell(f"wait {self.cuda_event}")

    def synchronize(self) -> None:
        self._device.tell(f"SYNCHRONIZE {self.cuda_event}")


@pytest.fixture(scope="module")
def pack(tiny_pack: Path) -> StylePack:
    return load_pack(tiny_pack)


def one(row: int) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[row]


def frames(seed: int = 0, size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (2, size[1], size[0], 3), np.uint8)


def test_the_processor_waits_for_nothing_but_the_painting(pack: StylePack) -> None:
    device = RecordedDevice()
    stylizer = TorchStylizer(pack, SIZE, on=device)
    for number in range(4):
        stylizer.paint(frames(number), one(1))
    device.told.clear()
    stylizer.paint(frames(), one(1))
    waited = [what for what in device.told if "SYNCHRONIZE" in what]
    marks = [what.split()[-1] for what in device.told if ": mark" in what]
    assert len(waited) == 2
    assert waited[0].split()[-1] not in marks  # that this room was read, two pairs ago: passed long since
    assert waited[1] == f"none: SYNCHRONIZE {marks[-1]}"


def test_painting_starts_behind_its_own_upload_and_frees_the_room_before_the_network_runs(pack: StylePack) -> None:
    device = RecordedDevice()
    stylizer = TorchStylizer(pack, SIZE, on=device)
    for _ in range(2):
        stylizer.paint(frames(), one(1))
    device.told.clear()
    stylizer.paint(frames(), one(1))
    steps = [what for what in device.told if "SYNCHRONIZE" not in what]
    up, read, whole = (what.split()[-1] for what in steps if ": mark" in what)
    assert steps == [f"up: mark {up}", f"paint: wait {up}", f"paint: mark {read}", "paint: run", f"paint: mark {whole}"]


def test_two_pairs_can_be_on_their_way_and_the_third_waits_for_the_first(pack: StylePack) -> None:
    device = RecordedDevice()
    stylizer = TorchStylizer(pack, SIZE, on=device)
    first, second = stylizer.upload(*frames(1)), stylizer.upload(*frames(2))
    assert first is not second
    stylizer.queue(first, one(1))
    read = [what.split()[-1] for what in device.told if "paint: mark" in what][-1]
    painted_first = stylizer.shared()[0]
    device.told.clear()
    third = stylizer.upload(*frames(3))
    assert third is first and device.told[0].endswith(f"SYNCHRONIZE {read}")
    stylizer.queue(second, one(1))
    painted_second = stylizer.shared()[0]
    stylizer.queue(third, one(1))
    for painted, seed in ((painted_first, 1), (painted_second, 2), (stylizer.shared()[0], 3)):
        np.testing.assert_array_equal(painted[..., :3].numpy(), stylizer.paint(frames(seed), one(1)))


def test_nothing_is_staged_anew_from_pair_to_pair(pack: StylePack) -> None:
    device = RecordedDevice()
    stylizer = TorchStylizer(pack, SIZE, on=device)
    for number in range(2):
        stylizer.paint(frames(number), one(1))
    device.told.clear()
    for number in range(4):
        stylizer.paint(frames(number), one(1))
    assert "staging" not in {what.partition(": ")[2] or what for what in device.told}


def test_pictures_of_any_size_go_up_as_they_are_and_are_resized_there(pack: StylePack) -> None:
    stylizer = TorchStylizer(pack, SIZE, on=RecordedDevice())
    live = OnDevice(stylizer)
    for size in ((200, 120), (64, 48), SIZE):
        large = frames(0, size)
        painted = np.asarray(live.paint(live.fill(*large), one(0)))
        expected = PairBuffer(SIZE).fill(*large)
        assert np.abs(painted.astype(int) - expected).max() <= 2


def test_painting_left_on_the_device_is_the_one_that_is_fetched(pack: StylePack) -> None:
    device = RecordedDevice()
    stylizer = TorchStylizer(pack, SIZE, on=device)
    live = on_device(stylizer)
    assert isinstance(live, OnDevice)
    shared = live.paint(live.fill(*frames()), one(2))
    assert device.told[-1] == f"none: SYNCHRONIZE {shared.ready}"  # so the compositor need not wait for the network
    assert shared.shape == (2, SIZE[1], SIZE[0], 3) and shared.queue == 77
    pixels = np.asarray(shared)
    assert pixels.dtype == np.uint8 and pixels.flags.c_contiguous
    np.testing.assert_array_equal(pixels, stylizer.paint(frames(), one(2)))
    there = np.frombuffer(ctypes.string_at(shared.address, pixels.size // 3 * 4), np.uint8)
    np.testing.assert_array_equal(there.reshape(2, SIZE[1], SIZE[0], 4)[..., :3], pixels)
    assert (there.reshape(-1, 4)[:, 3] == 255).all()
    with pytest.raises(ValueError, match="copied"):
        np.asarray(shared, copy=False)


def test_what_was_left_on_the_device_stays_when_the_next_is_painted(pack: StylePack) -> None:
    live = OnDevice(TorchStylizer(pack, SIZE, on=RecordedDevice()))
    first = live.paint(live.fill(*frames(1)), one(1))
    kept = np.asarray(first).copy()
    live.paint(live.fill(*frames(2)), one(3))
    np.testing.assert_array_equal(np.asarray(first), kept)


@pytest.mark.parametrize("row", range(4))
def test_half_precision_is_within_two_levels_of_the_whole(pack: StylePack, row: int) -> None:
    whole, half = TorchStylizer(pack, SIZE, "f32"), TorchStylizer(pack, SIZE, "f16")
    smooth = PairBuffer(SIZE).fill(*frames(5, (12, 8)))
    difference = np.abs(whole.paint(smooth, one(row)).astype(int) - half.paint(smooth, one(row)))
    assert difference.max() <= (2 if row else 0)


def test_processor_takes_the_whole_precision_by_itself_and_leaves_nothing_on_a_device(pack: StylePack) -> None:
    if torch.cuda.is_available():
        pytest.skip("torch has CUDA here, and takes that")
    stylizer = TorchStylizer(pack, SIZE)
    assert (stylizer.device, stylizer.precision) == ("CPU", "f32")
    assert on_device(stylizer) is stylizer


def test_network_that_cannot_be_recorded_is_an_engine_error(pack: StylePack) -> None:
    class Refusing(RecordedDevice):
        def record(self, run: Callable[[], object]) -> Callable[[], object]:
            raise RuntimeError("operation not permitted when stream is capturing")

    with pytest.raises(EngineError, match="stream is capturing"):
        TorchStylizer(pack, SIZE, on=Refusing())


def test_weights_are_checked_on_the_live_way_too(pack: StylePack) -> None:
    live = OnDevice(TorchStylizer(pack, SIZE, on=RecordedDevice()))
    with pytest.raises(EngineError, match="must be 4 finite numbers"):
        live.paint(live.fill(*frames()), np.array([np.nan, 0, 0, 1], np.float32))
    live.close()
    with pytest.raises(EngineError, match="closed"):
        live.fill(*frames())
