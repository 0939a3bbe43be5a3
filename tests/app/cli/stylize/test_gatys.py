"""`allaprima gatys`, the slow reference, on pictures of a few pixels."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from allaprima.app.command_line import main

pytest.importorskip("torch", reason='optimisation needs torch: pip install -e ".[train]"')
DATA = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).parents[4].parent / "shared" / "data"))
needs_vgg = pytest.mark.skipif(not (DATA / "vgg").is_dir(), reason=f"NO VGG WEIGHTS in {DATA / 'vgg'}: not optimised")


def picture(path: Path, width: int = 48, height: int = 40, seed: int = 0) -> np.ndarray:
    """Writes soft coloured patches; returns them as RGB."""
    noise = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), np.uint8)
    rgb = cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), rgb[..., ::-1])
    return rgb


def read(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture[..., ::-1]


@pytest.fixture
def gatys(tiny_pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Runs the command with the tiny pack and a painting, three iterations, and gives what its --json printed."""
    pack = shutil.copytree(tiny_pack, tmp_path / "pack")
    card = (pack / "card.toml").read_text(encoding="utf-8")
    (pack / "card.toml").write_text(card.replace("[training]", "[training]\nstroke = 48"), encoding="utf-8")
    picture(tmp_path / "paintings" / "red_room.jpg", 64, 64, seed=9)

    def run(*arguments: object, code: int = 0) -> dict[str, Any]:
        argv = ["gatys", *map(str, arguments), "--pack", str(pack), "--json"]
        if "--iterations" not in arguments:
            argv += ["--iterations", "3"]
        if "--painting" not in arguments:
            argv += ["--paintings", str(tmp_path / "paintings")]
        assert main(argv) == code, capsys.readouterr().err
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return run


@pytest.mark.slow
@needs_vgg
def test_a_picture_is_optimised_towards_its_styles_painting(gatys, tmp_path: Path) -> None:
    before = picture(tmp_path / "in.png")
    report = gatys(tmp_path / "in.png", "-o", tmp_path / "out.png", "--style", "red-room")
    (file,) = report["files"]
    assert file["iterations"] == 3 and file["objective"][1] < 0.8 * file["objective"][0]
    assert (report["engine"], report["style"], report["interrupted"]) == ("gatys", {"red-room": 1.0}, False)
    assert report["painting"] == str(tmp_path / "paintings" / "red_room.jpg")
    after = read(tmp_path / "out.png")
    assert after.shape == before.shape and np.abs(after.astype(int) - before).mean() > 3


@pytest.mark.slow
@needs_vgg
def test_strength_zero_leaves_the_photo_as_it_is(gatys, tmp_path: Path) -> None:
    before = picture(tmp_path / "in.png")
    gatys(tmp_path / "in.png", "-o", tmp_path / "out.png", "--strength", "0")
    np.testing.assert_array_equal(read(tmp_path / "out.png"), before)


@pytest.mark.slow
@needs_vgg
def test_a_painting_may_be_any_picture_and_a_size_may_be_asked_for(gatys, tmp_path: Path) -> None:
    picture(tmp_path / "in.png", 160, 120)
    painting = tmp_path / "paintings" / "red_room.jpg"
    report = gatys(tmp_path / "in.png", "-o", tmp_path / "o.png", "--painting", painting, "--size", "96x64")
    assert read(tmp_path / "o.png").shape == (64, 96, 3) and report["style"] == {}


@pytest.mark.slow
@needs_vgg
def test_eyes_of_a_pair_are_optimised_each_by_itself(gatys, tmp_path: Path) -> None:
    """Alone or beside another eye, the left one comes out the same: the network's eyes do not."""
    picture(tmp_path / "x_left.png"), picture(tmp_path / "x_right.png", seed=3)
    gatys(tmp_path / "x_left.png", tmp_path / "x_right.png", "-o", tmp_path / "both.png")
    gatys(tmp_path / "x_left.png", "-o", tmp_path / "left.png")
    gatys(tmp_path / "x_right.png", "-o", tmp_path / "right.png")
    apart = np.concatenate([read(tmp_path / "left.png"), read(tmp_path / "right.png")], axis=1)
    np.testing.assert_array_equal(read(tmp_path / "both.png"), apart)


