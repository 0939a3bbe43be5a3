"""Past poses by time."""

from __future__ import annotations

import math

import pytest

from allaprima.app.core.pose import Pose
from allaprima.app.core.pose_history import PoseHistory

MS = 1_000_000


def turning(history: PoseHistory, samples: int, step_ms: int = 11) -> None:
    """100 degrees a second to the left, 1 m/s to the right."""
    for i in range(samples):
        t = i * step_ms / 1000
        history.add(i * step_ms * MS, Pose.from_euler(yaw=math.radians(100 * t), position=(t, 0, 0)))


def yaw_deg(pose: Pose | None) -> float:
    assert pose
    return math.degrees(2 * math.atan2(pose.orientation[1], pose.orientation[3]))


def test_poses_between_two_samples_are_interpolated():
    history = PoseHistory()
    turning(history, 20)
    for t_ms in (0, 5, 100, 104.5, 209):
        pose = history.at(round(t_ms * MS))
        assert yaw_deg(pose) == pytest.approx(t_ms / 10, abs=1e-6)
        assert pose is not None
        assert pose.position[0] == pytest.approx(t_ms / 1000)


def test_nothing_is_known_before_the_oldest_pose_and_of_an_empty_history():
    history = PoseHistory(capacity=4)
    assert history.at(0) is None
    turning(history, 10)
    assert history.at(5 * 11 * MS) is None
    assert history.at(6 * 11 * MS) is not None


def test_motion_is_carried_on_only_a_little_after_the_newest_pose():
    history = PoseHistory(reach_ns=5 * MS)
    turning(history, 11)
    assert yaw_deg(history.at(113 * MS)) == pytest.approx(11.3, abs=1e-6)
    assert yaw_deg(history.at(115 * MS)) == pytest.approx(11.5, abs=1e-6)
    assert yaw_deg(history.at(900 * MS)) == pytest.approx(11.5, abs=1e-6)


def test_one_pose_is_where_it_stays():
    history = PoseHistory()
    history.add(50, Pose((1.0, 2.0, 3.0)))
    assert history.at(49) is None
    assert history.at(10**12) == Pose((1.0, 2.0, 3.0))


def test_time_going_back_forgets_the_past():
    history = PoseHistory()
    turning(history, 10)
    history.add(0, Pose((9.0, 0.0, 0.0)))
    assert history.at(50 * MS) == Pose((9.0, 0.0, 0.0))
