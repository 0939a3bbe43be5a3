"""Rectification: rows agree, straight is straight, angles are true, nothing black comes into the picture."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from rendered import Studio, known_rig, rays, turn

from allaprima.app.core.errors import CalibrationError
from allaprima.calibration.board import Board
from allaprima.calibration.camera import CameraModel, Lens
from allaprima.calibration.rectify import WIDEST, rectification
from allaprima.calibration.rig import STRAIGHT, RigCalibration, as_rotation

LENSES: list[Lens] = ["pinhole", "fisheye"]


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("size", [None, (320, 240), (512, 320)])
def test_a_thing_is_in_one_row_of_both_eyes_at_its_true_disparity(lens: Lens, size: tuple[int, int] | None) -> None:
    rig = known_rig(lens)
    ways = rectification(rig, size)
    points = (
        np.random.default_rng(2).uniform((-0.3, -0.25, 1), (0.3, 0.25, 1), (50, 3)) * np.linspace(0.4, 5, 50)[:, None]
    )
    left = ways.left.rectified(rig.left.project(points))
    right = ways.right.rectified(rig.right.project(points @ np.array(rig.rotation).T + rig.translation))
    assert np.abs(left[:, 1] - right[:, 1]).max() < 1e-3
    deep = (points @ ways.left.rotation.T)[:, 2]
    focal = ways.size[0] / ways.tangents.width
    assert left[:, 0] - right[:, 0] == pytest.approx(focal * rig.baseline_m / deep, abs=1e-3)
    assert ways.left.raw(left) == pytest.approx(rig.left.project(points), abs=1e-3)


@pytest.mark.parametrize("lens", LENSES)
def test_pixels_are_square_and_come_from_inside_the_raw_picture(lens: Lens) -> None:
    ways = rectification(known_rig(lens), (400, 300))
    assert ways.tangents.width / ways.tangents.height == pytest.approx(4 / 3)
    assert max(dataclasses.astuple(ways.tangents)) <= WIDEST
    edge = np.array([(x, y) for x in np.linspace(-0.5, 399.5, 40) for y in (-0.5, 299.5)])
    edge = np.concatenate([edge, np.array([(x, y) for y in np.linspace(-0.5, 299.5, 40) for x in (-0.5, 399.5)])])
    for eye in (ways.left, ways.right):
        raw = eye.raw(edge)
        assert (raw > -0.6).all() and (raw < (639.6, 479.6)).all()


def test_most_of_what_the_cameras_see_is_kept() -> None:
    rig = known_rig()
    ways = rectification(rig)
    assert ways.tangents.width > 0.95 * 640 / rig.right.focal[0]


@pytest.mark.parametrize("lens", LENSES)
def test_camera_rays_and_pixels_are_each_others_inverse(lens: Lens) -> None:
    camera = known_rig(lens).left
    pixels = np.random.default_rng(4).uniform((20, 20), (620, 460), (100, 2))
    assert camera.rays(pixels) == pytest.approx(rays(camera, pixels)[:, :2], abs=1e-5)
    assert camera.project(np.c_[camera.rays(pixels), np.ones(100)]) == pytest.approx(pixels, abs=1e-3)


def test_a_remapped_board_is_where_the_points_say() -> None:
    rig, board = known_rig(), Board(9, 6)
    ways = rectification(rig, (600, 450))
    for eye, picture in zip(
        (ways.left, ways.right), Studio(rig).pair(board, turn(10, 15), np.array((0.03, 0, 0.4))), strict=True
    ):
        raw, flat = board.find(picture), board.find(eye.remap(picture))
        assert raw and flat
        assert flat.pixels == pytest.approx(eye.rectified(raw.pixels), abs=0.35)


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("size", [None, (320, 240)])
def test_the_float_map_is_the_one_that_pictures_are_remapped_by(lens: Lens, size: tuple[int, int] | None) -> None:
    ways = rectification(known_rig(lens), size)
    pixels = np.random.default_rng(5).integers((0, 0), ways.size, (200, 2))
    for eye in (ways.left, ways.right):
        exact = eye.float_map()
        assert exact.shape == (ways.size[1], ways.size[0], 2) and exact.dtype == np.float32
        assert exact[pixels[:, 1], pixels[:, 0]] == pytest.approx(eye.raw(pixels.astype(float)), abs=1e-3)
        whole, fraction = eye.maps
        fixed = whole + np.stack((fraction % 32, fraction // 32), axis=-1) / 32
        assert np.abs(fixed - exact).max() <= 1 / 64 + 1e-3


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("size", [(640, 480), (328, 240), (160, 120), (96, 96), (1000, 700)])
def test_at_another_size_the_field_of_view_is_the_same(lens: Lens, size: tuple[int, int]) -> None:
    full = rectification(known_rig(lens))
    ways = full.resized(size)
    assert ways.size == size and ways.tangents == full.tangents and ways.baseline_m == full.baseline_m
    part = np.random.default_rng(6).uniform(0, 1, (100, 2))
    ramps = (np.mgrid[0:480, 0:640] * 0.375).round().astype(np.uint8)[::-1].transpose(1, 2, 0)  # 0.375 a raw pixel
    inner = slice(size[1] // 8, -size[1] // 8), slice(size[0] // 8, -size[0] // 8)
    for whole, eye in ((full.left, ways.left), (full.right, ways.right)):
        assert eye.raw(part * size - 0.5) == pytest.approx(whole.raw(part * full.size - 0.5), abs=1e-6)
        off = (eye.remap(np.ascontiguousarray(ramps)) - eye.float_map() * 0.375)[inner]
        assert np.abs(off).max() < 1.1 and np.abs(off.mean(axis=(0, 1))).max() < 0.1  # a quarter of a raw pixel


def test_a_much_smaller_picture_is_averaged_and_not_picked_from() -> None:
    ways = rectification(known_rig())
    fine = np.random.default_rng(7).integers(0, 2, (480, 640, 3), np.uint8) * 255
    for width, height, most in ((320, 240, 90), (160, 120, 45), (80, 60, 25)):
        out = np.empty((height, width, 3), np.uint8)
        assert ways.left.resized((width, height)).remap(fine, out) is out
        assert out.std() < most and out.mean() == pytest.approx(127.5, abs=2)


def test_a_rectified_rig_is_left_as_it_is() -> None:
    camera = CameraModel((700.0, 700.0), (319.5, 239.5))
    ways = rectification(RigCalibration((640, 480), camera, camera, STRAIGHT, (-0.06, 0.0, 0.0)))
    picture = np.random.default_rng(0).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    assert np.array_equal(ways.left.remap(picture), picture)
    assert np.array_equal(ways.right.remap(picture), picture)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"translation": (0.06, 0.0, 0.0)}, "swapped: the right camera stands 60 mm to the left"),
        ({"translation": (0.0, -0.06, 0.0)}, "above one another"),
        ({"translation": (0.0, 0.0, 0.06)}, "behind one another"),
        ({"rotation": as_rotation(turn(100))}, "do not see the same|not side by side|behind"),
    ],
)
def test_cameras_that_are_no_pair_of_eyes_are_refused(change: dict, why: str) -> None:
    with pytest.raises(CalibrationError, match=why):
        rectification(dataclasses.replace(known_rig(), **change))
