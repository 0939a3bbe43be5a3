"""What the OpenVR runtime is handed for every frame, as it saw it itself."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView, StereoRig

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 40), (30, 40, 220), (230, 220, 20)
CYAN, PINK, WHITE, BROWN = (20, 200, 210), (240, 130, 180), (240, 240, 240), (120, 70, 30)
LEFT, RIGHT = ((RED, GREEN), (BLUE, YELLOW)), ((CYAN, PINK), (WHITE, BROWN))
RGBA_BY_GL, GAMMA, WITH_POSE = 1, 1, 8


def quadrants(colours: Any) -> Pixels:
    pixels = np.zeros((96, 128, 3), np.uint8)
    for row in range(2):
        for column in range(2):
            pixels[48 * row : 48 * row + 48, 64 * column : 64 * column + 64] = colours[row][column]
    return pixels


def shown(prefix: Path) -> list[Pixels]:
    """The two pictures that the runtime read from the textures it was given, row 0 at the top."""
    files = [f"{prefix}-{eye}.ppm" for eye in ("left", "right")]
    return [cv2.cvtColor(cv2.imread(file), cv2.COLOR_BGR2RGB) for file in files]


def test_calls_of_a_frame_come_in_the_order_that_steamvr_wants(headset, steamvr):
    for _ in range(2):
        headset.submit(headset.wait_frame())
    names = ("waitGetPoses", "submit", "postPresentHandoff")
    calls = [(call["call"], call["frame"], call.get("eye")) for call in steamvr.calls(*names)]
    assert calls == [
        entry
        for frame in (1, 2)
        for entry in (
            ("waitGetPoses", frame, None),
            ("submit", frame, 0),
            ("submit", frame, 1),
            ("postPresentHandoff", frame, None),
        )
    ]


def test_action_manifest_is_named_before_anything_is_asked_for(headset, steamvr):
    headset.wait_frame()
    calls = [call["call"] for call in steamvr.calls()]
    assert calls[:3] == ["init", "setActionManifestPath", "setTrackingSpace"]
    assert steamvr.calls("init")[0]["type"] == 1  # a scene application


def test_each_eye_is_submitted_as_its_own_whole_gamma_encoded_texture(headset, steamvr):
    headset.submit(headset.wait_frame())
    left, right = steamvr.calls("submit")
    assert (left["eye"], right["eye"]) == (0, 1)
    assert [left["texture"], right["texture"]] == [headset.eye_texture(0), headset.eye_texture(1)]
    for call in (left, right):
        assert (call["type"], call["colour"], call["flags"]) == (RGBA_BY_GL, GAMMA, WITH_POSE)
        assert call["bounds"] == [0, 0, 1, 1]


def test_frames_ask_for_the_runtimes_own_pose_at_its_own_display_time(headset, steamvr):
    headset.wait_frame()  # at (0, 1.6, 0), which is where we begin
    steamvr.do("head 20 40 5", "stand 0.1 1.7 -0.2")
    early_s = []  # by as much as passed between two calls
    for _ in range(50):
        frame = headset.wait_frame()
        call = steamvr.calls("waitGetPoses")[-1]
        expected = Pose.from_euler(math.radians(call["yaw"]), math.radians(5), 0.0, (0.1, 0.1, -0.2))
        assert frame.head.angle_to(expected) < 1e-3
        assert np.allclose(frame.head.position, expected.position, atol=1e-6)
        early_s.append(call["display"] - frame.t_display_ns / 1e9)
    assert min(early_s) > -1e-6 and min(early_s) < 0.01


def test_textures_come_with_the_pose_they_were_drawn_for_in_the_runtimes_space(headset, steamvr):
    steamvr.do("head 35 0 10", "stand 0.5 1.5 -1")
    frame = headset.wait_frame()
    headset.submit(frame)
    turned = Pose.from_euler(math.radians(35), math.radians(10), 0.0, (0.5, 1.5, -1.0))
    for call in steamvr.calls("submit"):
        assert np.allclose(np.reshape(call["head"], (3, 4)), turned.matrix()[:3], atol=1e-5)
    assert frame.head.angle_to(Pose.from_euler(pitch=math.radians(10))) < 1e-6


def test_a_frame_drawn_for_an_older_pose_is_submitted_with_that_pose(headset, steamvr):
    steamvr.do("head 0 30")
    first = headset.wait_frame()
    headset.submit(first)
    headset.wait_frame()
    headset.submit(first)
    calls = steamvr.calls("submit")
    assert calls[0]["head"] == calls[2]["head"]


def test_left_is_left_up_is_up_and_red_is_red_in_the_pictures_the_runtime_gets(headset, steamvr, tmp_path):
    """A four-colour pair, through the compositor and each eye's asymmetric view: the cross stands straight ahead."""
    from allaprima.app.compositor.compositor import Compositor

    steamvr.do("head 50 0", f"dump {tmp_path / 'seen'}")
    compositor = Compositor(StereoRig.parallel(FieldOfView(1, 1, 0.75, 0.75), 0.064))
    compositor.upload(None, StereoFrame(quadrants(LEFT), quadrants(RIGHT), 0, 0))
    frame = headset.wait_frame()
    for eye, view in enumerate(frame.views):
        framebuffer = headset.eye_framebuffer(eye)
        compositor.draw_eye(eye, framebuffer, headset.eye_size, view, frame.head, frame.head, plain=True)
    headset.submit(frame)
    compositor.close()
    width, height = headset.eye_size
    for picture, colours, view in zip(shown(tmp_path / "seen"), (LEFT, RIGHT), frame.views, strict=True):
        assert picture.shape == (height, width, 3)
        fov = view.fov
        ahead_x = width * fov.left / (fov.left + fov.right)
        ahead_y = height * fov.up / (fov.up + fov.down)
        for row in range(2):
            for column in range(2):
                y, x = int(ahead_y + (6 * row - 3)), int(ahead_x + (6 * column - 3))
                difference = np.abs(picture[y, x].astype(int) - colours[row][column])
                assert difference.max() <= 8, (row, column, picture[y, x], colours[row][column])


