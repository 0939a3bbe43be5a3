"""Where the head was when the cameras exposed what is painted now."""

from __future__ import annotations

from typing import Any

import numpy as np
from motions import ConstantYaw

from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.headset.capture_pose import CapturePose
from allaprima.app.headset.headset import HeadsetFrame
from allaprima.app.headset.simulated import default_views

MS = 1_000_000
GREY = np.zeros((2, 2, 3), np.uint8)
HEAD = ConstantYaw(100.0)


class Runtime:
    """A worn headset whose runtime knows past poses, or does not."""

    def __init__(self, knows: bool, simulated: bool = False) -> None:
        self.simulated, self.asked, self._knows = simulated, 0, knows

    def pose_at(self, t_ns: int) -> Pose | None:
        self.asked += 1
        return HEAD.at(t_ns) if self._knows else None


def pair(t_ns: int, head_pose: Pose | None = None) -> StereoFrame:
    return StereoFrame(GREY, GREY, 0, t_ns, head_pose=head_pose)


def at(poses: CapturePose, frame: StereoFrame, runtime: Any) -> Pose:
    pose = poses.of(frame, runtime)
    assert pose is not None
    return pose


def worn_for(poses: CapturePose, ms: int) -> None:
    for n in range(ms * 90 // 1000):
        t_ns = n * 11_111_111
        poses.remember(HeadsetFrame(n, t_ns, HEAD.at(t_ns), default_views()))


def test_the_runtime_is_asked_for_the_moment_of_exposure() -> None:
    pose = at(CapturePose(delay_ns=25 * MS), pair(500 * MS), Runtime(True))
    assert pose.angle_to(HEAD.at(475 * MS)) < 1e-7


def test_where_the_runtime_knows_nothing_the_poses_asked_for_are_remembered() -> None:
    poses = CapturePose(delay_ns=25 * MS)
    worn_for(poses, 1000)
    for t_ms in (500, 507, 513):  # between two frames, and on none
        assert at(poses, pair(t_ms * MS), Runtime(False)).angle_to(HEAD.at((t_ms - 25) * MS)) < 1e-6


def test_a_pose_nobody_knows_is_none_until_somebody_does() -> None:
    poses, old = CapturePose(), pair(5 * MS)
    assert poses.of(old, Runtime(False)) is None  # type: ignore[arg-type]
    worn_for(poses, 100)
    assert poses.of(old, Runtime(False)) is not None  # type: ignore[arg-type]


def test_a_frozen_picture_keeps_its_pose_though_the_runtime_has_forgotten_it() -> None:
    poses, runtime, frozen = CapturePose(), Runtime(True), pair(5 * MS)
    first = at(poses, frozen, runtime)
    runtime._knows = False
    assert at(poses, frozen, runtime) == first and runtime.asked == 1


def test_after_a_recentring_no_old_pose_is_used() -> None:
    poses = CapturePose()
    worn_for(poses, 1000)
    picture = pair(500 * MS)
    at(poses, picture, Runtime(False))
    poses.forget()
    assert poses.of(picture, Runtime(False)) is None  # type: ignore[arg-type]


def test_a_recordings_own_pose_counts_for_a_simulated_head_only() -> None:
    theirs = Pose((100.0, 0.0, 0.0))
    assert at(CapturePose(), pair(5 * MS, theirs), Runtime(True, simulated=True)) == theirs
    assert at(CapturePose(), pair(5 * MS, theirs), Runtime(True)).position == (0.0, 0.0, 0.0)
