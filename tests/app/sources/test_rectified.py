"""A source behind a calibrated rig: what becomes of its pictures, and of what is known of its cameras."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import CalibrationError
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView
from allaprima.app.headset.motion import Still
from allaprima.app.headset.simulated import SimulatedHeadset, default_views
from allaprima.app.sources.recorded.opening import open_recording
from allaprima.app.sources.rectified import Rectified, rectification_of
from allaprima.app.sources.rig import load_rig, stereo_rig
from allaprima.app.stylize.prepare import PairBuffer
from allaprima.calibration.camera import CameraModel
from allaprima.calibration.rectify import rectification
from allaprima.calibration.rig import CameraToHead, RigCalibration, as_rotation
from allaprima.calibration.rig_file import write_rig

SIZE = (640, 480)
TURN = as_rotation(cv2.Rodrigues(np.radians((0.8, -1.5, 0.6)))[0])
RIG = RigCalibration(
    SIZE,
    CameraModel((330.0, 331.0), (310.0, 247.0), (-0.22, 0.04, 0.001, -0.0005)),
    CameraModel((335.0, 334.0), (329.0, 233.0), (-0.21, 0.035, 0.0, 0.001)),
    TURN,
    (-0.066, 0.001, 0.002),
)
METRE_AT_M = 2.0


def recording_of_a_metre(folder: Path, rig: RigCalibration) -> Path:
    """Two discs one metre apart, 2 m in front of the rig's middle, as its distorted cameras see them."""
    ways = rectification(rig)
    for name, eye, side in (("left", ways.left, 1), ("right", ways.right, -1)):
        picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        for x in (-0.5, 0.5):
            point = np.array((x + side * ways.baseline_m / 2, 0.0, METRE_AT_M))  # in the rectified camera's axes
            at = eye.camera.project((point @ eye.rotation)[None])[0]
            cv2.circle(picture, (round(at[0] * 256), round(at[1] * 256)), 5 * 256, (255, 255, 255), -1, cv2.LINE_AA, 8)
        (folder / name).mkdir(parents=True)
        assert cv2.imwrite(str(folder / name / "0.png"), picture)
    return folder


def tangents_of_discs(picture: np.ndarray, fov: FieldOfView) -> list[float]:
    """Horizontal tangents of the middles of the left and the right disc in what an eye sees."""
    bright = np.where(picture.min(axis=-1) > 80, picture.mean(axis=-1), 0.0)
    found = []
    count, labels = cv2.connectedComponents((bright > 0).astype(np.uint8))
    assert count == 3, "two discs are not in sight"
    for label in (1, 2):
        weight = np.where(labels == label, bright, 0).sum(axis=0)
        column = weight @ (np.arange(len(weight)) + 0.5) / weight.sum()
        found.append(column / len(weight) * (fov.left + fov.right) - fov.left)
    return sorted(found)


def assert_a_metre_is_a_metre(compositor: Compositor, plain: bool) -> None:
    """In both eyes of a simulated headset whose eyes are where the cameras are."""
    headset = SimulatedHeadset(FakeClock(), (960, 1080), motion=Still(), views=default_views(RIG.baseline_m))
    shown = headset.wait_frame()
    for eye in (0, 1):
        view = headset.views[eye]
        compositor.draw_eye(eye, headset.eye_framebuffer(eye), headset.eye_size, view, shown.head, None, plain)
        left, right = tangents_of_discs(headset.read_eye(eye), view.fov)
        centre = (-1, 1)[eye] * RIG.baseline_m / 2
        true = math.atan((0.5 - centre) / METRE_AT_M) - math.atan((-0.5 - centre) / METRE_AT_M)
        assert math.atan(right) - math.atan(left) == pytest.approx(true, rel=0.01)
        assert right == pytest.approx((0.5 - centre) / METRE_AT_M, abs=0.005)
    headset.close()
    compositor.close()


