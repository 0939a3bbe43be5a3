"""What every headset keeps, simulated or real. Add a factory to `HEADSETS` for each new one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from allaprima.app.core.errors import HeadsetLost


def simulated(request: pytest.FixtureRequest) -> Any:
    from allaprima.app.core.clock import FakeClock
    from allaprima.app.headset.simulated import SimulatedHeadset

    return SimulatedHeadset(FakeClock(5_000), eye_size=(64, 72))


def openvr(request: pytest.FixtureRequest) -> Any:
    request.getfixturevalue("steamvr").do("head 10 0.5")
    from allaprima.app.headset.openvr.headset import OpenVrHeadset

    return OpenVrHeadset()


def openxr(request: pytest.FixtureRequest) -> Any:
    from remote_wearer import RemoteWearer

    from allaprima.app.headset.openxr import OpenXrHeadset
    from allaprima.app.headset.simulated import default_views

    with RemoteWearer() as wearer:
        wearer.see(default_views())
    return OpenXrHeadset()


HEADSETS: dict[str, Any] = {
    "simulated": simulated,
    "openvr": openvr,
    "openxr": pytest.param(openxr, marks=pytest.mark.monado(driver="remote")),
}


@pytest.fixture(params=list(HEADSETS.values()), ids=list(HEADSETS))
def headset(request: pytest.FixtureRequest, graphics: Any) -> Iterator[Any]:
    headset = request.param(request)
    yield headset
    headset.close()


def test_it_says_what_it_is(headset):
    assert headset.name
    assert all(side > 0 for side in headset.eye_size)
    assert headset.refresh_hz > 0


def test_frames_are_asked_for_in_order_and_shown_later_each_time(headset):
    frames = []
    for _ in range(4):
        frames.append(headset.wait_frame())
        headset.submit(frames[-1])
    assert [f.index for f in frames] == sorted({f.index for f in frames})
    times = [f.t_display_ns for f in frames]
    assert times == sorted(set(times))


def test_the_left_eye_is_left_and_each_sees_further_outwards(headset):
    left, right = headset.wait_frame().views
    assert left.eye_to_head.position[0] < right.eye_to_head.position[0]
    assert 0.05 < right.eye_to_head.position[0] - left.eye_to_head.position[0] < 0.08
    assert left.fov.left > left.fov.right and right.fov.right > right.fov.left
    for fov in (left.fov, right.fov):
        assert min(fov.left, fov.right, fov.up, fov.down) > 0


def test_the_pose_drawn_for_can_be_looked_up_again(headset):
    frame = headset.wait_frame()
    headset.submit(frame)
    later = headset.wait_frame()
    known = headset.pose_at(frame.t_display_ns)
    assert later.t_display_ns > frame.t_display_ns
    assert known is not None and known.angle_to(frame.head) < 1e-3


def test_each_eye_has_a_framebuffer_of_its_own_with_its_texture_behind(headset):
    from allaprima.app.compositor.gl import GL

    headset.wait_frame()
    framebuffers = [headset.eye_framebuffer(eye) for eye in (0, 1)]
    textures = [headset.eye_texture(eye) for eye in (0, 1)]
    assert len({*framebuffers}) == len({*textures}) == 2
    for framebuffer, texture in zip(framebuffers, textures, strict=True):
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        assert GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) == GL.GL_FRAMEBUFFER_COMPLETE
        attached = GL.glGetFramebufferAttachmentParameteriv(
            GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_FRAMEBUFFER_ATTACHMENT_OBJECT_NAME
        )
        assert attached == texture


def test_submitted_frames_are_counted(headset):
    for _ in range(3):
        headset.submit(headset.wait_frame())
    assert headset.timing().submitted == 3


def test_no_action_is_reported_when_nothing_was_pressed(headset):
    assert headset.poll_actions() == []


def test_closing_twice_is_fine_and_then_it_is_lost(headset):
    headset.submit(headset.wait_frame())
    headset.close()
    headset.close()
    with pytest.raises(HeadsetLost):
        headset.wait_frame()
