from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.command_line import main
from allaprima.app.stylize.colour import keep_colour


def picture(path: Path, width: int = 101, height: int = 67, seed: int = 0) -> np.ndarray:
    """Writes a coloured gradient with some noise; returns it as RGB."""
    y, x = np.mgrid[0:height, 0:width]
    base = np.stack([x * 255 // width, y * 255 // height, (x + y + seed * 40) % 256], -1)
    rgb = np.clip(base + np.random.default_rng(seed).integers(-8, 8, base.shape), 0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), rgb[..., ::-1])
    return rgb


def read(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture[..., ::-1]


@pytest.fixture
def stylize(tiny_pack: Path, capsys: pytest.CaptureFixture[str]):
    """Runs the command with the tiny pack and gives what its --json printed."""

    def run(*arguments: object, code: int = 0) -> dict:
        argv = ["stylize", *map(str, arguments), "--pack", str(tiny_pack), "--precision", "f32", "--json"]
        assert main(argv) == code, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return run


def test_picture_keeps_its_size_and_is_painted(stylize, tmp_path: Path) -> None:
    before = picture(tmp_path / "in.png")
    report = stylize(tmp_path / "in.png", "-o", tmp_path / "out.png", "--style", "harbour")
    after = read(tmp_path / "out.png")
    assert after.shape == before.shape
    assert np.abs(after.astype(int) - before).mean() > 20
    assert report["files"] == [
        {
            "inputs": [str(tmp_path / "in.png")],
            "outputs": [str(tmp_path / "out.png")],
            "layout": "mono",
            "size": [101, 67],
            "pairs": 1,
        }
    ]
    assert (report["engine"], report["precision"], report["style"]) == ("openvino", "f32", {"harbour": 1.0})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "out.png"]


def test_strength_zero_gives_the_photo_back_pixel_for_pixel(stylize, tmp_path: Path) -> None:
    """Nothing is cropped, moved, mirrored or resampled on the way, at a size that is no multiple of 8."""
    before = picture(tmp_path / "in.png", 53, 31)
    stylize(tmp_path / "in.png", "-o", tmp_path / "out.png", "--strength", "0")
    np.testing.assert_array_equal(read(tmp_path / "out.png"), before)


def test_size_asked_for_is_the_size_written(stylize, tmp_path: Path) -> None:
    picture(tmp_path / "in.png", 400, 300)
    stylize(tmp_path / "in.png", "-o", tmp_path / "a.jpg", "--size", "160x80")
    stylize(tmp_path / "in.png", "-o", tmp_path / "b.jpg", "--size", "200")
    assert read(tmp_path / "a.jpg").shape == (80, 160, 3)
    assert read(tmp_path / "b.jpg").shape == (152, 200, 3)


def test_blend_lies_between_its_styles(stylize, tmp_path: Path) -> None:
    picture(tmp_path / "in.png")
    painted = {}
    for style in ("red-room", "mosaic", "red-room:3,mosaic:1"):
        stylize(tmp_path / "in.png", "-o", tmp_path / "out.png", "--style", style, "--overwrite")
        painted[style] = read(tmp_path / "out.png").astype(int)
    a, b, blend = painted.values()
    assert 3 < np.abs(blend - a).mean() < np.abs(blend - b).mean()


def test_strokes_of_another_size_leave_the_pictures_size(stylize, tmp_path: Path) -> None:
    picture(tmp_path / "in.png", 201, 147)
    painted = {}
    for stroke_size in ("1", "2", "0.7"):
        report = stylize(tmp_path / "in.png", "-o", tmp_path / "out.png", "--stroke-size", stroke_size, "--overwrite")
        painted[stroke_size] = read(tmp_path / "out.png").astype(int)
        assert painted[stroke_size].shape == (147, 201, 3)
        assert report["stroke_size"] == float(stroke_size) and report["files"][0]["size"] == [201, 147]
    assert np.abs(painted["2"] - painted["1"]).mean() > 1.5
    assert np.abs(painted["0.7"] - painted["1"]).mean() > 1.5


def test_kept_colours_are_the_inputs(stylize, tmp_path: Path) -> None:
    before = picture(tmp_path / "in.png")
    painted = {}
    for flags in ((), ("--keep-colour", "0.5"), ("--keep-colour",)):
        report = stylize(tmp_path / "in.png", "-o", tmp_path / "out.png", "--overwrite", *flags)
        painted[report["keep_colour"]] = read(tmp_path / "out.png")
    np.testing.assert_array_equal(painted[1.0], keep_colour(painted[0.0], before))
    np.testing.assert_array_equal(painted[0.5], keep_colour(painted[0.0], before, 0.5))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--stroke-size", "5"), "outside 0.25 to 4"),
        (("--stroke-size", "nan"), "outside 0.25 to 4"),
        (("--stroke-size", "2"), "would be painted at 48x32"),
        (("--keep-colour", "1.5"), "outside 0 to 1"),
        (("--engine", "gatys"), "gatys: not one of"),
    ],
)
def test_strokes_and_colours_that_cannot_be_are_refused_with_a_hint(stylize, tmp_path: Path, flags, said) -> None:
    picture(tmp_path / "in.png")
    error = stylize(tmp_path / "in.png", "-o", tmp_path / "out.png", *flags, code=2)["error"]
    assert said in error["message"] and error["hint"]
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_an_input_behind_the_bare_flag_is_told_how_to_be_one(tmp_path: Path, capsys) -> None:
    picture(tmp_path / "in.png")
    assert main(["stylize", "--keep-colour", str(tmp_path / "in.png"), "-o", str(tmp_path / "out.png")]) == 2
    assert "write --keep-colour=1, or put it last" in capsys.readouterr().err