def test_frames_are_asked_for_at_the_runtimes_pace(headset, steamvr):
    steamvr.do("rate 200")
    for _ in range(5):
        headset.submit(headset.wait_frame())
    shown_at = [call["display"] for call in steamvr.calls("waitGetPoses")]
    periods = np.diff(shown_at) * 200
    assert np.allclose(periods, np.round(periods), atol=1e-3) and (periods > 0.5).all()


def test_frames_that_come_too_late_are_counted_by_the_runtime(headset, steamvr):
    steamvr.do("rate 200")
    headset.submit(headset.wait_frame())
    before = headset.timing().dropped
    time.sleep(0.05)
    headset.submit(headset.wait_frame())
    assert headset.timing().dropped - before >= 8


def test_asymmetric_fields_of_view_are_the_runtimes(headset):
    left, right = (view.fov for view in headset.wait_frame().views)
    assert np.allclose((left.left, left.right, left.up, left.down), (1.13, 0.95, 1.05, 1.21), atol=1e-5)
    assert np.allclose((right.left, right.right, right.up, right.down), (0.95, 1.13, 1.05, 1.21), atol=1e-5)


def test_hidden_area_of_each_eye_is_at_its_own_outer_edge(headset):
    left, right = headset.hidden_area(0), headset.hidden_area(1)
    assert left.shape == right.shape == (2, 3, 2) and left.dtype == np.float32
    assert left[..., 0].max() < 0.5 < right[..., 0].min()


def test_eye_size_and_refresh_rate_are_the_runtimes(open_headset, steamvr):
    steamvr.do("size 200 160", "rate 144")
    headset = open_headset()
    assert headset.eye_size == (200, 160)
    assert headset.refresh_hz == 144
    assert headset.name == "Test Visor on SteamVR"
