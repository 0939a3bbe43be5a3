"""OpenXR for real: frames, poses, buttons and recentring of a headset that Monado simulates. Nothing is shown."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from patience import eventually

from allaprima.app.core.clock import NS, FakeClock, now_ns
from allaprima.app.core.errors import HeadsetLost
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView, FieldOfView

remote = pytest.mark.monado(driver="remote")
moving = pytest.mark.monado()


@pytest.fixture
def headset(graphics: object) -> Iterator[object]:
    from allaprima.app.headset.openxr import OpenXrHeadset

    headset = OpenXrHeadset()
    yield headset
    headset.close()


@pytest.fixture
def wearer() -> Iterator[object]:
    from remote_wearer import RemoteWearer

    with RemoteWearer() as wearer:
        yield wearer.look(Pose()).press(0).press(1)


def frames(headset, count):
    """The last of `count` frames, all submitted."""
    for _ in range(count):
        frame = headset.wait_frame()
        headset.submit(frame)
    return frame


def until(headset, true):
    """Frames until `true(frame)`: what a wearer does comes through Monado's own threads, a frame or so later."""
    seen = []

    def shown():
        seen.append(frames(headset, 1))
        return true(seen[-1])

    eventually(shown)
    return seen[-1]


def until_done(headset, done: list[str], count: int = 1) -> None:
    """Frames until `count` actions are `done`."""

    def enough(frame) -> bool:
        done.extend(headset.poll_actions())
        return len(done) >= count

    until(headset, enough)


def near(a: Pose, b: Pose) -> bool:
    return a.angle_to(b) < 1e-3 and np.allclose(a.position, b.position, atol=1e-4)


@moving
def test_it_is_named_after_the_device_and_the_runtime_and_knows_its_rate(headset) -> None:
    assert "Simulated HMD" in headset.name and "Monado" in headset.name
    assert headset.eye_size == (320, 240)
    assert headset.refresh_hz == pytest.approx(20.0, abs=0.1)


@moving
def test_frames_become_visible_and_are_shown_on_the_programs_clock(headset) -> None:
    frame = until(headset, lambda f: f.visible)
    frame = headset.wait_frame()
    assert frame.tracked
    assert abs(frame.t_display_ns - now_ns()) < 60 * NS, "not some other clock's time"
    headset.submit(frame)


@moving
def test_poses_of_the_past_are_where_the_head_was(headset) -> None:
    seen = [frames(headset, 1) for _ in range(8)]
    assert seen[0].head.angle_to(seen[-1].head) > 2e-3, "the simulated head does not move"
    for frame in seen:
        known = headset.pose_at(frame.t_display_ns)
        assert known is not None and known.angle_to(frame.head) < 1e-3
        assert np.allclose(known.position, frame.head.position, atol=1e-3)


@moving
def test_a_pose_from_before_the_runtime_began_is_not_known(headset) -> None:
    assert headset.pose_at(0) is None


