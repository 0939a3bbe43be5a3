"""How each kind of file is read: by the function that the program reads it with."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from seeds import PROJECTIONS, ROS, SIZE, films, pictures, recording, storages, texts

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import SourceEnded
from allaprima.app.packs.pack import load_pack, shipped_folder
from allaprima.app.settings_and_flags import Settings
from allaprima.app.sources.recorded.opening import open_recording
from allaprima.app.sources.rig import load_rig
from allaprima.app.stylize.engines import open_stylizer

MOST_PAIRS = 200

Read = Callable[[bytes], None]
"""Puts a file where it belongs and reads it."""
Kind = tuple[Read, list[bytes], bool]
"""With the valid files, and whether they are text."""


def kinds(folder: Path) -> dict[str, Kind]:
    """All kinds by name, `folder` being theirs."""
    return {kind: (read, seeds, text) for kind, read, seeds, text in _all(folder)}


def _all(folder: Path) -> Iterator[tuple[str, Read, list[bytes], bool]]:
    text = texts()
    yield "settings", _file(folder / "config.toml", lambda path: Settings.load(path)), [text["settings"]], True
    yield "rig", _file(folder / "rig.toml", load_rig), [text["rig"]], True
    for kind, name in (("kitti", "calib.txt"), ("kalibr", "camchain.yaml")):
        yield kind, _file(folder / name, lambda path: load_rig(path, SIZE)), [text[kind]], True
    right = folder / "right.yaml"
    right.write_text(ROS.format(name="right", shift=-4))
    yield "ros", _file(folder / "left.yaml", lambda path: load_rig([path, right])), [text["ros"]], True
    for suffix, storage in storages(folder):
        yield f"storage{suffix}", _file(folder / f"stereo{suffix}", lambda path: load_rig(path, SIZE)), [storage], True
    pairs = folder / "pairs"
    for number in range(3):
        for eye in ("left", "right"):
            (pairs / eye).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(pairs / eye / f"{number}.png"), np.full((SIZE[1], SIZE[0], 3), 90, np.uint8))
    for kind in ("times", "poses", "calib"):
        yield kind, _beside(pairs, kind), [text[kind]], True
    walk = recording(folder)
    journal = walk.with_suffix(".jsonl")
    yield "journal", _file(journal, lambda _: _play(walk)), [journal.read_bytes()], True
    yield "recording", _file(folder / "bare" / "walk.mkv", _play), [walk.read_bytes()], False
    for suffix, codec, film in films(folder):
        yield f"film{suffix}-{codec}", _file(folder / f"film_sbs{suffix}", _play), [film], False
    for number, (suffix, picture) in enumerate(pictures()):
        known = suffix if suffix in (".png", ".jpg", ".tiff", ".bmp", ".webp", ".ppm", ".pgm") else ".png"
        yield f"picture{suffix}-{number}", _file(folder / f"one_sbs{known}", _play), [picture], False
    pack = folder / "pack"
    shutil.copytree(shipped_folder() / "first", pack)
    network = (pack / "network.onnx").read_bytes()
    yield "card", _file(pack / "card.toml", lambda _: load_pack(pack)), [text["card"]], True
    yield "network", _network(folder / "networks", text["card"], with_engine=False), [network], False
    yield "engine", _network(folder / "engines", text["card"], with_engine=True), [network], False
    for what in ("error", "memory", "hang"):
        yield f"faulty-{what}", _faulty(what), [b"fine"], False


def _file(path: Path, read: Callable[[Path], object]) -> Read:
    path.parent.mkdir(parents=True, exist_ok=True)

    def put_and_read(data: bytes) -> None:
        path.write_bytes(data)
        read(path)

    return put_and_read


def _play(path: Path) -> None:
    with open_recording(path, pace="fast", clock=FakeClock(), frames=MOST_PAIRS) as source:
        try:
            while True:
                source.read(0)
        except SourceEnded:
            pass


def _beside(pairs: Path, kind: str) -> Read:
    def put_and_read(data: bytes) -> None:
        for name, content in (("calib", PROJECTIONS.encode()), ("times", None), ("poses", None)):
            path = pairs / f"{name}.txt"
            path.unlink(missing_ok=True)
            if name == kind or content:
                path.write_bytes(data if name == kind else content or b"")
        _play(pairs)

    return put_and_read


def _network(folder: Path, card: bytes, with_engine: bool) -> Read:
    """With the checksum that is right for it, as whoever damages one on purpose would write."""
    folder.mkdir()
    lean = re.sub(rb"(?m)^preview = .*\n", b"", card)

    def put_and_read(data: bytes) -> None:
        digest = hashlib.sha256(data).hexdigest()
        (folder / "card.toml").write_bytes(
            re.sub(rb'sha256 = "\w+"', b'sha256 = "%s"' % digest.encode(), lean, count=1)
        )
        (folder / "network.onnx").write_bytes(data)
        pack = load_pack(folder)
        if with_engine:
            stylizer = open_stylizer(pack, (64, 64), engine="openvino")
            weights = np.full(pack.rows, 1 / pack.rows, np.float32)
            stylizer.paint(np.zeros((2, 64, 64, 3), np.uint8), weights)
            stylizer.close()

    return put_and_read


def _faulty(what: str) -> Read:
    """Does wrong by all but its valid file, so that it is seen that a fault is noticed."""

    def read(data: bytes) -> None:
        if data != b"fine" and what == "error":
            raise ValueError("a fault")
        if data != b"fine" and what == "memory":
            assert len(b"\1" * (2 << 30))  # touched, and so counted
        while data != b"fine" and what == "hang":
            pass

    return read