def test_two_files_that_name_the_eyes_are_one_pair_side_by_side(stylize, tmp_path: Path) -> None:
    left, right = picture(tmp_path / "cam_left.png"), picture(tmp_path / "cam_right.png", seed=2)
    report = stylize(
        tmp_path / "cam_left.png", tmp_path / "cam_right.png", "-o", tmp_path / "both.png", "--strength", "0"
    )
    np.testing.assert_array_equal(read(tmp_path / "both.png"), np.concatenate([left, right], axis=1))
    assert report["files"][0]["layout"] == "pair"


def test_pair_into_a_folder_keeps_its_names(stylize, tmp_path: Path) -> None:
    left, right = picture(tmp_path / "a.png"), picture(tmp_path / "b.png", seed=2)
    stylize(tmp_path / "a.png", tmp_path / "b.png", "-o", tmp_path / "out", "--stereo", "pair", "--strength", "0")
    np.testing.assert_array_equal(read(tmp_path / "out" / "a.png"), left)
    np.testing.assert_array_equal(read(tmp_path / "out" / "b.png"), right)


def test_eyes_of_a_pair_share_their_statistics(stylize, tmp_path: Path) -> None:
    """Painted as a pair a picture looks otherwise than alone: the other eye has a say in the normalisation."""
    picture(tmp_path / "x_left.png"), picture(tmp_path / "x_right.png", seed=3)
    stylize(tmp_path / "x_left.png", tmp_path / "x_right.png", "-o", tmp_path / "pair")
    stylize(tmp_path / "x_left.png", tmp_path / "x_right.png", "-o", tmp_path / "mono", "--stereo", "mono")
    assert (read(tmp_path / "pair" / "x_left.png") != read(tmp_path / "mono" / "x_left.png")).any()


@pytest.mark.parametrize(("layout", "axis"), [("sbs", 1), ("tb", 0)])
def test_both_eyes_of_one_picture_are_a_pair_and_stay_in_place(stylize, tmp_path: Path, layout: str, axis: int) -> None:
    eyes = [picture(tmp_path / "l" / "a.png", 64, 48), picture(tmp_path / "r" / "a.png", 64, 48, seed=2)]
    both = np.concatenate(eyes, axis=axis)
    cv2.imwrite(str(tmp_path / "both.png"), both[..., ::-1])
    stylize(tmp_path / "both.png", "-o", tmp_path / "same.png", "--stereo", layout, "--strength", "0")
    np.testing.assert_array_equal(read(tmp_path / "same.png"), both)
    stylize(tmp_path / "both.png", "-o", tmp_path / "joined.png", "--stereo", layout)
    stylize(tmp_path / "l" / "a.png", tmp_path / "r" / "a.png", "-o", tmp_path / "two.png", "--stereo", "pair")
    together, apart = read(tmp_path / "joined.png"), read(tmp_path / "two.png")
    if layout == "tb":
        apart = np.concatenate(np.split(apart, 2, axis=1), axis=0)
    np.testing.assert_array_equal(together, apart)


def test_folder_of_pictures_is_painted_under_the_same_names(stylize, tmp_path: Path) -> None:
    for name in ("one.png", "two.jpg", "three.bmp"):
        picture(tmp_path / "in" / name)
    (tmp_path / "in" / "notes.txt").write_text("not a picture")
    report = stylize(tmp_path / "in", "-o", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["one.png", "three.png", "two.jpg"]
    assert report["pairs"] == 3


def test_folder_of_pairs_keeps_the_eyes_folders(stylize, tmp_path: Path) -> None:
    for eye in ("left", "right"):
        for name in ("000.png", "001.png"):
            picture(tmp_path / "in" / eye / name, seed=len(eye))
    report = stylize(tmp_path / "in", "-o", tmp_path / "out", "--strength", "0")
    for path in (tmp_path / "in").glob("*/*.png"):
        np.testing.assert_array_equal(read(tmp_path / "out" / path.parent.name / path.name), read(path))
    assert [file["layout"] for file in report["files"]] == ["pair", "pair"]


def test_existing_output_is_kept_unless_it_may_be_replaced(stylize, tmp_path: Path) -> None:
    picture(tmp_path / "in.png")
    (tmp_path / "out.png").write_bytes(b"precious")
    report = stylize(tmp_path / "in.png", "-o", tmp_path / "out.png", code=2)
    assert "exists already" in report["error"]["message"] and "--overwrite" in report["error"]["hint"]
    assert (tmp_path / "out.png").read_bytes() == b"precious"
    stylize(tmp_path / "in.png", "-o", tmp_path / "out.png", "--overwrite")
    assert read(tmp_path / "out.png").shape == (67, 101, 3)


def test_without_json_the_outputs_are_printed(tiny_pack: Path, tmp_path: Path, capsys) -> None:
    picture(tmp_path / "in.png")
    assert main(["stylize", str(tmp_path / "in.png"), "-o", str(tmp_path / "o.png"), "--pack", str(tiny_pack)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'o.png'}\n"
