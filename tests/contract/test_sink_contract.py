"""What every `FrameSink` owes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.recording.background import BackgroundSink
from allaprima.app.recording.opening import open_sink
from allaprima.app.recording.sink import FrameSink

SIZE = (64, 48)
Opener = Callable[[Path], tuple[FrameSink, Path]]


def opener(name: str, background: bool) -> Opener:
    def open_(folder: Path) -> tuple[FrameSink, Path]:
        path = folder / name
        sink = open_sink(path, SIZE, 30)
        return (BackgroundSink(sink, capacity=64) if background else sink), path

    return open_


SINKS: dict[str, Opener] = {
    "mp4": opener("film.mp4", False),
    "mkv": opener("film.mkv", False),
    "pictures": opener("film", False),
    "background mkv": opener("film.mkv", True),
    "background pictures": opener("film", True),
    "background mp4": opener("film.mp4", True),
}


def picture(index: int) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), index * 10 % 256, np.uint8)


@pytest.fixture(params=list(SINKS.values()), ids=list(SINKS))
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[FrameSink, Path]]:
    sink, path = request.param(tmp_path)
    yield sink, path
    sink.abort()


def test_nothing_stands_under_the_name_before_close(opened: tuple[FrameSink, Path]) -> None:
    sink, path = opened
    sink.write(picture(0))
    assert not path.exists()
    sink.close()
    assert path.exists()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_it_counts_and_tells_its_size(opened: tuple[FrameSink, Path]) -> None:
    sink, _ = opened
    for index in range(3):
        sink.write(picture(index), index * 33_000_000)
    assert sink.count == 3
    assert sink.size == SIZE
    sink.abort()


def test_abort_leaves_nothing_and_may_be_repeated(opened: tuple[FrameSink, Path]) -> None:
    sink, path = opened
    sink.write(picture(0))
    sink.abort()
    sink.abort()
    sink.close()
    assert list(path.parent.iterdir()) == []


def test_close_may_be_repeated_and_abort_after_it_keeps_the_result(opened: tuple[FrameSink, Path]) -> None:
    sink, path = opened
    sink.write(picture(0))
    sink.close()
    sink.close()
    sink.abort()
    assert path.exists()


def test_an_exception_in_the_with_block_leaves_nothing(opened: tuple[FrameSink, Path]) -> None:
    sink, path = opened
    with pytest.raises(KeyboardInterrupt), sink:
        sink.write(picture(0))
        raise KeyboardInterrupt
    assert list(path.parent.iterdir()) == []


def test_the_with_block_closes(opened: tuple[FrameSink, Path]) -> None:
    sink, path = opened
    with sink:
        sink.write(picture(0))
    assert path.exists()


def test_without_a_picture_there_is_no_result(opened: tuple[FrameSink, Path]) -> None:
    sink, path = opened
    sink.close()
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((48, 63, 3), np.uint8),
        np.zeros((48, 64, 4), np.uint8),
        np.zeros((48, 64), np.uint8),
        np.zeros((48, 64, 3), np.float32),
    ],
    ids=["size", "alpha", "grey", "float"],
)
def test_a_wrong_picture_is_refused_and_the_sink_stays_usable(
    opened: tuple[FrameSink, Path], wrong: np.ndarray
) -> None:
    sink, path = opened
    with pytest.raises(ValueError, match="64x48"):
        sink.write(wrong)
    sink.write(picture(0))
    sink.close()
    assert path.exists()


def test_writing_after_close_is_an_error(opened: tuple[FrameSink, Path]) -> None:
    sink, _ = opened
    sink.write(picture(0))
    sink.close()
    with pytest.raises(ValueError, match="closed"):
        sink.write(picture(1))


def test_times_that_stand_still_or_fall_are_no_error(opened: tuple[FrameSink, Path]) -> None:
    sink, path = opened
    with sink:
        for t_ns in (5_000_000, 5_000_000, 4_000_000, None, -1, 10**9):
            sink.write(picture(1), t_ns)
    assert path.exists()


def test_pictures_that_are_read_only_or_not_contiguous_are_taken(opened: tuple[FrameSink, Path]) -> None:
    sink, path = opened
    frozen = picture(1)
    frozen.flags.writeable = False
    with sink:
        sink.write(frozen)
        sink.write(np.zeros((96, 128, 3), np.uint8)[::2, ::2])
    assert path.exists()
