"""The room's cached loop: drawn once, checked when opened, never half-written."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.core.errors import SourceError
from allaprima.app.sources.synthetic import loop as loop_module
from allaprima.app.sources.synthetic.loop import load_loop, loop_path
from allaprima.app.sources.synthetic.path import LOOP
from allaprima.app.sources.synthetic.source import SyntheticRoom

SIZE = (32, 24)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with the loop drawn."""
    at = tmp_path_factory.mktemp("rooms")
    told: list[tuple[int, int]] = []
    SyntheticRoom(SIZE, cache_folder=at, progress=lambda done, whole: told.append((done, whole))).close()
    assert told == [(n, LOOP) for n in range(1, LOOP + 1)]
    return at


def never(done: int, whole: int) -> None:
    raise AssertionError("drawn again although it is there")


def test_the_loop_holds_what_is_drawn_and_repeats(folder: Path) -> None:
    with SyntheticRoom(SIZE, rate_hz=None, cache_folder=folder, progress=never) as room:
        frames = [room.read(0) for _ in range(LOOP + 3)]
        for n in (0, 77, LOOP + 2):
            left, right = room.draw(n)
            assert np.array_equal(frames[n].left, left) and np.array_equal(frames[n].right, right)
    assert not frames[0].left.flags.writeable and type(frames[0].left) is np.ndarray
    assert frames[LOOP].seq == LOOP and frames[LOOP].head_pose == frames[0].head_pose


def test_only_the_finished_file_is_left(folder: Path) -> None:
    assert [p.name for p in folder.iterdir()] == [loop_path(SIZE, 0).name]


def test_a_damaged_loop_is_not_taken_for_one(folder: Path, tmp_path: Path) -> None:
    whole = loop_path(SIZE, 0, folder).read_bytes()
    path = loop_path(SIZE, 0, tmp_path)
    path.write_bytes(whole)
    assert load_loop(path, SIZE) is not None
    for damaged in (whole[:-1000], whole[:5000], whole[:20], b"", b"x" * 200 + whole[200:]):
        path.write_bytes(damaged)
        assert load_loop(path, SIZE) is None
    with path.open("wb") as file:
        np.save(file, np.zeros((2, 2), np.uint8))
    assert load_loop(path, SIZE) is None
    path.unlink()
    assert load_loop(path, SIZE) is None


def test_a_loop_cut_short_is_drawn_again(folder: Path, tmp_path: Path) -> None:
    whole = loop_path(SIZE, 0, folder).read_bytes()
    path = loop_path(SIZE, 0, tmp_path)
    path.write_bytes(whole[:-1000])
    SyntheticRoom(SIZE, cache_folder=tmp_path).close()
    assert path.read_bytes() == whole


def test_an_interrupted_drawing_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done: int, whole: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SyntheticRoom(SIZE, cache_folder=tmp_path, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SourceError, match="cannot keep the synthetic room") as caught:
        SyntheticRoom(SIZE, cache_folder=tmp_path / "file" / "rooms")
    assert caught.value.hint


def test_outdated_and_abandoned_loops_are_swept_away(folder: Path, tmp_path: Path) -> None:
    old = [tmp_path / "room-v0-32x24-seed0.npy", tmp_path / ".allaprima-17.part"]
    kept = [
        tmp_path / "holiday.npy",
        tmp_path / loop_path(SIZE, 6).name,
        tmp_path / ".allaprima-18.part",
    ]
    for path in (*old, *kept):
        path.write_bytes(b"x")
    os.utime(old[1], (0, 0))

    def interrupt(done: int, whole: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SyntheticRoom(SIZE, cache_folder=tmp_path, progress=interrupt)
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_a_disk_without_room_is_told_before_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = loop_module.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(loop_module.shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(SourceError, match="1 MB are free"):
        SyntheticRoom((640, 480), cache_folder=tmp_path, progress=never)
    assert list(tmp_path.iterdir()) == []
