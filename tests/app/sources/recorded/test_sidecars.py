"""What lies beside the pictures is used: times, calibration, poses; and the layout is found out."""

from __future__ import annotations

import math
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.core.errors import SourceEnded
from allaprima.app.core.pose import Pose
from allaprima.app.sources.layout import Layout, detect_layout
from allaprima.app.sources.opening import open_source
from allaprima.app.sources.recorded.opening import open_recording
from allaprima.app.sources.recorded.pairs import side_and_key
from allaprima.app.sources.recorded.pictures import read_picture
from allaprima.app.sources.recorded.sidecar import read_calibration, read_poses, read_times
from allaprima.app.sources.reel import Pace

KITTI = (
    Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).resolve().parents[5] / "shared" / "data"))
    / "stereo/kitti_street"
)
CALIBRATION = "500 0 320 0 0 500 240 0 0 0 1 0\n500 0 320 -60 0 500 240 0 0 0 1 0\n"


def folder_of(at: Path, count: int, size: tuple[int, int] = (32, 24)) -> Path:
    for eye in ("image_2", "image_3"):
        (at / eye).mkdir(parents=True)
        for n in range(count):
            assert cv2.imwrite(str(at / eye / f"{n}.png"), np.full((size[1], size[0]), n * 9 + 1, np.uint8))
    return at


def due_times(folder: Path, pace: Pace = "recorded", rate_hz: float | None = None, loop: bool = False) -> list[int]:
    with open_recording(folder, pace=pace, rate_hz=rate_hz, loop=loop, clock=FakeClock()) as source:
        times: list[int] = []
        try:
            while len(times) < 7:
                times.append(source.read(10).t_ns)
        except SourceEnded:
            pass
        return times


