"""How simulated heads move."""

from __future__ import annotations

import itertools
import math

import pytest
from motions import ConstantYaw, Recorded

from allaprima.app.core.clock import NS
from allaprima.app.core.pose import Pose
from allaprima.app.headset.motion import Following, LookAround, Motion, Still


def pose(head: Motion, t_ns: int) -> Pose:
    """Where a head is that has a pose by then."""
    found = head.at(t_ns)
    assert found is not None
    return found


def test_a_still_head_stays():
    assert Still().at(123) == Pose()
    assert Still(Pose((1, 2, 3))).at(456) == Pose((1, 2, 3))


def test_constant_yaw_turns_left_at_its_speed():
    head = ConstantYaw(100, start_ns=NS)
    assert head.at(NS) == Pose()
    ahead = pose(head, NS + NS // 2).matrix()[:3, :3] @ (0, 0, -1)
    assert ahead == pytest.approx((-math.sin(math.radians(50)), 0, -math.cos(math.radians(50))))
    assert pose(head, 10 * NS).angle_to(pose(head, 10 * NS + 60_000_000)) == pytest.approx(math.radians(6))


def test_looking_around_starts_straight_ahead_and_stays_gentle():
    head = LookAround(start_ns=7)
    assert head.at(7) == Pose()
    poses = [pose(head, 7 + i * NS // 10) for i in range(600)]
    assert max(p.angle_to(Pose()) for p in poses) > math.radians(20)
    fastest = max(a.angle_to(b) for a, b in itertools.pairwise(poses)) * 10
    assert fastest < math.radians(30)


def test_recorded_motion_is_played_and_stops_at_its_end():
    head = Recorded([(10, Pose((0, 0, 0))), (20, Pose((1, 0, 0)))])
    assert head.at(9) is None
    assert pose(head, 15).position[0] == pytest.approx(0.5)
    assert pose(head, 99).position[0] == pytest.approx(1.0)


def test_following_carries_told_poses_on_to_the_display_time():
    head, truth = Following(), ConstantYaw(30)
    assert head.at(0) is None
    for i in range(10):
        t_ns = i * NS // 30
        head.tell(t_ns, pose(truth, t_ns))
    display_ns = 9 * NS // 30 + 80_000_000
    assert pose(head, display_ns).angle_to(pose(truth, display_ns)) < math.radians(0.01)
