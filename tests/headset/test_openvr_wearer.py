"""What becomes of the wearer: eyes further apart, a headset taken off, a lost head, a menu, a pressed reset."""

from __future__ import annotations

import math

import pytest

from allaprima.app.core.clock import NS
from allaprima.app.core.pose import Pose

LENS_DISTORTION_CHANGED = 110
STANDBY, IN_USE = 3, 1
OUT_OF_RANGE, ROTATION_ONLY = 201, 300


def apart(frame) -> float:
    left, right = (view.eye_to_head.position[0] for view in frame.views)
    return right - left


def test_new_distance_of_the_eyes_is_in_the_next_frame(headset, steamvr):
    assert apart(headset.wait_frame()) == pytest.approx(0.064)
    steamvr.do("ipd 0.071")
    assert apart(headset.wait_frame()) == pytest.approx(0.071)


def test_views_are_not_read_again_without_a_reason(headset, steamvr):
    views = headset.wait_frame().views
    assert headset.wait_frame().views is views
    steamvr.do(f"event {LENS_DISTORTION_CHANGED}")
    assert headset.wait_frame().views is not views


def test_nobody_sees_what_is_drawn_in_standby(headset, steamvr):
    assert headset.wait_frame().visible
    steamvr.do(f"activity {STANDBY}", "event 106")
    frame = headset.wait_frame()
    assert not frame.visible and frame.tracked
    headset.submit(frame)
    steamvr.do(f"activity {IN_USE}", "event 107")
    assert headset.wait_frame().visible


def test_nobody_sees_what_is_drawn_while_the_dashboard_is_up(headset, steamvr):
    steamvr.do("pause 1", "event 502")
    assert not headset.wait_frame().visible
    steamvr.do("pause 0", "event 503")
    assert headset.wait_frame().visible


@pytest.mark.parametrize("how", ["tracked 0", f"tracked 1 {OUT_OF_RANGE}"])
def test_lost_head_keeps_its_last_pose(headset, steamvr, how):
    headset.wait_frame()
    steamvr.do("head 30 0")
    known = headset.wait_frame().head
    assert known.angle_to(Pose.from_euler(yaw=math.radians(30))) < 1e-6
    steamvr.do("head 90 0", how)
    lost = headset.wait_frame()
    assert not lost.tracked and lost.head == known
    headset.submit(lost)
    steamvr.do("tracked 1")
    found = headset.wait_frame()
    assert found.tracked and found.head.angle_to(Pose.from_euler(yaw=math.radians(90))) < 1e-6


def test_a_head_that_only_turns_is_not_lost(headset, steamvr):
    steamvr.do(f"tracked 1 {ROTATION_ONLY}")
    assert headset.wait_frame().tracked


def test_where_one_looks_first_is_straight_ahead_once_the_head_is_found(headset, steamvr):
    steamvr.do("head 70 0 -20", "stand 1 1.7 2", "tracked 0")
    assert headset.wait_frame().head == Pose()
    steamvr.do("tracked 1")
    head = headset.wait_frame().head
    assert head.angle_to(Pose.from_euler(pitch=math.radians(-20))) < 1e-6
    assert head.position == pytest.approx((0, 0, 0), abs=1e-6)


def test_recentring_makes_where_one_looks_straight_ahead_and_level(headset, steamvr):
    headset.wait_frame()
    steamvr.do("head 70 0 -20", "stand 1 1.7 2")
    headset.recentre()
    head = headset.wait_frame().head
    assert head.angle_to(Pose.from_euler(pitch=math.radians(-20))) < 1e-6
    assert head.position == pytest.approx((0, 0, 0), abs=1e-6)
    steamvr.do("head 80 0 -20", "stand 1 1.8 2")
    head = headset.wait_frame().head
    assert head.angle_to(Pose.from_euler(math.radians(10), math.radians(-20))) < 1e-6
    assert head.position == pytest.approx((0, 0.1, 0), abs=1e-6)


def test_poses_of_the_last_moments_are_the_runtimes_own(headset, steamvr):
    from allaprima.app.core.clock import now_ns

    def known() -> bool:
        """Whether the machine did not stand still between a clock that was read and the pose that was asked for."""
        frame = headset.wait_frame()
        now = now_ns()
        turned = headset.pose_at(now).angle_to(headset.pose_at(now - 80_000_000))
        late = frame.head.angle_to(headset.pose_at(frame.t_display_ns))
        return turned == pytest.approx(math.radians(1.6), abs=math.radians(0.5)) and late < math.radians(0.5)

    steamvr.do("head 0 20")
    assert any(known() for _ in range(200))


def test_older_poses_are_those_that_were_measured(open_headset, steamvr, clock):
    headset = open_headset(clock)
    times = []
    for degrees in (0, 10, 20):
        steamvr.do(f"head {degrees} 0")
        headset.wait_frame()
        times.append(clock.now_ns())
        clock.advance(NS)
    for degrees, t_ns in ((0, times[0]), (10, times[1]), (15, (times[1] + times[2]) // 2)):
        assert headset.pose_at(t_ns).angle_to(Pose.from_euler(yaw=math.radians(degrees))) < 1e-6
    assert headset.pose_at(times[0] - NS) is None


def test_poses_from_before_recentring_are_told_in_the_new_space(open_headset, steamvr, clock):
    headset = open_headset(clock)
    headset.wait_frame()
    then = clock.now_ns()
    clock.advance(NS)
    steamvr.do("head 40 0")
    headset.recentre()
    assert headset.wait_frame().head.angle_to(Pose()) < 1e-6
    assert headset.pose_at(then).angle_to(Pose.from_euler(yaw=math.radians(-40))) < 1e-6


def test_dropped_and_reprojected_frames_are_the_runtimes_count_since_opening(open_headset, steamvr):
    steamvr.do("lose 100 200", "rate 1")  # so slow that none more is dropped
    headset = open_headset()
    before = headset.timing()
    assert (before.submitted, before.dropped, before.reprojected, before.gpu_ms) == (0, 0, 0, 2.5)
    steamvr.do("lose 3 5")
    after = headset.timing()
    assert (after.dropped, after.reprojected) == (3, 5)
    headset.close()
    assert headset.timing() == after