def test_pairs_come_at_the_pace_they_were_recorded(tmp_path: Path) -> None:
    (folder_of(tmp_path, 4) / "times.txt").write_text("100.0\n100.1\n100.4\n100.5\n")
    assert due_times(tmp_path) == [0, NS // 10, 4 * NS // 10, 5 * NS // 10]


def test_a_looped_recording_goes_round_without_a_jump(tmp_path: Path) -> None:
    (folder_of(tmp_path, 3) / "timestamps.txt").write_text("0.0\n0.1\n0.2\n")
    assert due_times(tmp_path, loop=True) == [n * NS // 10 for n in range(7)]


def test_a_given_rate_overrules_the_recorded_times(tmp_path: Path) -> None:
    (folder_of(tmp_path, 3) / "times.txt").write_text("0\n5\n9\n")
    assert due_times(tmp_path, rate_hz=100) == [0, NS // 100, 2 * NS // 100]


def test_as_fast_as_possible_waits_for_nothing(tmp_path: Path) -> None:
    (folder_of(tmp_path, 3) / "times.txt").write_text("0\n5\n9\n")
    assert due_times(tmp_path, pace="fast") == [0, 0, 0]


@pytest.mark.parametrize(
    "lines",
    [
        "0.0 0.05 0.1",
        "1700000000.0 1700000000.05 1700000000.1",
        "1000 1050 1100",
        "1700000000000000 1700000000050000 1700000000100000",
        "1700000000000000000 1700000000050000000 1700000000100000000",
    ],
)
def test_times_are_understood_in_seconds_milli_micro_and_nanoseconds(tmp_path: Path, lines: str) -> None:
    path = tmp_path / "times.txt"
    path.write_text("# stamp\n" + lines.replace(" ", "\n"))
    assert read_times(path, 3) == pytest.approx([0, NS // 20, NS // 10], abs=1000)


def test_nanoseconds_are_kept_exactly(tmp_path: Path) -> None:
    path = tmp_path / "times.txt"
    path.write_text("1700000000000000001\n1700000000033333334\n")
    assert read_times(path, 2) == [0, 33333333]


def test_grey_pictures_become_three_equal_channels(tmp_path: Path) -> None:
    with open_recording(folder_of(tmp_path, 2), pace="fast", clock=FakeClock()) as source:
        source.read(0)
        frame = source.read(0)
    assert frame.left.shape == (24, 32, 3) and (frame.left == 10).all()


def test_sixteen_bits_become_eight_and_alpha_goes(tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "deep.png"), np.full((4, 4, 3), 0x8040, np.uint16))
    assert cv2.imwrite(str(tmp_path / "clear.png"), np.full((4, 4, 4), (10, 20, 30, 0), np.uint8))
    assert (read_picture(tmp_path / "deep.png") == 0x80).all()
    assert (read_picture(tmp_path / "clear.png") == (30, 20, 10)).all()


def test_calibration_gives_field_of_view_and_baseline(tmp_path: Path) -> None:
    (tmp_path / "calib.txt").write_text(CALIBRATION)
    rig = read_calibration(tmp_path / "calib.txt", (640, 480))
    assert rig.baseline_m == pytest.approx(0.12)
    assert rig.left.camera_to_head.position[0] == pytest.approx(-0.06)
    fov = rig.right.fov
    assert (fov.left, fov.right, fov.up, fov.down) == pytest.approx((0.64, 0.64, 0.48, 0.48))


def test_labelled_calibration_uses_the_colour_cameras(tmp_path: Path) -> None:
    lines = CALIBRATION.splitlines()
    rest = f"P0: {lines[0]}\nP1: {lines[0]}\nP2: {lines[0]}\nP3: {lines[1]}\nTr: {lines[0]}\n"
    (tmp_path / "calib.txt").write_text(rest)
    assert read_calibration(tmp_path / "calib.txt", (640, 480)).baseline_m == pytest.approx(0.12)


def test_poses_are_turned_into_our_axes(tmp_path: Path) -> None:
    """OpenCV: 2 m forward is +z, 1 m down is +y, and turning to the right is about +y."""
    (tmp_path / "calib.txt").write_text(CALIBRATION)
    rig = read_calibration(tmp_path / "calib.txt", (640, 480))
    c, s = math.cos(0.3), math.sin(0.3)
    (tmp_path / "poses.txt").write_text(f"1 0 0 0 0 1 0 1 0 0 1 2\n{c} 0 {s} 0 0 1 0 0 {-s} 0 {c} 0\n")
    still, turned = (pose @ rig.left.camera_to_head for pose in read_poses(tmp_path / "poses.txt", 2, rig))
    assert still.position == pytest.approx((0, -1, -2))
    assert turned.angle_to(Pose.from_euler(yaw=-0.3)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "size", "tag", "layout"),
    [
        ("walk_sbs.mp4", (640, 480), "", "sbs"),
        ("walk-LR.mp4", (640, 480), "", "sbs"),
        ("walk_tb.mp4", (640, 480), "", "tb"),
        ("walk_OU.mkv", (1920, 1080), "", "tb"),
        ("walk.mp4", (2560, 720), "", "sbs"),
        ("walk.mp4", (1280, 480), "", "sbs"),
        ("walk.mp4", (1280, 1440), "", "tb"),
        ("walk.mp4", (640, 960), "", "tb"),
        ("walk.mp4", (1920, 1080), "", "mono"),
        ("portrait.mp4", (1080, 1920), "", "mono"),
        ("walk.mkv", (1920, 1080), "left_right", "sbs"),
        ("walk_tb.mkv", (1920, 1080), "right_left", "sbs-swapped"),
        ("walk.mkv", (1920, 1080), "bottom_top", "tb-swapped"),
        ("table.mp4", (1920, 1080), "", "mono"),
        ("soup.mp4", (1920, 1080), "", "mono"),
    ],
)
def test_layout_is_found_in_tag_name_or_shape(name: str, size: tuple[int, int], tag: str, layout: Layout) -> None:
    assert detect_layout(size, Path(name), tag) == layout


@pytest.mark.parametrize(
    ("stem", "side", "key"),
    [
        ("frame12_left", "left", "frame12"),
        ("frame12-R", "right", "frame12"),
        ("aloeL", "left", "aloe"),
        ("right07", "right", "07"),
        ("left_000", "left", "000"),
        ("Left", "left", ""),
    ],
)
def test_names_tell_the_side(stem: str, side: str, key: str) -> None:
    assert side_and_key(stem) == (side, key)


@pytest.mark.parametrize("stem", ["barrel", "colour", "000012", "window", "leftovers", "rightful"])
def test_names_that_tell_no_side(stem: str) -> None:
    assert side_and_key(stem) is None


def test_mono_shows_both_eyes_the_same(tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "photo.png"), np.full((24, 32, 3), 7, np.uint8))
    with open_recording(tmp_path / "photo.png", clock=FakeClock()) as source:
        frame = source.read(0)
    assert source.size == (32, 24) and np.array_equal(frame.left, frame.right)


def test_two_paths_with_a_comma_are_a_pair(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        assert cv2.imwrite(str(tmp_path / name), np.full((24, 32, 3), 50 if name == "a.png" else 70, np.uint8))
    with open_source(f"{tmp_path / 'a.png'},{tmp_path / 'b.png'}", clock=FakeClock()) as source:
        frame = source.read(0)
    assert (frame.left == 50).all() and (frame.right == 70).all()


@pytest.mark.skipif(not KITTI.is_dir(), reason=f"NO REAL RECORDING AT {KITTI}: set ALLAPRIMA_DATA to test with KITTI")
def test_the_kitti_street_plays_with_its_cameras_and_poses() -> None:
    with open_recording(KITTI, pace="fast", clock=FakeClock()) as source:
        assert (source.length, source.size) == (51, (1226, 370))
        assert source.rig.baseline_m == pytest.approx(0.537, abs=1e-3)
        poses = []
        for seq in range(51):
            frame = source.read(0)
            assert frame.seq == seq and frame.head_pose is not None
            poses.append(frame.head_pose.position)
    assert poses[-1][2] < -50 and abs(poses[-1][0]) < 5  # the car drove ahead, which is -z