@pytest.mark.slow
@needs_vgg
def test_the_same_seed_gives_the_same_file(gatys, tmp_path: Path) -> None:
    picture(tmp_path / "in.png")
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        gatys(tmp_path / "in.png", "-o", tmp_path / f"{name}.png", "--start", "noise", "--seed", seed)
    a, b, c = (read(tmp_path / f"{name}.png") for name in "abc")
    assert (a == b).all() and (a != c).any()


@needs_vgg
def test_one_broken_picture_ends_no_others_and_what_is_there_is_kept(gatys, tmp_path: Path) -> None:
    picture_file(tmp_path, "in/a.png"), picture_file(tmp_path, "in/c.png")
    (tmp_path / "in" / "b.png").write_bytes(b"broken")
    report = gatys(tmp_path / "in", "-o", tmp_path / "out", code=3)
    assert [Path(file["inputs"][0]).name for file in report["files"]] == ["a.png", "c.png"]
    assert "b.png is not a picture" in report["broken"][0]["message"]
    picture_file(tmp_path, "in/b.png")
    report = gatys(tmp_path / "in", "-o", tmp_path / "out")
    assert [Path(file["inputs"][0]).name for file in report["files"]] == ["b.png"] and len(report["kept"]) == 2


@needs_vgg
def test_ctrl_c_keeps_the_picture_so_far_and_ends(gatys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from allaprima.app.offline import gatys as reference

    whole = reference.optimise

    def interrupted(*arguments: Any, **options: Any) -> Any:
        for step in whole(*arguments, **options):
            if step[0] == 3:
                raise KeyboardInterrupt
            yield step

    gatys(picture_file(tmp_path, "in/a.png"), "-o", tmp_path / "whole.png", "--iterations", 2)
    monkeypatch.setattr(reference, "optimise", interrupted)
    picture_file(tmp_path, "in/b.png")
    report = gatys(tmp_path / "in", "-o", tmp_path / "out", "--iterations", 50, code=130)
    assert report["interrupted"] and [file["iterations"] for file in report["files"]] == [2]
    np.testing.assert_array_equal(read(tmp_path / "out" / "a.png"), read(tmp_path / "whole.png"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]


def picture_file(folder: Path, name: str) -> Path:
    picture(folder / name)
    return folder / name


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["--style", "harbour"], "painting of 'harbour'", "--painting FILE"),
        (["--painting", "nowhere.jpg"], "no painting nowhere.jpg", "ls "),
        (["--painting", "in.png", "--style", "harbour"], "both --style and --painting", "one"),
        (["--size", "2000x1000"], "to 1 megapixel, not 2000x1000", "--size 640"),
        (["--precision", "bf16"], "no option '--precision'", "--help"),
        (["--vgg", "nowhere"], "no VGG-19 weights at nowhere", "downloaded"),
        (["--iterations", "0"], "outside 1 or more", "give a whole number 1 or more"),
    ],
)
def test_what_cannot_be_optimised_is_said_at_once(
    gatys, arguments: list[str], message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    picture(Path("in.png"))
    error = gatys("in.png", "-o", "out.png", *arguments, code=5 if "--vgg" in arguments else 2)["error"]
    assert message in error["message"] and hint in error["hint"]
    assert not Path("out.png").exists()


def test_a_video_is_refused(gatys, tmp_path: Path) -> None:
    (tmp_path / "walk.mp4").write_bytes(b"")
    error = gatys(tmp_path / "walk.mp4", "-o", tmp_path / "out.mp4", code=2)["error"]
    assert "video" in error["message"]


@pytest.mark.parametrize("command", [["run"], ["replay", "recording/"], ["stylize", "in.png", "-o", "out.png"]])
def test_no_other_command_takes_it_or_its_flags(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--engine", "gatys"]) == 2
    assert "gatys: not one of auto, openvino" in capsys.readouterr().err
    assert main([*command, "--iterations", "9"]) == 2
    assert "there is no option '--iterations'" in capsys.readouterr().err
