"""A picture whose depth is known, seen by a head that has moved since."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.framebuffer import Framebuffer
from allaprima.app.core.clock import NS
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import CameraView, EyeView, FieldOfView, StereoRig
from allaprima.app.depth.depth import STALE_S, Depth
from allaprima.app.depth.matched import MatchedDepth

CAMERA = FieldOfView(1.3, 1.2, 1.0, 0.9)  # asymmetric, so that a swapped tangent shows
RIG = StereoRig.parallel(CAMERA, 0.07)
EYE = EyeView(FieldOfView.symmetric(80, 1.0), Pose())
SIZE = 800
FLAT_M = 2.0
ASIDE = Pose(position=(0.5 * 0.06, 0, 0))
"""A head that moved sideways at 0.5 m/s for 60 ms."""


@pytest.fixture
def compositor(graphics: object) -> Iterator[Compositor]:
    compositor = Compositor(RIG, FLAT_M, deep=True)
    yield compositor
    compositor.close()


@pytest.fixture
def target(graphics: object) -> Iterator[Framebuffer]:
    target = Framebuffer(SIZE, SIZE)
    yield target
    target.close()


def wall(distance_m: float) -> Depth:
    shape = 120, 160
    inverse, sure = np.full(shape, 1 / distance_m, np.float32), np.ones(shape, np.float32)
    return Depth(inverse, sure, 0, RIG.left.camera_to_head, CAMERA)


def matched_wall(distance_m: float) -> Depth:
    """The wall as the matcher sees it."""
    rng, disparity = np.random.default_rng(0), round(0.07 / distance_m / 2.5 * 640)
    texture = np.repeat(np.repeat(rng.integers(0, 256, (60, 100, 3), np.uint8), 8, 0), 8, 1)
    left, right = (np.ascontiguousarray(texture[:480, x : x + 640]) for x in (0, disparity))
    estimator = MatchedDepth(RIG, FLAT_M)
    for n in range(30):
        depth = estimator.depth(StereoFrame(left, right, n, n * NS // 30), Pose())
    return depth


def marked(distance_m: float, eye: int) -> np.ndarray:
    """A pair (2, H, W, 3) that shows a bright mark straight ahead of the head at that distance."""
    pair = np.zeros((2, 960, 1280, 3), np.uint8)
    x = (-1 if eye else 1) * 0.035 / distance_m
    column = round((CAMERA.left + x) / 2.5 * 1280 - 0.5)
    row = round(CAMERA.up / 1.9 * 960 - 0.5)
    pair[:, row - 3 : row + 4, column - 3 : column + 4] = 255
    return pair


def column(picture: np.ndarray) -> float:
    weight = np.where(picture.min(axis=-1) > 60, picture.mean(axis=-1), 0.0)
    assert weight.sum() > 0, "the mark is not in sight"
    return float(weight.sum(axis=0) @ (np.arange(SIZE) + 0.5) / weight.sum())


def error_px(
    compositor: Compositor, target: Framebuffer, distance_m: float, depth: Depth | None, eye: int = 0
) -> float:
    compositor.upload(marked(distance_m, eye), None)
    compositor.set_depth(depth, Pose(), depth.t_ns if depth else 0)
    view = EyeView(EYE.fov, (RIG.left, RIG.right)[eye].camera_to_head)  # the eye is where the camera is
    compositor.draw_eye(eye, target.handle, target.size, view, ASIDE, Pose())
    aside = (ASIDE @ view.eye_to_head).position[0]
    truth = (0.5 - aside / distance_m / (2 * EYE.fov.left)) * SIZE
    return abs(column(target.read_rgb()) - truth)


@pytest.mark.parametrize("eye", [0, 1])
@pytest.mark.parametrize("distance_m", [0.6, 3.0])
def test_a_head_that_moves_sideways_sees_near_and_far_where_they_are(
    compositor: Compositor, target: Framebuffer, distance_m: float, eye: int
) -> None:
    flat = error_px(compositor, target, distance_m, None, eye)
    assert error_px(compositor, target, distance_m, wall(distance_m), eye) < 0.75  # a mark's place is half a pixel off
    if distance_m == 0.6:
        assert flat > 15
        assert error_px(compositor, target, distance_m, matched_wall(distance_m), eye) < 0.25 * flat


def test_what_is_flat_at_the_projection_distance_is_drawn_as_the_flat_picture(
    compositor: Compositor, target: Framebuffer
) -> None:
    pair = np.random.default_rng(0).integers(0, 256, (2, 48, 64, 3), np.uint8)
    compositor.upload(pair, None)
    now = Pose.from_euler(0.1, 0.05, 0.02, (0.05, -0.02, 0.1))
    pictures = []
    for depth, t_ns in ((None, 0), (wall(FLAT_M), 0), (wall(0.5), round(STALE_S * NS))):
        compositor.set_depth(depth, Pose(), t_ns)
        compositor.draw_eye(0, target.handle, target.size, EYE, now, Pose())
        pictures.append(target.read_rgb().astype(int))
    assert np.abs(pictures[1] - pictures[0]).mean() < 0.5 and np.array_equal(pictures[2], pictures[0])


@pytest.mark.parametrize(("x", "y"), [(0.2, 0), (-0.2, 0), (0, 0.2), (0, -0.2)])
def test_what_is_near_hides_what_is_behind_it(compositor: Compositor, target: Framebuffer, x: float, y: float) -> None:
    """A white square half a metre away before a black wall, seen from the side: nothing black is drawn over it."""
    rows, columns = np.mgrid[:120, :160]
    near = (abs(columns / 160 * 2.5 - CAMERA.left) < 0.3) & (abs(CAMERA.up - rows / 120 * 1.9) < 0.3)
    depth = wall(3.0)
    depth.inverse[near] = 2.0
    pair = np.zeros((2, 120, 160, 3), np.uint8)
    pair[:, near] = 255
    compositor.upload(pair, None)
    here = Pose(position=(x - 0.035, y, 0))  # beside the left camera
    compositor.set_depth(depth, Pose(), 0)
    compositor.draw_eye(0, target.handle, target.size, EYE, here, Pose())
    seen = target.read_rgb()[..., 0]
    tangent = EYE.fov.left
    left, right = ((edge - 2 * x) / tangent for edge in (-0.22, 0.22))
    bottom, top = ((edge - 2 * y) / tangent for edge in (-0.22, 0.22))
    columns_in = slice(*(max(0, round((1 + edge) / 2 * SIZE)) for edge in (left, right)))
    rows_in = slice(*(max(0, round((1 - edge) / 2 * SIZE)) for edge in (top, bottom)))
    assert seen[rows_in, columns_in].size > 10_000 and (seen[rows_in, columns_in] > 200).mean() > 0.98


def test_a_picture_locked_to_the_head_is_flat(compositor: Compositor, target: Framebuffer) -> None:
    compositor.upload(marked(0.6, 0), None)
    compositor.set_depth(wall(0.6), Pose(), 0)
    compositor.draw_eye(0, target.handle, target.size, EYE, ASIDE, None)
    assert math.isfinite(column(target.read_rgb()))


def ball_seen(camera: Pose, fov: FieldOfView, size: tuple[int, int], centre: np.ndarray, radius: float) -> np.ndarray:
    """(H, W) depth along the axis of a ball before a wall 3 m from the head."""
    width, height = size
    x = (np.arange(width) + 0.5) / width * (fov.left + fov.right) - fov.left
    y = fov.up - (np.arange(height) + 0.5) / height * (fov.up + fov.down)
    rays = np.stack(np.broadcast_arrays(x[None], y[:, None], -1.0), -1)
    to = centre - np.array(camera.position)
    a, b, c = (rays**2).sum(-1), rays @ to, to @ to - radius**2
    inside = b * b - a * c
    near = (b - np.sqrt(np.maximum(inside, 0))) / a
    return np.where(inside > 0, near, 3.0 + camera.position[2])


def outline(camera_x: float, camera_z: float, eye_x: float) -> list[float]:
    """Where an eye sees the left and the right end of what a camera sees of the ball, as tangents: each sees a little
    further round its own side.
    """
    to = np.array((0.0 - camera_x, -0.6 - camera_z))
    distance = np.linalg.norm(to)
    along, aside = distance - 0.1**2 / distance, 0.1 * math.sqrt(1 - (0.1 / distance) ** 2)
    ends = (
        np.array((camera_x, camera_z)) + (along * to + s * aside * np.array((to[1], -to[0]))) / distance
        for s in (1, -1)
    )
    return [(x - eye_x) / -z for x, z in ends]


def test_a_ball_before_cameras_that_sit_ahead_of_the_eyes_and_wider_has_its_true_size_and_place(
    graphics: object, target: Framebuffer
) -> None:
    """Cameras 7 cm ahead of the eyes and 100 mm apart; a ball 20 cm wide, 0.6 m away."""
    fov = FieldOfView.symmetric(100, 4 / 3)
    rig = StereoRig(CameraView(fov, Pose((-0.05, 0, -0.07))), CameraView(fov, Pose((0.05, 0, -0.07))))
    centre, radius = np.array((0.0, 0.0, -0.6)), 0.1
    cameras = (rig.left.camera_to_head, rig.right.camera_to_head)
    pair = np.stack([ball_seen(camera, fov, (1280, 960), centre, radius) < 2 for camera in cameras])
    inverse = (1 / ball_seen(cameras[0], fov, (160, 120), centre, radius)).astype(np.float32)
    depth = Depth(inverse, np.ones_like(inverse), 0, cameras[0], fov)
    compositor = Compositor(rig, FLAT_M, deep=True)
    try:
        compositor.upload(np.repeat(pair[..., None], 3, -1).astype(np.uint8) * 255, None)
        found = {}
        for kind, known in (("flat", None), ("depth", depth)):
            compositor.set_depth(known, Pose(), 0)
            places, sizes = [], []
            for eye, x in enumerate((-0.0315, 0.0315)):
                compositor.draw_eye(eye, target.handle, target.size, EyeView(EYE.fov, Pose((x, 0, 0))), Pose(), Pose())
                row = target.read_rgb()[SIZE // 2, :, 0] / 255
                sizes.append(row.sum())
                places.append(row @ (np.arange(SIZE) + 0.5) / row.sum())
            found[kind] = np.mean(sizes), places[0] - places[1]
        per_tangent = SIZE / (2 * EYE.fov.left)
        half = math.asin(radius / math.hypot(0.6, 0.0315))
        axis = math.atan(0.0315 / 0.6)
        true_size = (math.tan(axis + half) - math.tan(axis - half)) * per_tangent
        true_disparity = 2 * np.mean(outline(-0.05, -0.07, -0.0315)) * per_tangent
        assert abs(found["flat"][0] / true_size - 1) > 0.08 and abs(found["flat"][1] - true_disparity) > 10
        assert found["depth"][0] == pytest.approx(true_size, rel=0.03)
        assert found["depth"][1] == pytest.approx(true_disparity, abs=2)  # ten pixels a degree: 0.2 degrees
    finally:
        compositor.close()