@moving
def test_a_head_that_was_not_where_it_is_now_is_not_asked_to_be(headset) -> None:
    """Between two frames the pose is between the two, and not the newest."""
    first, last = frames(headset, 1), frames(headset, 8)
    between = headset.pose_at((first.t_display_ns + last.t_display_ns) // 2)
    whole = first.head.angle_to(last.head)
    assert between is not None
    assert 0 < between.angle_to(first.head) < whole and 0 < between.angle_to(last.head) < whole


@moving
def test_a_frame_that_is_never_submitted_is_no_harm(headset) -> None:
    frames(headset, 2)
    headset.wait_frame()
    headset.wait_frame()
    before = headset.timing().submitted
    frames(headset, 2)
    assert headset.timing().submitted == before + 2


@moving
def test_refreshes_without_a_frame_are_counted(headset) -> None:
    frames(headset, 3)
    before = headset.timing().dropped
    frame = headset.wait_frame()
    while now_ns() < frame.t_display_ns + NS // 2:  # a network that is in the way for ten refreshes
        pass
    headset.submit(frame)
    frames(headset, 2)
    assert headset.timing().dropped - before >= 5


@moving
def test_hidden_triangles_are_corners_of_the_picture(headset) -> None:
    triangles = headset.hidden_area(0)
    assert triangles is not None and triangles.dtype == np.float32 and triangles.shape[1:] == (3, 2)
    assert triangles.min() == pytest.approx(0, abs=1e-4) and triangles.max() == pytest.approx(1, abs=1e-4)
    corners = {(round(float(x)), round(float(y))) for x, y in triangles.reshape(-1, 2)}
    assert corners == {(0, 0), (0, 1), (1, 0), (1, 1)}


@moving
def test_controllers_that_nobody_presses_ask_for_nothing_and_can_tick(headset) -> None:
    until(headset, lambda f: f.visible)
    assert headset.poll_actions() == []
    headset.tick()


@moving
def test_the_runtime_may_end_the_session_and_then_it_is_lost(headset) -> None:
    from allaprima.app.headset.openxr.library import xr

    until(headset, lambda f: f.visible)
    xr.request_exit_session(headset._session.handle)
    with pytest.raises(HeadsetLost, match="asked the program to leave") as lost:
        frames(headset, 100)
    assert lost.value.hint


@remote
def test_the_head_is_where_its_wearer_holds_it(headset, wearer) -> None:
    head = Pose.from_euler(yaw=0.4, pitch=-0.2, roll=0.1, position=(0.1, 0.05, -0.3))
    wearer.look(head)
    assert near(until(headset, lambda f: near(f.head, head)).head, head)


@remote
def test_other_eyes_are_in_the_next_frames(headset, wearer) -> None:
    """What the runtime says when the wearer turns the wheel for the distance of the eyes."""
    fov = FieldOfView(1.1, 0.9, 1.0, 1.2)
    views = (EyeView(fov, Pose((-0.034, 0.01, 0))), EyeView(FieldOfView(0.9, 1.1, 1.0, 1.2), Pose((0.034, 0.01, 0))))
    wearer.see(views)
    frame = until(headset, lambda f: math.isclose(f.views[1].eye_to_head.position[0], 0.034, abs_tol=1e-5))
    for view, wanted in zip(frame.views, views, strict=True):
        assert np.allclose(view.eye_to_head.position, wanted.eye_to_head.position, atol=1e-5)
        seen, told = view.fov, wanted.fov
        assert np.allclose(
            (seen.left, seen.right, seen.up, seen.down), (told.left, told.right, told.up, told.down), atol=1e-4
        )


@remote
def test_recentred_the_head_is_level_ahead_and_in_the_middle(headset, wearer) -> None:
    wearer.look(Pose.from_euler(yaw=0.8, pitch=0.3, position=(0.2, 0.1, 0.4)))
    before = until(headset, lambda f: f.head.position[2] > 0.39)
    headset.recentre()
    after = frames(headset, 1).head
    assert near(after, Pose.from_euler(pitch=0.3))
    past = headset.pose_at(before.t_display_ns)
    assert past is not None and near(past, after), "the past is told as the present is"
    headset.recentre()
    assert near(frames(headset, 1).head, Pose.from_euler(pitch=0.3)), "once more changes nothing"


@remote
def test_pressed_buttons_are_the_actions_of_the_table(headset, wearer) -> None:
    until(headset, lambda f: f.visible)
    headset.poll_actions()
    for hand, held, action in (
        (1, {"trigger": 1.0}, "next-style"),
        (0, {"trigger": 1.0}, "previous-style"),
        (1, {"stick_y": 1.0}, "stronger"),
        (1, {"stick_y": -1.0}, "weaker"),
        (0, {"stick_y": -1.0}, "smaller-strokes"),
        (1, {"a": True}, "freeze"),
        (0, {"a": True}, "hud"),
    ):
        wearer.press(hand, **held)
        done: list[str] = []
        until_done(headset, done)
        assert done == [action]
        wearer.press(hand)
        frames(headset, 3)
        headset.poll_actions()


@remote
def test_both_grips_show_the_plain_view_for_as_long_as_they_are_held(headset, wearer) -> None:
    until(headset, lambda f: f.visible)
    headset.poll_actions()
    done = []
    wearer.press(0, squeeze=1.0)
    for _ in range(4):
        frames(headset, 1)
        done += headset.poll_actions()
    assert done == [], "one hand is not enough"
    wearer.press(1, squeeze=1.0)
    until_done(headset, done)
    wearer.press(1)
    until_done(headset, done, count=2)
    assert done == ["show-plain", "hide-plain"]


@remote
def test_a_held_stick_repeats_by_the_programs_clock(graphics, wearer, will_close) -> None:
    from allaprima.app.headset.openxr import OpenXrHeadset

    clock = FakeClock(NS)
    headset = will_close(OpenXrHeadset(clock))
    until(headset, lambda f: f.visible)
    headset.poll_actions()
    wearer.press(1, stick_y=1.0)
    done: list[str] = []
    until_done(headset, done)
    frames(headset, 3)
    assert headset.poll_actions() == []
    clock.advance(NS)
    frames(headset, 1)
    assert headset.poll_actions() == ["stronger"]


@moving
def test_a_second_headset_after_the_first_was_closed(graphics) -> None:
    from allaprima.app.headset.openxr import OpenXrHeadset

    for _ in range(2):
        headset = OpenXrHeadset()
        frames(headset, 2)
        headset.close()
