"""Calibration against the truth: rendered boards, real pictures, and views that must not count."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
from rendered import Studio, known_rig, poses, sighted, turn

from allaprima.app.core.errors import CalibrationError
from allaprima.app.sources.recorded.pictures import read_picture
from allaprima.calibration.board import Board, Sighting
from allaprima.calibration.camera import Lens
from allaprima.calibration.rectify import rectification
from allaprima.calibration.rig import RigCalibration
from allaprima.calibration.solve import Solution, View, solve

DATA = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).parents[2] / "../shared/data")) / "stereo/chessboards"
BOARD = Board(9, 6)
SIZE = (640, 480)


def true_vertical_px(found: RigCalibration, true: RigCalibration) -> float:
    """Mean rows between left and right, rectified as `found` says, of points that the true cameras see exactly."""
    x, y = np.meshgrid(np.linspace(-0.4, 0.4, 9), np.linspace(-0.35, 0.35, 9))
    points = np.c_[x.ravel(), y.ravel(), np.ones(x.size)] * np.repeat((0.5, 2.0, 9.0), 27)[:, None]
    other = points @ np.array(true.rotation).T + true.translation
    ways = rectification(found)
    left, right = ways.left.rectified(true.left.project(points)), ways.right.rectified(true.right.project(other))
    return float(np.abs(left[:, 1] - right[:, 1]).mean())


def assert_close(solution: Solution, true: RigCalibration, focal: float = 0.003) -> None:
    for found, camera in ((solution.rig.left, true.left), (solution.rig.right, true.right)):
        assert found.focal == pytest.approx(camera.focal, rel=focal)
    assert solution.rig.baseline_m == pytest.approx(true.baseline_m, rel=0.005)
    assert solution.vertical_px <= 0.2
    assert true_vertical_px(solution.rig, true) <= 0.2


@pytest.mark.parametrize(
    ("board", "count"), [(BOARD, 14), (Board(11, 8, 0.02, "charuco"), 12)], ids=["chessboard", "charuco"]
)
def test_cameras_are_found_from_rendered_boards(board: Board, count: int) -> None:
    true = known_rig()
    studio = Studio(true)
    views = []
    for number, (turned, place) in enumerate(poses(count, reach=0.4)):
        left, right = (board.find(picture) for picture in studio.pair(board, turned, place))
        if left and right:
            views.append(View(str(number), left, right))
    assert len(views) >= count - 2
    assert_close(solve(views, board, SIZE), true)


@pytest.mark.parametrize("lens", ["pinhole", "fisheye"])
def test_cameras_are_found_from_noisy_corners(lens: Lens) -> None:
    true = known_rig(lens)
    views = sighted(true, BOARD, poses(20, reach=0.35 if lens == "pinhole" else 0.8), noise_px=0.05)
    solution = solve(views, BOARD, SIZE, lens)
    assert_close(solution, true)
    assert solution.rig.left.lens == lens and len(solution.used) == 20 and solution.dropped == ()


def test_real_chessboards_meet_their_goal() -> None:
    if not DATA.is_dir():
        pytest.skip(f"NO DATA SET AT {DATA}: calibration was not tested on real pictures")
    views = []
    for path in sorted(DATA.glob("left*.jpg")):
        mate = path.with_name(path.name.replace("left", "right"))
        left, right = (BOARD.find(read_picture(p)) for p in (path, mate))
        assert left and right, path
        views.append(View(path.stem, left, right))
    solution = solve(views, BOARD, SIZE)
    assert len(solution.used) == 13
    assert solution.rms_px <= 0.5 and solution.vertical_px <= 0.3
    for focal in (*solution.rig.left.focal, *solution.rig.right.focal):
        assert 531 * 0.99 <= focal <= 536 * 1.01


@pytest.fixture(scope="module")
def good() -> list[View]:
    return sighted(known_rig(), BOARD, poses(12, reach=0.35))


def test_a_view_that_does_not_fit_is_left_out_with_the_reason(good: list[View]) -> None:
    bent = good[4]
    pixels = bent.right.pixels + np.linspace(0, 12, len(bent.right.pixels))[:, None]
    views = [*good[:4], View("bent", bent.left, dataclasses.replace(bent.right, pixels=pixels)), *good[5:]]
    solution = solve(views, BOARD, SIZE)
    ((name, reason),) = solution.dropped
    assert name == "bent" and "does not fit the others" in reason
    assert solution.rig.baseline_m == pytest.approx(0.0645, rel=0.01)


def test_a_blurred_view_is_left_out_with_the_reason(good: list[View]) -> None:
    views = [View("smear", dataclasses.replace(good[0].left, edge_px=11.0), good[0].right), *good[1:]]
    assert solve(views, BOARD, SIZE).dropped == (("smear", "left blurred: edges are 11 pixels wide"),)


def test_a_board_counted_from_its_other_end_in_one_eye_is_turned(good: list[View]) -> None:
    views = [View(v.name, v.left, dataclasses.replace(v.right, pixels=v.right.pixels[::-1])) for v in good]
    assert solve(views, BOARD, SIZE).rig.baseline_m == pytest.approx(0.0645, rel=0.01)


@pytest.mark.parametrize("lens", ["pinhole", "fisheye"])
def test_parts_of_a_charuco_board_are_matched_by_number(lens: Lens) -> None:
    board = Board(11, 8, 0.02, "charuco")
    views = []
    for n, v in enumerate(sighted(known_rig(lens), board, poses(12, reach=0.3))):
        first, second = (slice(0, 50 + n), slice(20, 70)) if n % 2 else (slice(25, 70), slice(0, 45))
        views.append(
            View(v.name, *(Sighting(s.ids[p], s.pixels[p], 2.0) for s, p in ((v.left, first), (v.right, second))))
        )
    solution = solve(views, board, SIZE, lens)
    assert len(solution.used) == 12 and solution.rig.baseline_m == pytest.approx(0.0645, rel=0.02)


def test_too_few_views_say_how_many_are_needed(good: list[View]) -> None:
    with pytest.raises(CalibrationError, match="only 3 good views of the board, at least 5") as caught:
        solve(good[:3], BOARD, SIZE)
    assert "tilted" in caught.value.hint


def test_swapped_eyes_are_said(good: list[View]) -> None:
    with pytest.raises(CalibrationError, match=r"left and right are swapped: .* 6[45] mm to the left") as caught:
        solve([View(v.name, v.right, v.left) for v in good], BOARD, SIZE)
    assert "--swap-eyes" in caught.value.hint


def test_boards_held_alike_bring_advice() -> None:
    flat = [(turn(n * 0.5), np.array((0.02 + 0.001 * n, 0.0, 0.5 + 0.02 * n))) for n in range(8)]
    advice = " ".join(solve(sighted(known_rig(), BOARD, flat, 0.02), BOARD, SIZE).advice)
    assert "8 views are few" in advice and "corners" in advice and "tilt" in advice


def flipped(views: list[View], eye: str, axes: tuple[int, ...]) -> list[View]:
    """As a detector sees `eye` of `views` where its pictures are flipped: rows of a board run to the right."""
    found = []
    for view in views:
        sighting = getattr(view, eye)
        pixels = sighting.pixels.copy()
        for axis in axes:
            pixels[:, axis] = SIZE[axis] - 1 - pixels[:, axis]
        if len(axes) == 1:
            pixels = pixels.reshape(6, 9, 2)[:, ::-1].reshape(-1, 2)
        found.append(dataclasses.replace(view, **{eye: dataclasses.replace(sighting, pixels=pixels)}))
    return found


@pytest.mark.parametrize("eye", ["left", "right"])
@pytest.mark.parametrize(
    ("axes", "how"), [((0, 1), "upside down"), ((0,), "mirrored left to right"), ((1,), "mirrored top to bottom")]
)
def test_a_camera_mounted_or_set_the_other_way_is_told_as_that(
    good: list[View], eye: str, axes: tuple[int, ...], how: str
) -> None:
    with pytest.raises(CalibrationError, match="pictures are") as caught:
        solve(flipped(good, eye, axes), BOARD, SIZE)
    told = caught.value.message
    assert how in told or (len(axes) == 1 and "mirrored" in told)  # turned by 180 degrees, one mirror is the other
    assert "--swap" not in caught.value.hint


def test_a_charuco_camera_upside_down_is_told_as_that() -> None:
    board = Board(11, 8, 0.02, "charuco")
    views = flipped(sighted(known_rig(), board, poses(12, reach=0.3)), "right", (0, 1))
    with pytest.raises(CalibrationError, match="upside down"):
        solve(views, board, SIZE)


def test_nothing_is_concluded_from_views_that_do_not_belong_together(good: list[View]) -> None:
    shuffled = [dataclasses.replace(view, right=good[(n + 5) % len(good)].right) for n, view in enumerate(good)]
    with pytest.raises(CalibrationError, match="no pair of cameras fits"):
        solve(shuffled, BOARD, SIZE)
