"""Compiled networks in the cache folder."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.packs.pack import load_pack
from allaprima.app.stylize import compiled_cache
from allaprima.app.stylize.compiled_cache import CompiledCache
from allaprima.app.stylize.engines import open_stylizer


def test_what_was_put_is_got_under_its_key_only(tmp_path: Path) -> None:
    kept = CompiledCache(tmp_path / "not" / "there")
    assert kept.get("a", 1) is None
    kept.put(b"network", "a", 1)
    assert CompiledCache(kept.folder).get("a", 1) == b"network"
    assert kept.get("a", 2) is None and kept.get("a", "1") is None
    kept.forget("a", 1)
    assert kept.get("a", 1) is None


@pytest.mark.parametrize("left", [0, 9, 32, -1])
def test_what_is_damaged_is_not_there(tmp_path: Path, left: int) -> None:
    kept = CompiledCache(tmp_path)
    kept.put(b"network", "key")
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:left], whole[:-1] + bytes([whole[-1] ^ 1])):
        file.write_bytes(damaged)
        assert kept.get("key") is None


def test_a_folder_that_cannot_be_written_to_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = CompiledCache(tmp_path / "file")
    kept.put(b"network", "key")
    kept.forget("key")
    assert kept.get("key") is None


def test_the_least_lately_used_go_and_nothing_half_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled_cache, "MOST", 3)
    kept = CompiledCache(tmp_path)
    for n in range(3):
        kept.put(b"%d" % n, n)
        os.utime(kept._path((n,)), (n, n))
    assert kept.get(0) == b"0"  # used: now the youngest
    kept.put(b"3", 3)
    assert [kept.get(n) for n in range(4)] == [b"0", None, b"2", b"3"]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_network_from_the_cache_paints_the_same(
    tiny_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allaprima.app.stylize.openvino import engine

    monkeypatch.setenv("ALLAPRIMA_COMPILED", str(tmp_path))
    pack = load_pack(tiny_pack)
    frames = np.random.default_rng(0).integers(0, 256, (2, 64, 72, 3), np.uint8)
    weights = np.eye(4, dtype=np.float32)[2]
    first = open_stylizer(pack, (72, 64), "openvino", "f32").paint(frames, weights)
    (file,) = tmp_path.iterdir()

    def never(*_: object) -> None:
        raise AssertionError("it is compiled anew")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "style_model", never)
        again = open_stylizer(pack, (72, 64), "openvino", "f32")
        assert again.precision == "f32" and np.array_equal(again.paint(frames, weights), first)
        with pytest.raises(AssertionError):  # another size is another network
            open_stylizer(pack, (64, 64), "openvino", "f32")
        with pytest.raises(AssertionError):
            open_stylizer(pack, (72, 64), "openvino", "f32", threads=1)
    monkeypatch.setattr(CompiledCache, "_path", lambda self, key: file)
    CompiledCache().put(b"not what the engine made")  # whole, but no network: the engine refuses it
    assert np.array_equal(open_stylizer(pack, (72, 64), "openvino", "f32").paint(frames, weights), first)


def test_an_engine_has_a_folder_of_its_own_for_every_key_and_the_least_lately_used_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled_cache, "MOST", 2)
    kept = CompiledCache(tmp_path / "compiled")
    folders = [kept.own_folder("tensorrt", n) for n in range(2)]
    assert all(folder and folder.is_dir() for folder in folders) and kept.own_folder("tensorrt", 0) == folders[0]
    for age, folder in enumerate(folders):
        assert folder
        (folder / "an.engine").write_bytes(b"")
        os.utime(folder, (age, age))
    third = kept.own_folder("tensorrt", 2)
    assert set(kept.folder.iterdir()) == {folders[1], third}


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the user's folder is the user's by itself")
def test_a_folder_that_others_may_write_to_is_none_for_an_engine(tmp_path: Path) -> None:
    kept = CompiledCache(tmp_path / "compiled")
    folder = kept.own_folder("key")
    assert folder and not folder.stat().st_mode & 0o077
    kept.folder.chmod(0o777)
    assert kept.own_folder("key") is None
    kept.folder.chmod(0o700)
    folder.rmdir()
    folder.symlink_to(tmp_path)
    assert kept.own_folder("key") is None
    (tmp_path / "file").write_text("")
    assert CompiledCache(tmp_path / "file").own_folder("key") is None
