"""Whatever `allaprima stylize` is given: one line, a hint, the documented exit code, and nothing half-written."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.command_line import main


def picture(path: Path, width: int = 96, height: int = 64) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8))
    return path


@pytest.fixture
def refused(tiny_pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs the command, which must fail with `code` and leave no file behind; gives its two lines."""

    def run(*arguments: object, code: int, pack: Path = tiny_pack) -> str:
        before = {path: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()}
        assert main(["stylize", *map(str, arguments), "--pack", str(pack)]) == code
        captured = capsys.readouterr()
        assert captured.out == ""
        lines = captured.err.splitlines()
        assert len(lines) == 2, captured.err
        assert lines[0].startswith("allaprima: error: ") and lines[1].startswith("  hint: ")
        assert {path: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()} == before
        return captured.err

    return run


def test_unknown_style_names_the_nearest(refused, tmp_path: Path) -> None:
    good = picture(tmp_path / "in.png")
    said = refused(good, "-o", tmp_path / "o.png", "--style", "mosiac", code=4)
    assert "no style 'mosiac'" in said and "did you mean 'mosaic'" in said


@pytest.mark.parametrize("style", ["mosaic:-1", "mosaic:nan", "mosaic:0", ",", "mosaic:1:2"])
def test_malformed_blend(refused, tmp_path: Path, style: str) -> None:
    refused(picture(tmp_path / "in.png"), "-o", tmp_path / "o.png", f"--style={style}", code=2)


@pytest.mark.parametrize("strength", ["-0.1", "1.5", "nan", "strong"])
def test_strength_out_of_range(refused, tmp_path: Path, strength: str) -> None:
    refused(picture(tmp_path / "in.png"), "-o", tmp_path / "o.png", f"--strength={strength}", code=2)


@pytest.mark.parametrize("size", ["0", "8", "0x0", "99999", "640x", "x480", "640x480x3", "-640", "1e3", "4096x5000"])
def test_absurd_size(refused, tmp_path: Path, size: str) -> None:
    assert "size" in refused(picture(tmp_path / "in.png"), "-o", tmp_path / "o.png", f"--size={size}", code=2)


def test_picture_too_large_to_be_painted_in_full(refused, tmp_path: Path) -> None:
    wide = picture(tmp_path / "wide.png", 5000, 16)
    assert "--size 2048" in refused(wide, "-o", tmp_path / "o.png", code=2)


def test_missing_input(refused, tmp_path: Path) -> None:
    assert "none.png does not exist" in refused(tmp_path / "none.png", "-o", tmp_path / "o.png", code=3)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\nrubbish", b"plain text, not a picture"])
