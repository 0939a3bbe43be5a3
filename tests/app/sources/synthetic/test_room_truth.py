"""The synthetic room's ground truth is true: pictures warped by it become one another."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.app.core.frame import Eye, Pixels
from allaprima.app.sources.synthetic.loop import EYES
from allaprima.app.sources.synthetic.path import LOOP, RATE_HZ, head_path, phase_of
from allaprima.app.sources.synthetic.source import BASELINE_M, SyntheticRoom
from allaprima.app.sources.synthetic.truth import SeenPoints

SIZE = (320, 240)
FRAME = 37
Points = dict[Eye, SeenPoints]


@pytest.fixture(scope="module")
def room() -> SyntheticRoom:
    return SyntheticRoom(SIZE, cache=False)


@pytest.fixture(scope="module")
def points(room: SyntheticRoom) -> Points:
    return {eye: room.seen_points(FRAME, eye) for eye in EYES}


def warped(picture: Pixels, dx: NDArray[np.float32], dy: NDArray[np.float32] | float = 0.0) -> NDArray[np.float32]:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32)
    return cv2.remap(picture, x + dx, (y + dy).astype(np.float32), cv2.INTER_CUBIC).astype(np.float32)


def difference(a: NDArray[np.float32], b: Pixels, where: NDArray[np.bool_]) -> tuple[float, float]:
    """Mean and median absolute difference in 0..255, over colours and the chosen pixels."""
    error = np.abs(a - b).mean(-1)[where]
    return float(error.mean()), float(np.median(error))


def assert_explains(
    truth_: NDArray[np.float32],
    nothing: Pixels,
    mirrored: NDArray[np.float32],
    picture: Pixels,
    seen: NDArray[np.bool_],
) -> None:
    """The true warp leaves little, and several times less than no warp or one in the wrong direction."""
    assert 0.85 < seen.mean() < 1
    mean, median = difference(truth_, picture, seen)
    assert median < 2 and mean < 4
    assert mean < 0.4 * difference(nothing.astype(np.float32), picture, seen)[0]
    assert mean < 0.3 * difference(mirrored, picture, seen)[0]


def test_right_picture_warped_by_disparity_is_the_left_one(room: SyntheticRoom, points: Points) -> None:
    left, right = room.draw(FRAME)
    across = points["left"].at(FRAME, "right")
    dx = across.flow[..., 0]
    assert dx.max() < 0
    assert_explains(warped(right, dx), right, warped(right, -dx), left, across.seen)


def test_left_picture_warped_by_disparity_is_the_right_one(room: SyntheticRoom, points: Points) -> None:
    left, right = room.draw(FRAME)
    across = points["right"].at(FRAME, "left")
    dx = across.flow[..., 0]
    assert dx.min() > 0
    assert_explains(warped(left, dx), left, warped(left, -dx), right, across.seen)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("step", [-1, 1])
def test_neighbouring_frame_warped_by_flow_is_this_one(
    room: SyntheticRoom, points: Points, eye: Eye, step: int
) -> None:
    found = points[eye].at(FRAME + step, eye)
    now, other = (room.draw(frame)[EYES.index(eye)] for frame in (FRAME, FRAME + step))
    dx, dy = found.flow[..., 0], found.flow[..., 1]
    assert_explains(warped(other, dx, dy), other, warped(other, -dx, -dy), now, found.seen)


def test_hidden_pixels_are_where_the_warp_fails(room: SyntheticRoom, points: Points) -> None:
    left, right = room.draw(FRAME)
    across = points["left"].at(FRAME, "right")
    dx = across.flow[..., 0]
    hidden = ~across.seen & ((np.arange(SIZE[0]) + dx) >= 0)
    assert hidden.any()
    back = warped(right, dx)
    assert difference(back, left, hidden)[0] > 5 * difference(back, left, across.seen)[0]


def test_disparity_is_focal_length_times_baseline_over_depth(room: SyntheticRoom, points: Points) -> None:
    fov = room.rig.left.fov
    focal = SIZE[0] / (fov.left + fov.right)  # pixels
    for eye, other, sign in zip(EYES, reversed(EYES), (-1, 1), strict=True):
        seen = points[eye]
        flow = seen.at(FRAME, other).flow
        assert np.allclose(flow[..., 0], sign * focal * BASELINE_M / seen.depth, rtol=1e-4)
        assert 0.4 < seen.depth.min() < seen.depth.max() < 8


def test_moving_things_move_against_the_wall_behind_them(room: SyntheticRoom, points: Points) -> None:
    """Flow is not that of the head alone: some pixels depart from the flow that a still scene would have."""
    camera, before = room._renderer.camera(FRAME, "left"), room._renderer.camera(FRAME - 1, "left")
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float64)
    right, up = camera.tangents(x, y)
    places = np.stack((right, up, -np.ones_like(up)), -1) * points["left"].depth[..., None]
    px, py, _ = before.project(places @ camera.matrix[:3, :3].T + camera.matrix[:3, 3])
    back = points["left"].at(FRAME - 1, "left").flow
    apart = np.hypot(px - x - back[..., 0], py - y - back[..., 1])
    assert 0.01 < (apart > 0.1).mean() < 0.25
    assert np.median(apart) < 1e-3


def test_head_pose_is_the_one_delivered_with_the_frame() -> None:
    with SyntheticRoom((32, 24), rate_hz=None, cache=False) as room:
        poses = [room.read(0).head_pose for _ in range(3)]
        assert poses == [head_path(0, phase_of(n)) for n in range(3)]


def test_same_seed_and_frame_give_the_same_bits_at_any_time(room: SyntheticRoom) -> None:
    again = SyntheticRoom(SIZE, cache=False)
    assert all(np.array_equal(a, b) for a, b in zip(room.draw(5), again.draw(5), strict=True))
    other = SyntheticRoom(SIZE, seed=1, cache=False)
    assert not np.array_equal(room.draw(5)[0], other.draw(5)[0])


def test_another_size_shows_the_same_view(room: SyntheticRoom) -> None:
    small = SyntheticRoom((160, 120), cache=False)
    shrunk = cv2.resize(room.draw(9)[0], (160, 120), interpolation=cv2.INTER_AREA).astype(np.float32)
    assert np.abs(shrunk - small.draw(9)[0]).mean() < 6


def test_the_loop_has_no_seam(room: SyntheticRoom) -> None:
    assert all(np.array_equal(a, b) for a, b in zip(room.draw(LOOP), room.draw(0), strict=True))
    steps = [head_path(0, phase_of(n)).angle_to(head_path(0, phase_of(n + 1))) for n in range(LOOP)]
    assert steps[LOOP - 1] == pytest.approx(steps[0], rel=0.2)
    assert np.deg2rad(40) < max(steps) * RATE_HZ < np.deg2rad(80)
    places = np.array([head_path(0, phase_of(n)).position for n in range(LOOP + 1)])
    assert np.linalg.norm(np.diff(places, axis=0), axis=1).max() * RATE_HZ < 0.5  # metres a second


def test_pictures_are_rich(room: SyntheticRoom) -> None:
    """Contrast, colour and texture enough to be worth painting, and nothing left undrawn."""
    left, _ = room.draw(0)
    assert left.std() > 45
    assert cv2.cvtColor(left, cv2.COLOR_RGB2HSV)[..., 1].mean() > 80
    assert cv2.Laplacian(cv2.cvtColor(left, cv2.COLOR_RGB2GRAY), cv2.CV_32F).std() > 15
    assert (left.max(-1) == 0).mean() < 0.02


def test_any_two_pictures_of_the_loop_can_be_compared(room: SyntheticRoom) -> None:
    """Ten frames and one eye apart."""
    found = room.seen_points(FRAME, "left").at(FRAME - 10, "right")
    now, other = room.draw(FRAME)[0], room.draw(FRAME - 10)[1]
    dx, dy = found.flow[..., 0], found.flow[..., 1]
    assert np.abs(dx).max() > 10
    assert 0.6 < found.seen.mean() < 1
    error = difference(warped(other, dx, dy), now, found.seen)[0]
    assert error < 5 and error < 0.25 * difference(other.astype(np.float32), now, found.seen)[0]
