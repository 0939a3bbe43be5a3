"""A session's headset outlives the one that is worn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allaprima.app.core.clock import NS, FakeClock
from allaprima.app.core.errors import HeadsetLost, HeadsetUnavailable
from allaprima.app.core.pose import Pose
from allaprima.app.headset.failover import FailoverHeadset
from allaprima.app.headset.headset import Headset, HeadsetFrame, HeadsetTiming
from allaprima.app.headset.simulated import SimulatedHeadset, default_views


class Real(SimulatedHeadset):
    """As a runtime's: it raises as soon as it is `lost`, whatever it is asked."""

    name = "real"

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock, (48, 54), 90.0)
        self.closed = False

    def pose_at(self, t_ns: int) -> Any:
        self._check()
        return super().pose_at(t_ns)

    def eye_framebuffer(self, eye: int) -> int:
        self._check()
        return super().eye_framebuffer(eye)

    def poll_actions(self) -> Any:
        self._check()
        return super().poll_actions()

    def timing(self) -> HeadsetTiming:
        self._check()
        return HeadsetTiming(self._submitted, 3, 2, 1.5)

    def close(self) -> None:
        self.closed = True
        super().close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def worn(graphics: object, clock: FakeClock) -> Any:
    """(the wrapper, the real headset); `reopened` may hold what `reopen` gives."""
    reopened: list[Headset | None] = []

    def reopen() -> Headset:
        tried.append(clock.now_ns() / NS)
        if not reopened:
            raise HeadsetUnavailable("not yet")
        return reopened.pop()  # type: ignore[return-value]

    tried: list[float] = []
    real = Real(clock)
    worn = FailoverHeadset(real, clock, lambda size: SimulatedHeadset(clock, size), reopen)
    worn.tried, worn.reopened = tried, reopened  # type: ignore[attr-defined]
    yield worn, real
    worn.close()


def one_frame(worn: FailoverHeadset) -> HeadsetFrame:
    frame = worn.wait_frame()
    for eye in (0, 1):
        worn.eye_framebuffer(eye)
    worn.submit(frame)
    worn.poll_actions()
    return frame


CALLS: dict[str, Callable[[FailoverHeadset], Any]] = {
    "wait_frame": lambda worn: worn.wait_frame(),
    "eye_framebuffer": lambda worn: worn.eye_framebuffer(0),
    "pose_at": lambda worn: worn.pose_at(0),
    "submit": lambda worn: worn.submit(HeadsetFrame(0, 0, worn.pose_at(0) or Pose(), default_views())),
    "poll_actions": lambda worn: worn.poll_actions(),
}


@pytest.mark.parametrize("call", CALLS)
def test_whichever_call_meets_the_loss_the_next_frame_is_the_stand_ins(worn: Any, call: str) -> None:
    worn, real = worn
    one_frame(worn)
    real.lost = "SteamVR has quit"
    CALLS[call](worn)
    frame = one_frame(worn)
    assert worn.name == "simulated headset" and worn.simulated and frame.head is not None
    assert worn.eye_size == (48, 54), "what is recorded or shown does not change its size"
    assert real.closed
    assert worn.news() == [("SteamVR has quit: going on without it, trying again", "")]
    assert worn.news() == []


def test_the_mirror_has_the_last_picture_until_the_stand_ins_first(worn: Any) -> None:
    worn, real = worn
    frame = worn.wait_frame()
    textures = [worn.eye_texture(eye) for eye in (0, 1)]
    real.lost = "gone"
    worn.submit(frame)
    assert [worn.eye_texture(eye) for eye in (0, 1)] == textures and worn.poll_actions() == []


def test_without_a_stand_in_the_loss_is_raised(graphics: object, clock: FakeClock) -> None:
    real = Real(clock)
    worn = FailoverHeadset(real, clock)
    one_frame(worn)
    real.lost = "gone"
    with pytest.raises(HeadsetLost, match="gone"):
        one_frame(worn)
    worn.close()


def test_it_is_tried_again_with_patience_and_returned_to(worn: Any, clock: FakeClock) -> None:
    worn, real = worn
    real.lost = "gone"
    start = clock.now_ns() / NS
    while clock.now_ns() < 16 * NS:
        one_frame(worn)
    assert [t - start for t in worn.tried] == pytest.approx([1, 3, 7, 15], abs=0.1)
    worn.news()
    again = Real(clock)
    worn.reopened.append(again)
    while clock.now_ns() < 32 * NS:
        one_frame(worn)
    assert worn.name == "real" and not worn.simulated and worn.news() == [("real is back", "")]
    assert len(worn.tried) == 5
    clock.advance(40 * NS)
    again.lost = "gone again"
    one_frame(worn)
    assert worn.simulated and "gone again" in worn.news()[0][0] and worn.losses == 2
    clock.advance(int(1.1 * NS))
    one_frame(worn)
    assert len(worn.tried) == 6, "it was worn for long, so it is tried soon"


def test_nothing_is_tried_again_that_was_not_asked_for(graphics: object, clock: FakeClock) -> None:
    real = Real(clock)
    worn = FailoverHeadset(real, clock, lambda size: SimulatedHeadset(clock, size))
    real.lost = "gone"
    for _ in range(200):
        one_frame(worn)
    assert worn.simulated and worn.news() == [("gone: going on without it", "")]
    worn.close()


def test_what_the_runtime_counted_is_kept_over_its_openings_and_the_stand_in_adds_nothing(
    worn: Any, clock: FakeClock
) -> None:
    worn, real = worn
    for _ in range(5):
        one_frame(worn)
    assert worn.timing() == HeadsetTiming(5, 3, 2, 1.5)
    real._check = lambda: None  # its counts are to be had, though it does not show any more
    real.submit = lambda frame: (_ for _ in ()).throw(HeadsetLost("gone"))
    for _ in range(10):
        one_frame(worn)
    assert (worn.timing().submitted, worn.timing().dropped, worn.runtime) == (5, 3, "real")
    worn.reopened.append(Real(clock))
    clock.advance(60 * NS)
    for _ in range(4):
        one_frame(worn)
    assert (worn.timing().submitted, worn.timing().dropped, worn.timing().reprojected) == (9, 6, 4)