@pytest.mark.parametrize("name", ["bad.png", "bad.mp4"])
def test_file_that_is_not_what_its_name_says(refused, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    out = tmp_path / ("o.mp4" if name.endswith("mp4") else "o.png")
    assert name in refused(tmp_path / name, "-o", out, code=3)


def test_picture_cut_short(refused, tmp_path: Path) -> None:
    whole = picture(tmp_path / "in.png").read_bytes()
    (tmp_path / "in.png").write_bytes(whole[:40])
    refused(tmp_path / "in.png", "-o", tmp_path / "o.png", code=3)


def test_unknown_kind_of_file(refused, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("words")
    assert "neither a picture nor a video" in refused(tmp_path / "in.txt", "-o", tmp_path / "o.png", code=3)


def test_folder_with_nothing_to_paint(refused, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no pictures" in refused(tmp_path / "empty", "-o", tmp_path / "out", code=3)
    assert "holds no pairs" in refused(tmp_path / "empty", "-o", tmp_path / "out", "--stereo", "pair", code=3)


def test_eyes_of_different_sizes(refused, tmp_path: Path) -> None:
    left, right = picture(tmp_path / "a_left.png", 96, 64), picture(tmp_path / "a_right.png", 64, 64)
    said = refused(left, right, "-o", tmp_path / "o.png", code=2)
    assert "96x64" in said and "64x64" in said


def test_one_file_is_no_pair(refused, tmp_path: Path) -> None:
    refused(picture(tmp_path / "in.png"), "-o", tmp_path / "o.png", "--stereo", "pair", code=3)


def test_odd_width_holds_no_two_eyes(refused, tmp_path: Path) -> None:
    refused(picture(tmp_path / "in.png", 97, 64), "-o", tmp_path / "o.png", "--stereo", "sbs", code=3)


def test_many_inputs_into_one_file(refused, tmp_path: Path) -> None:
    one, two = picture(tmp_path / "one.png"), picture(tmp_path / "two.png")
    assert "2 inputs do not fit in the one file" in refused(one, two, "-o", tmp_path / "o.png", code=2)


def test_two_inputs_of_one_name_into_one_folder(refused, tmp_path: Path) -> None:
    one, two = picture(tmp_path / "a" / "x.png"), picture(tmp_path / "b" / "x.png")
    assert "would both become" in refused(one, two, "-o", tmp_path / "out", "--stereo", "mono", code=2)


def test_output_that_is_an_input(refused, tmp_path: Path) -> None:
    one = picture(tmp_path / "one.png")
    assert "is one of the inputs" in refused(one, "-o", one, "--overwrite", code=2)


@pytest.mark.parametrize("name", ["o.gif", "o.mp4", "o.onnx"])
def test_output_of_another_kind(refused, tmp_path: Path, name: str) -> None:
    assert "cannot be written as" in refused(picture(tmp_path / "in.png"), "-o", tmp_path / name, code=2)


def test_output_below_a_file(refused, tmp_path: Path) -> None:
    one, file = picture(tmp_path / "one.png"), picture(tmp_path / "file.png")
    assert "cannot be written" in refused(one, "-o", file / "o.png", code=3)


def test_output_of_an_impossible_name(refused, tmp_path: Path) -> None:
    refused(picture(tmp_path / "one.png"), "-o", tmp_path / f"{'x' * 400}.png", code=3)


@pytest.mark.skipif(os.name == "nt" or (hasattr(os, "geteuid") and os.geteuid() == 0), reason="root may write anywhere")
def test_output_folder_that_is_read_only(refused, tmp_path: Path) -> None:
    one = picture(tmp_path / "one.png")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    refused(one, "-o", closed / "o.png", code=3)


def test_unknown_engine_and_precision(refused, tmp_path: Path) -> None:
    one = picture(tmp_path / "one.png")
    assert "--engine magic: not one of" in refused(one, "-o", tmp_path / "o.png", "--engine", "magic", code=2)
    refused(one, "-o", tmp_path / "o.png", "--engine", "openvino", "--precision", "int3", code=2)


def test_broken_pack(refused, tiny_pack: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(tiny_pack, tmp_path / "pack")
    (broken / "network.onnx").write_bytes(b"\x00")
    one = picture(tmp_path / "one.png")
    assert "network.onnx" in refused(one, "-o", tmp_path / "o.png", pack=broken, code=4)


def test_a_batch_goes_on_past_broken_pictures_and_a_second_run_paints_what_is_missing(
    tiny_pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    picture(folder / "a.png"), picture(folder / "d.png")
    (folder / "b.png").write_bytes(b"broken")
    picture(folder / "c.png", 5000, 16)  # too large
    command = ["stylize", str(folder), "-o", str(out), "--pack", str(tiny_pack), "--json"]
    assert main(command) == 3
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert [Path(broken["inputs"][0]).name for broken in report["broken"]] == ["b.png", "c.png"]
    assert "left out" in captured.err and "b.png is not a picture" in captured.err
    assert "2 of 4 could not be painted" in captured.err
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "d.png"]

    (out / "a.png").write_bytes(b"precious")
    shutil.copy(folder / "d.png", folder / "b.png")
    (folder / "c.png").unlink()
    assert main(command) == 0
    report = json.loads(capsys.readouterr().out)
    assert [Path(path).name for path in report["kept"]] == ["a.png", "d.png"] and report["pairs"] == 1
    assert (out / "a.png").read_bytes() == b"precious" and (out / "b.png").exists()
    assert main([*command, "--overwrite"]) == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == 3 and (out / "a.png").read_bytes() != b"precious"


def test_a_full_disk_ends_a_batch(
    tiny_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from allaprima.app.core.files import cannot_write
    from allaprima.app.offline import files

    def full(path: Path, pixels: object) -> None:
        raise cannot_write(path, OSError(errno.ENOSPC, "full"))

    monkeypatch.setattr(files, "write_picture", full)
    picture(tmp_path / "in" / "a.png"), picture(tmp_path / "in" / "b.png")
    assert main(["stylize", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--pack", str(tiny_pack)]) == 3
    err = capsys.readouterr().err
    assert "a.png cannot be written: the disk is full" in err and "b.png" not in err


def test_videos_of_a_folder_are_told_to_be_left_out(
    tiny_pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "walk.mp4").write_bytes(b"")
    assert main(["stylize", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--pack", str(tiny_pack)]) == 0
    assert "walk.mp4" in capsys.readouterr().err