@pytest.mark.parametrize("size", [None, (512, 384), (480, 480)])
def test_a_metre_subtends_its_true_angle_in_the_eye(graphics, tmp_path: Path, size: tuple[int, int] | None) -> None:
    folder = recording_of_a_metre(tmp_path / "metre", RIG)
    with Rectified(open_recording(folder, pace="fast"), RIG, size) as source:
        frame = source.read(0)
        assert source.size == frame.size == (size or SIZE)
        compositor = Compositor(source.rig, METRE_AT_M)
    compositor.upload(None, frame)
    assert_a_metre_is_a_metre(compositor, plain=True)


@pytest.mark.parametrize("painted", [None, SIZE, (480, 480), (320, 240), (208, 160)])
def test_a_metre_subtends_its_true_angle_where_the_shader_rectifies(
    graphics, tmp_path: Path, painted: tuple[int, int] | None
) -> None:
    with open_recording(recording_of_a_metre(tmp_path / "metre", RIG), pace="fast") as source:
        ways = rectification_of(source, RIG)
        frame = source.read(0)
    compositor = Compositor(stereo_rig(ways, RIG.head), METRE_AT_M, rectification=ways)
    compositor.upload(PairBuffer(painted, ways).fill(frame.left, frame.right) if painted else None, frame)
    assert_a_metre_is_a_metre(compositor, plain=painted is None)


def test_rows_of_left_and_right_agree(tmp_path: Path) -> None:
    folder = recording_of_a_metre(tmp_path / "metre", RIG)
    with Rectified(open_recording(folder, pace="fast"), RIG) as source:
        frame = source.read(0)
    rows = [(p[..., 0].sum(axis=1) @ np.arange(SIZE[1])) / p[..., 0].sum() for p in (frame.left, frame.right)]
    assert rows[0] == pytest.approx(rows[1], abs=0.1)
    assert not frame.left.flags.writeable and not frame.right.flags.writeable


def test_pictures_of_another_size_than_calibrated_are_refused(tmp_path: Path) -> None:
    folder = recording_of_a_metre(tmp_path / "metre", RIG)
    larger = dataclasses.replace(RIG, size=(1280, 960))
    with (
        open_recording(folder) as source,
        pytest.raises(CalibrationError, match=r"1280x960, but .* gives 640x480") as caught,
    ):
        Rectified(source, larger)
    assert "calibrate again" in caught.value.hint


def test_swapped_cameras_are_refused_when_they_are_used(tmp_path: Path) -> None:
    folder = recording_of_a_metre(tmp_path / "metre", RIG)
    swapped = dataclasses.replace(RIG, translation=(0.066, 0.0, 0.0))
    with open_recording(folder) as source, pytest.raises(CalibrationError, match="swapped"):
        Rectified(source, swapped)


def test_the_rig_sits_on_the_head_where_the_file_says() -> None:
    turned = as_rotation(Pose.from_euler(pitch=math.radians(-10)).matrix()[:3, :3])
    rig = stereo_rig(rectification(RIG), CameraToHead((0.0, 0.03, -0.09), turned))
    assert rig.baseline_m == pytest.approx(RIG.baseline_m)
    middle = (np.array(rig.left.camera_to_head.position) + rig.right.camera_to_head.position) / 2
    assert middle == pytest.approx((0.0, 0.03, -0.09))
    down = rig.left.camera_to_head.matrix()[:3, :3] @ (0, 0, -1)
    assert down[1] == pytest.approx(-math.sin(math.radians(10)))
    assert rig.left.camera_to_head.position[0] < rig.right.camera_to_head.position[0]


def test_a_bad_rig_file_is_an_error_with_a_hint(tmp_path: Path) -> None:
    write_rig(tmp_path / "rig.toml", RIG)
    assert load_rig(tmp_path / "rig.toml") == RIG
    text = (tmp_path / "rig.toml").read_text()
    (tmp_path / "rig.toml").write_text(text.replace("[stereo]", "[sterio]"))
    with pytest.raises(CalibrationError, match=r"rig\.toml: there is no key 'sterio'") as caught:
        load_rig(tmp_path / "rig.toml")
    assert caught.value.hint == "did you mean 'stereo'?"
