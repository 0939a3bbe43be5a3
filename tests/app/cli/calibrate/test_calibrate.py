"""`allaprima calibrate`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.cli.calibrate.board_flags import metres
from allaprima.app.command_line import main
from allaprima.app.sources.recorded.pictures import read_picture
from allaprima.calibration.board import Board
from allaprima.calibration.camera import CameraModel
from allaprima.calibration.rig import STRAIGHT, RigCalibration, as_rotation
from allaprima.calibration.rig_file import read_rig, write_rig

CAMERA = CameraModel((400.0, 400.0), (159.5, 119.5))
RIG = RigCalibration((320, 240), CAMERA, CAMERA, STRAIGHT, (-0.06, 0.0, 0.0))
BOARD = Board(7, 5, 0.02)


def draw(rig: RigCalibration, turn: np.ndarray, place: np.ndarray) -> list[np.ndarray]:
    """(left, right) of `BOARD`, by homography: these cameras have no distortion."""
    cells, side = BOARD.cells()
    texture = np.pad(np.where(cells, 30, 220).astype(np.uint8), 1, constant_values=220).repeat(32, 0).repeat(32, 1)
    to_board = np.diag((side / 32, side / 32, 1.0)) @ np.array(((1, 0, -63.5), (0, 1, -63.5), (0, 0, 1.0)))
    pictures = []
    for x in (0.0, rig.translation[0]):
        plane = np.c_[turn[:, 0], turn[:, 1], place + np.array((x, 0, 0))]
        finer = np.array(((4, 0, 1.5), (0, 4, 1.5), (0, 0, 1.0)))
        large = cv2.warpPerspective(
            texture, finer @ rig.left.matrix @ plane @ to_board, (1280, 960), borderValue=120, flags=cv2.INTER_LINEAR
        )
        pictures.append(cv2.resize(large, rig.size, interpolation=cv2.INTER_AREA))
    return pictures


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight pairs of a board, drawn."""
    folder = tmp_path_factory.mktemp("views")
    for n in range(8):
        turn = cv2.Rodrigues(np.radians((30 * np.cos(n), 30 * np.sin(n), 10.0 * n - 40)))[0]
        place = turn @ (-0.06, -0.04, 0) + (0.03 + 0.04 * np.cos(2 * n), 0.03 * np.sin(2 * n), 0.42 + 0.02 * n)
        for eye, picture in zip(("left", "right"), draw(RIG, turn, place), strict=True):
            assert cv2.imwrite(str(folder / f"{eye}{n:02}.png"), picture)
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main(["calibrate", *map(str, arguments)])
    return code, *capsys.readouterr()


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[str, str]:
    """The error and its hint, of a command line that must fail with one line each."""
    code, out, err = run(capsys, *arguments)
    assert code in (2, 3, 8) and out == ""
    lines = err.splitlines()
    assert len(lines) == 2 and lines[1].startswith("  hint: "), err
    return lines[0], lines[1]


FLAGS = ("--board", "7x5", "--square", "20mm")


