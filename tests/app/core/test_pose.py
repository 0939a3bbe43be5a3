"""Rigid poses, against rotation matrices made the other way (Rodrigues' formula)."""

import itertools
import math

import numpy as np
import pytest

from allaprima.app.core.pose import Pose, interpolate

AXES = [a for a in itertools.product((-1, 0, 1), repeat=3) if any(a)] + [(0.2, -0.9, 0.4), (1e-9, 1, 0), (1, 1e-5, -2)]


def rotation(axis, angle: float) -> np.ndarray:
    x, y, z = np.array(axis, float) / np.linalg.norm(axis)
    k = np.array(((0, -z, y), (z, 0, -x), (-y, x, 0)))
    return np.eye(3) + math.sin(angle) * k + (1 - math.cos(angle)) * k @ k


def rigid(axis, angle: float, position=(0.0, 0.0, 0.0)) -> np.ndarray:
    m = np.eye(4)
    m[:3, :3] = rotation(axis, angle)
    m[:3, 3] = position
    return m


def random_pose(rng: np.random.Generator) -> Pose:
    return Pose.from_matrix(rigid(rng.normal(size=3), rng.uniform(0, math.pi), rng.normal(size=3)))


@pytest.mark.parametrize("axis", AXES, ids=str)
def test_a_pose_from_a_matrix_gives_that_matrix_back(axis):
    for degrees in (0, 1e-6, 1, 90, 120, 179, 179.9999, 180, 180.0001, 270):
        m = rigid(axis, math.radians(degrees), (1, -2, 3))
        pose = Pose.from_matrix(m)
        assert np.allclose(pose.matrix(), m, atol=1e-12), degrees
        assert math.hypot(*pose.orientation) == pytest.approx(1, abs=1e-12), degrees
        assert pose.orientation[3] >= 0, degrees


def test_half_a_turn_about_a_diagonal_keeps_the_signs_of_its_axis():
    x, y, z, w = Pose.from_matrix(rigid((1, -1, 0), math.pi)).orientation
    assert abs(w) < 1e-12 and abs(z) < 1e-12
    assert x * y == pytest.approx(-0.5)


def test_a_matrix_of_three_rows_and_one_of_single_precision_will_do():
    m = rigid((1, 2, 3), 1.0, (4, 5, 6))
    assert np.allclose(Pose.from_matrix(m[:3]).matrix(), m)
    assert np.allclose(Pose.from_matrix(m.astype(np.float32)).matrix(), m, atol=1e-6)


@pytest.mark.parametrize(
    ("turn", "point", "goes_to"),
    [
        ({"yaw": 90}, (0, 0, -1), (-1, 0, 0)),  # ahead becomes left
        ({"pitch": 90}, (0, 0, -1), (0, 1, 0)),  # ahead becomes up
        ({"roll": 90}, (0, 1, 0), (-1, 0, 0)),  # up becomes left
        ({"yaw": 90, "pitch": 90}, (0, 0, -1), (0, 1, 0)),  # looking up has no direction to turn
        ({"yaw": 90, "pitch": 90}, (0, 1, 0), (1, 0, 0)),  # what was up is behind of a head looking left: right
    ],
)
def test_euler_angles_turn_as_their_names_say(turn, point, goes_to):
    yaw, pitch, roll = (math.radians(turn.get(name, 0)) for name in ("yaw", "pitch", "roll"))
    pose = Pose.from_euler(yaw=yaw, pitch=pitch, roll=roll)
    assert np.allclose(pose.matrix()[:3, :3] @ point, goes_to, atol=1e-12)


def test_euler_angles_apply_yaw_then_pitch_then_roll():
    y, p, r = 0.3, -0.7, 1.1
    expected = rotation((0, 1, 0), y) @ rotation((1, 0, 0), p) @ rotation((0, 0, 1), r)
    pose = Pose.from_euler(y, p, r, (1.0, 2.0, 3.0))
    assert np.allclose(pose.matrix()[:3, :3], expected)
    assert np.allclose(pose.matrix()[:, 3], (1, 2, 3, 1))


def test_composition_and_inverse_are_those_of_the_matrices():
    rng = np.random.default_rng(5)
    for _ in range(50):
        a, b = random_pose(rng), random_pose(rng)
        assert np.allclose((a @ b).matrix(), a.matrix() @ b.matrix(), atol=1e-12)
        assert np.allclose(a.inverse().matrix(), np.linalg.inv(a.matrix()), atol=1e-12)
        assert np.allclose((a @ a.inverse()).matrix(), np.eye(4), atol=1e-12)


def test_the_identity_changes_nothing():
    pose = random_pose(np.random.default_rng(2))
    assert np.allclose((Pose() @ pose).matrix(), pose.matrix())
    assert np.allclose((pose @ Pose()).matrix(), pose.matrix())
    assert np.array_equal(Pose().matrix(), np.eye(4))


def test_a_child_rides_on_its_parent():
    """A camera 0.1 m in front of a head that stands at (1, 0, 0) and has turned a quarter to the left."""
    camera = Pose.from_euler(yaw=math.pi / 2, position=(1.0, 0.0, 0.0)) @ Pose((0.0, 0.0, -0.1))
    assert np.allclose(camera.position, (0.9, 0, 0))


@pytest.mark.parametrize("degrees", [0, 0.01, 45, 90, 179, 180])
def test_the_angle_between_poses_is_that_of_the_turn(degrees):
    a = random_pose(np.random.default_rng(9))
    b = a @ Pose.from_matrix(rigid((1, 1, -2), math.radians(degrees)))
    assert math.degrees(a.angle_to(b)) == pytest.approx(degrees, abs=1e-5)
    negated = Pose(b.position, (-b.orientation[0], -b.orientation[1], -b.orientation[2], -b.orientation[3]))
    assert math.degrees(a.angle_to(negated)) == pytest.approx(degrees, abs=1e-5)


@pytest.mark.parametrize("u", [-0.5, 0, 0.25, 0.5, 1, 1.5])
@pytest.mark.parametrize("degrees", [0, 1e-5, 30, 120])
def test_interpolation_turns_evenly_moves_evenly_and_goes_on_beyond(u, degrees):
    a = Pose.from_matrix(rigid((0, 1, 0), 0.4, (1, 2, 3)))
    axis = (1, -1, 3)
    b = Pose((2.0, 2.0, 1.0), (a @ Pose.from_matrix(rigid(axis, math.radians(degrees)))).orientation)
    got = interpolate(a, b, u)
    expected = rotation((0, 1, 0), 0.4) @ rotation(axis, u * math.radians(degrees))
    assert np.allclose(got.matrix()[:3, :3], expected, atol=1e-9)
    assert np.allclose(got.position, (1 + u, 2, 3 - 2 * u))


def test_interpolation_goes_the_short_way_round():
    a, b = Pose.from_euler(yaw=math.radians(170)), Pose.from_euler(yaw=math.radians(-170))
    middle = interpolate(a, b, 0.5)
    assert math.degrees(a.angle_to(middle)) == pytest.approx(10)
    assert math.degrees(b.angle_to(middle)) == pytest.approx(10)


def test_interpolation_over_half_a_turn_ends_where_it_should_and_stays_a_rotation():
    a, b = Pose(), Pose.from_matrix(rigid((0, 1, 0), math.pi))
    assert interpolate(a, b, 1).angle_to(b) == pytest.approx(0, abs=1e-7)
    assert math.degrees(interpolate(a, b, 0.5).angle_to(a)) == pytest.approx(90)
