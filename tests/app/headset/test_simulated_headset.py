"""The simulated headset's pace, buttons and tidiness."""

from __future__ import annotations

import numpy as np
import pytest
from motions import ConstantYaw

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import SettingsError
from allaprima.app.core.pose import Pose
from allaprima.app.headset.motion import Following, Still

MS = 1_000_000


def open_headset(clock: FakeClock, **options):
    from allaprima.app.headset.simulated import SimulatedHeadset

    options.setdefault("eye_size", (32, 36))
    return SimulatedHeadset(clock, refresh_hz=100, **options)


def test_a_punctual_caller_gets_every_refresh_at_its_time(graphics):
    clock = FakeClock(1_000)
    headset = open_headset(clock)
    for i in range(5):
        frame = headset.wait_frame()
        assert frame.index == i
        assert clock.now_ns() == 1_000 + i * 10 * MS
        assert frame.t_display_ns == 1_000 + (i + 1) * 10 * MS
        clock.advance(4 * MS)
        headset.submit(frame)
    assert headset.timing().dropped == 0
    headset.close()


def test_a_late_caller_misses_whole_refreshes_and_never_gets_two_at_once(graphics):
    clock = FakeClock()
    headset = open_headset(clock)
    headset.submit(headset.wait_frame())
    clock.advance(25 * MS)  # refreshes 1 and 2 have begun without a caller
    late = headset.wait_frame()
    assert (late.index, clock.now_ns()) == (3, 30 * MS)
    assert headset.timing().dropped == 2
    following = headset.wait_frame()
    assert (following.index, clock.now_ns()) == (4, 40 * MS)
    assert headset.timing().dropped == 2
    headset.close()


def test_a_caller_exactly_on_time_is_not_late(graphics):
    clock = FakeClock()
    headset = open_headset(clock)
    headset.wait_frame()
    clock.advance(10 * MS)
    assert headset.wait_frame().index == 1
    assert headset.timing().dropped == 0
    headset.close()


def test_the_head_is_where_it_will_be_when_the_frame_is_shown(graphics):
    headset = open_headset(FakeClock(), motion=ConstantYaw(100))
    headset.wait_frame()
    frame = headset.wait_frame()
    assert frame.head == ConstantYaw(100).at(20 * MS)
    assert headset.pose_at(5 * MS) == ConstantYaw(100).at(5 * MS)
    headset.close()


def test_a_head_that_is_lost_stays_where_it_was(graphics):
    motion = Following()
    headset = open_headset(FakeClock(), motion=motion)
    assert headset.wait_frame().head == Pose()
    motion.tell(0, Pose((1, 0, 0)))
    assert headset.wait_frame().head == Pose((1, 0, 0))
    motion.tell(10**12, Pose((2, 0, 0)))
    motion.tell(10**11, Pose((2, 0, 0)))  # started again, later than what is asked for
    assert headset.wait_frame().head == Pose((1, 0, 0))
    headset.close()


def test_pressed_buttons_are_reported_once_in_order(graphics):
    headset = open_headset(FakeClock())
    headset.press("next-style")
    headset.press("quit")
    assert headset.poll_actions() == ["next-style", "quit"]
    assert headset.poll_actions() == []
    headset.close()


def test_what_was_drawn_into_an_eye_is_read_back_from_that_eye(graphics):
    from allaprima.app.compositor.gl import GL

    headset = open_headset(FakeClock(), motion=Still())
    frame = headset.wait_frame()
    for eye, colour in ((0, (1, 0, 0, 1)), (1, (0, 0, 1, 1))):
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, headset.eye_framebuffer(eye))
        GL.glClearColor(*colour)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT)
    headset.submit(frame)
    out = np.empty((36, 32, 3), np.uint8)
    assert headset.read_eye(0, out) is out
    assert (out == (255, 0, 0)).all()
    assert (headset.read_eye(1) == (0, 0, 255)).all()
    headset.close()


@pytest.mark.parametrize("options", [{"eye_size": (0, 720)}, {"eye_size": (640, 100_000)}])
def test_absurd_eyes_are_refused(graphics, options):
    with pytest.raises(SettingsError, match="pixels"):
        open_headset(FakeClock(), **options)


@pytest.mark.parametrize("rate", [0, -90, float("nan"), 1e9])
def test_absurd_rates_are_refused(graphics, rate):
    from allaprima.app.headset.simulated import SimulatedHeadset

    with pytest.raises(SettingsError, match="frames a second"):
        SimulatedHeadset(FakeClock(), refresh_hz=rate)