def test_views_become_a_rig_a_table_and_a_page(views: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rig = tmp_path / "rig.toml"
    code, out, _ = run(capsys, "solve", views, *FLAGS, "-o", rig, "--report", tmp_path / "report")
    assert code == 0 and "8 of 8" in out and str(rig) in out
    assert read_rig(rig).baseline_m == pytest.approx(0.06, rel=0.01)
    page = (tmp_path / "report/index.html").read_text(encoding="utf-8")
    assert "left03" in page and "http" not in page.replace("http-equiv", "")
    for name in ("pair-1.jpg", "pair-3.jpg", "coverage-left.png"):
        assert name in page and cv2.imread(str(tmp_path / "report" / name)) is not None


def test_a_pattern_and_json(views: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "solve", f"{views}/*0[0-5].png", *FLAGS, "--json")
    report = json.loads(out)
    assert (code, err) == (0, "") and (report["views"], report["views_used"]) == (6, 6)
    assert report["focal_px"] == pytest.approx(400, rel=0.02) and report["baseline"] == pytest.approx(0.06, rel=0.02)
    assert report["rms_px"] < 0.3 and report["vertical_px"] < 0.2
    assert {"name", "rms_px", "vertical_px", "tilt_deg"} == report["per_view"][0].keys()


@pytest.mark.slow
def test_swapped_eyes_are_said_and_can_be_exchanged(
    views: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error, hint = refused(capsys, "solve", views, *FLAGS, "--swap-eyes", "-o", tmp_path / "rig.toml")
    assert "left and right are swapped: the right camera stands 60 mm to the left" in error and "--swap-eyes" in hint
    assert not (tmp_path / "rig.toml").exists()


def test_the_wrong_board_is_said_with_a_guess(views: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error, hint = refused(capsys, "solve", views, "--board", "11x8")
    assert "no chessboard 11x8 was found by both cameras in any of 8 pairs" in error and "--board 7x5" in hint


@pytest.mark.slow
def test_a_part_of_a_larger_board_is_not_taken_for_a_board(
    views: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rig(tmp_path / "rig.toml", RIG)
    for arguments in (("solve", views), ("check", tmp_path / "rig.toml", "--source", views)):
        error, hint = refused(capsys, *arguments, "--board", "5x4", "--square", "20mm")
        assert "this is no chessboard 5x4: what was found in" in error and "--board 7x5" in hint
    recording = tmp_path / "rec"
    for eye in ("left", "right"):
        (recording / eye).mkdir(parents=True)
        for n in range(12):
            (recording / eye / f"{n:03}.png").write_bytes((views / f"{eye}{n // 3:02}.png").read_bytes())
    for spec in ("5x4", "8x6"):  # of the one a part is found, of the other nothing: squares were counted
        error, hint = refused(capsys, "capture", tmp_path / spec, "--source", recording, "--board", spec, "--no-window")
        assert f"no view of a chessboard {spec}" in error and "--board 7x5" in hint


def test_bad_views_are_one_line_and_a_hint(views: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = f"{views}/*0[0-2].png"
    assert "only 3 good views of the board, at least 5" in refused(capsys, "solve", few, *FLAGS)[0]
    assert "does not exist" in refused(capsys, "solve", tmp_path / "none")[0]
    assert "holds no pairs of pictures" in refused(capsys, "solve", tmp_path)[0]
    small = cv2.resize(cv2.imread(str(views / "left01.png")), (160, 120))
    for eye in ("left", "right"):
        (tmp_path / f"{eye}1.png").write_bytes((views / f"{eye}00.png").read_bytes())
        cv2.imwrite(str(tmp_path / f"{eye}2.png"), small)
    assert "left2.png is 160x120 but" in refused(capsys, "solve", tmp_path, *FLAGS)[0]
    (tmp_path / "left2.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    assert "left2.png is not a picture or is damaged" in refused(capsys, "solve", tmp_path, *FLAGS)[0]
    (tmp_path / "left2.png").unlink()
    assert "right2.png has no left partner" in refused(capsys, "solve", tmp_path, *FLAGS)[0]
    assert "'nine' is no board" in refused(capsys, "solve", views, "--board", "nine")[0]


def test_a_broken_picture_ends_no_calibration(views: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in views.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes() if path.name != "left00.png" else b"broken")
    code, out, _ = run(capsys, "solve", tmp_path, *FLAGS, "--json", "-o", tmp_path / "rig.toml")
    report = json.loads(out)
    assert code == 3 and report["views_used"] == 7 and read_rig(tmp_path / "rig.toml")
    assert [dropped["name"] for dropped in report["dropped"]] == ["left00"]
    assert "left00.png is not a picture or is damaged" in report["dropped"][0]["reason"]


@pytest.mark.slow
def test_a_blurred_view_is_left_out_and_said(views: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in views.iterdir():
        picture = cv2.imread(str(path))
        blurred = cv2.GaussianBlur(picture, (0, 0), 4.0) if path.name == "right05.png" else picture
        cv2.imwrite(str(tmp_path / path.name), blurred)
    report = json.loads(run(capsys, "solve", tmp_path, *FLAGS, "--json")[1])
    assert report["views_used"] == 7
    ((dropped),) = report["dropped"]
    assert dropped["name"] == "left05" and ("blurred" in dropped["reason"] or "no chessboard" in dropped["reason"])


def test_check_measures_and_draws(views: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    write_rig(good, RIG)
    tilted = cv2.Rodrigues(np.radians((0.5, 0, 0)))[0]
    write_rig(bad, RigCalibration((320, 240), CAMERA, CAMERA, as_rotation(tilted), (-0.06, 0.0, 0.0)))
    picture = tmp_path / "check.png"
    code, out, _ = run(capsys, "check", good, "--source", views, *FLAGS, "-o", picture, "--json")
    report = json.loads(out)
    assert code == 0 and report["good"] and report["vertical_px"] < 0.2 and report["matches"] == 8 * 35
    assert read_picture(picture).shape == (480, 640, 3)
    code, out, _ = run(capsys, "check", bad, "--source", views, *FLAGS, "--json")
    report = json.loads(out)
    assert code == 1 and report["vertical_px"] == pytest.approx(400 * np.radians(0.5), rel=0.1)
    code, out, _ = run(capsys, "check", good, "--source", f"{views}/right00.png,{views}/left00.png", *FLAGS)
    assert code == 1 and "left and right are swapped" in out


def test_check_refuses_what_does_not_go_together(
    views: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rig(tmp_path / "rig.toml", RigCalibration((640, 480), CAMERA, CAMERA, STRAIGHT, (-0.06, 0.0, 0.0)))
    error, _ = refused(capsys, "check", tmp_path / "rig.toml", "--source", views)
    assert "calibrated on pictures of 640x480" in error
    (tmp_path / "bad.toml").write_text('version = 1\nsize = [640, "x"]\n', encoding="utf-8")
    assert "size is not 2 numbers" in refused(capsys, "check", tmp_path / "bad.toml", "--source", views)[0]
    assert "none.toml: cannot be read" in refused(capsys, "check", tmp_path / "none.toml", "--source", views)[0]


def test_capture_takes_each_view_once_and_goes_on_where_it_was(
    views: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording, taken = tmp_path / "rec", tmp_path / "taken"
    for eye in ("left", "right"):
        (recording / eye).mkdir(parents=True)
        for n in range(9):  # three views, each held for three pairs
            data = (views / f"{eye}{n // 3 * 2:02}.png").read_bytes()
            (recording / eye / f"{n:03}.png").write_bytes(data)
    code, out, err = run(capsys, "capture", taken, "--source", recording, *FLAGS, "--no-window", "--json")
    report = json.loads(out)
    assert (code, report.get("views"), report.get("pairs")) == (0, 3, 9), report
    assert [line.split(",")[0] for line in err.splitlines()] == [f"allaprima: {n} of 20 views" for n in (1, 2, 3)]
    names = sorted(p.name for p in taken.iterdir())
    assert names == [
        "left001.png",
        "left002.png",
        "left003.png",
        "preview.jpg",
        *(f"right00{n}.png" for n in (1, 2, 3)),
    ]
    assert np.array_equal(read_picture(taken / "left002.png"), read_picture(views / "left02.png"))
    run(capsys, "capture", taken, "--source", recording, *FLAGS, "--no-window", "--views", 1)
    assert (taken / "left004.png").is_file() and not (taken / "left005.png").exists()


def test_capture_says_why_nothing_was_taken(views: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error, hint = refused(capsys, "capture", tmp_path, "--source", views, "--board", "11x8", "--no-window")
    assert "most often: no board in both pictures" in error and "--board" in hint
    flags: tuple[object, ...] = ("--source", views, "--swap-eyes", "--no-window")
    assert "--swap-eyes is for cameras" in refused(capsys, "capture", tmp_path, *flags)[0]
    flags = ("--source", "cameras:simulated,simulated", "--hold", 1)
    assert "there is no option '--hold'" in refused(capsys, "capture", tmp_path, *flags)[0]


def test_boards_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "board", "-o", tmp_path / "board.pdf")[0] == 0
    assert (tmp_path / "board.pdf").read_bytes().startswith(b"%PDF")
    assert "does not fit" in refused(capsys, "board", "--square", "4cm", "-o", tmp_path / "b.pdf")[0]
    assert "not a length" in refused(capsys, "board", "--square", "4ft")[0]


def test_import_writes_a_rig_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calib = tmp_path / "calib.txt"
    calib.write_text("700 0 300 0 0 700 200 0 0 0 1 0\n700 0 300 -70 0 700 200 0 0 0 1 0\n")
    code, out, _ = run(capsys, "import", calib, "--size", "600x400", "-o", tmp_path / "rig.toml", "--json")
    assert code == 0 and json.loads(out)["baseline"] == pytest.approx(0.1)
    assert read_rig(tmp_path / "rig.toml").size == (600, 400)


@pytest.mark.parametrize(("offset", "flag"), [(70, "--swap-eyes"), (-70_000, "--unit 1mm")])
def test_the_hints_of_an_import_name_its_flags(
    offset: int, flag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calib = tmp_path / "calib.txt"
    calib.write_text(f"700 0 300 0 0 700 200 0 0 0 1 0\n700 0 300 {offset} 0 700 200 0 0 0 1 0\n")
    command = ("import", calib, "--size", "600x400", "-o", tmp_path / "rig.toml")
    assert flag in refused(capsys, *command)[1]
    assert run(capsys, *command, *flag.split())[0] == 0


def test_lengths_are_read_in_their_unit() -> None:
    assert [metres(text) for text in ("25mm", "2.5cm", "0.025 m", "25")] == pytest.approx([0.025] * 4)
