"""`allaprima styles quantize`, as a user types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.command_line import main
from allaprima.app.packs.pack import load_pack
from allaprima.app.stylize.openvino import quantizing


@pytest.fixture
def pack(tiny_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(quantizing, "SIZE", (96, 64))
    monkeypatch.setattr(quantizing, "SIZES", ((96, 64), (128, 96)))
    return shutil.copytree(tiny_pack, tmp_path / "pack")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(5):
        coarse = rng.integers(0, 256, (6, 8, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.resize(coarse, (120, 90), interpolation=cv2.INTER_CUBIC))
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.mark.slow
def test_pack_that_was_measured_is_painted_with_in_int8(
    pack: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = ["stylize", str(photos / "0.png"), "-o", str(tmp_path / "o.png"), "--pack", str(pack), "--precision", "int8"]
    assert main([*one, "--json"]) != 0
    assert "styles quantize" in capsys.readouterr().err
    command = ["styles", "quantize", str(pack), "--photos", str(photos), "--json"]
    assert main([*command, "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["card"] is None and load_pack(pack).int8 is None
    assert main(command) == 0
    report = json.loads(capsys.readouterr().out)
    int8 = load_pack(pack).int8
    assert int8 and report["photos"] == 5 and report["int8"] == len(int8.ranges) >= 1
    assert report["psnr"].keys() == {"red-room", "harbour", "mosaic"} and report["psnr"][report["worst"]] >= 35
    assert main([*one, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["precision"] == "int8"


def test_what_it_cannot_work_with_is_one_line(
    pack: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (pack / "card.toml").read_bytes()
    (tmp_path / "empty").mkdir()
    for arguments, said in (
        (["--photos", str(tmp_path / "empty")], "holds 0 pictures"),
        (["--photos", str(tmp_path / "nowhere")], "cannot be read"),
        (["--photos", str(photos), "--count", "1"], "--count 1"),
    ):
        assert main(["styles", "quantize", str(pack), *arguments]) != 0
        captured = capsys.readouterr()
        assert said in captured.err and "Traceback" not in captured.err and not captured.out
    assert (pack / "card.toml").read_bytes() == before
