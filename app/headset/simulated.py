"""A simulated headset: two framebuffers and a clock."""

import threading
from collections import deque
from typing import Any

from allaprima.app.compositor.framebuffer import Framebuffer
from allaprima.app.compositor.gl import GL
from allaprima.app.core.clock import NS, Clock, SystemClock
from allaprima.app.core.errors import HeadsetLost, SettingsError
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView, FieldOfView
from allaprima.app.headset.drawn_eyes import DrawnEyes
from allaprima.app.headset.headset import HeadsetFrame, HeadsetTiming, Triangles
from allaprima.app.headset.motion import LookAround, Motion

_DRAWING_TIMEOUT_NS = 2 * NS


def default_views(ipd_m: float = 0.063) -> tuple[EyeView, EyeView]:
    """Two eyes `ipd_m` metres apart that see further outwards than inwards and further down than up, like those of a
    Windows Mixed Reality headset: 92 degrees across, 99 degrees high, square pixels at 8:9.
    """
    outer, inner, up, down = 1.13, 0.95, 1.13, 1.21
    left = EyeView(FieldOfView(outer, inner, up, down), Pose((-ipd_m / 2, 0.0, 0.0)))
    right = EyeView(FieldOfView(inner, outer, up, down), Pose((ipd_m / 2, 0.0, 0.0)))
    return left, right


class SimulatedHeadset(DrawnEyes):
    """Implements `Headset` without hardware: requests frames at a fixed rate and keeps the submitted pictures.

    It has `refresh_hz` frames a second by `clock`; a late caller misses whole frames and continues with the next one,
    never with two at once. Without `motion` the head turns gently. Raises `SettingsError` for an invalid rate or size.
    """

    name = "simulated headset"

    def __init__(
        self,
        clock: Clock | None = None,
        eye_size: tuple[int, int] = (640, 720),
        refresh_hz: float = 90.0,
        motion: Motion | None = None,
        views: tuple[EyeView, EyeView] | None = None,
    ) -> None:
        if not 1 <= refresh_hz <= 1000:
            raise SettingsError(
                f"a headset cannot show {refresh_hz:g} frames a second", "give a rate from 1 to 1000 Hz"
            )
        if not all(1 <= side <= 8192 for side in eye_size):
            raise SettingsError(f"an eye cannot have {eye_size[0]}x{eye_size[1]} pixels", "give sides from 1 to 8192")
        self._clock = clock or SystemClock()
        self.eye_size = eye_size
        self.refresh_hz = refresh_hz
        self.views = views or default_views()
        self._motion = motion or LookAround(start_ns=self._clock.now_ns())
        self._eyes = [Framebuffer(*eye_size), Framebuffer(*eye_size)]
        self._period_ns = round(NS / refresh_hz)
        self._start_ns = 0
        self._slot = -1
        self._head = Pose()
        self._drawn: Any = None  # fence after the last submitted frame
        self._submitted = self._dropped = 0
        self.ticks = 0
        """Haptic ticks so far."""
        self.tracked = True
        """False: tracking is lost, and the head keeps its pose. Set from any thread, as are `visible` and `lost`."""
        self.visible = True
        """False: the headset was taken off."""
        self.lost = ""
        """If set, every call raises `HeadsetLost` with this reason."""
        self._actions: deque[str] = deque()
        self._closed = threading.Event()

    def wait_frame(self) -> HeadsetFrame:
        """Block until the next refresh begins. `t_display_ns` is the display time of that refresh: one period later."""
        self._check()
        self._wait_until_drawn()
        now = self._clock.now_ns()
        if self._slot < 0:
            self._start_ns = now
        slot = max(self._slot + 1, -(-(now - self._start_ns) // self._period_ns))
        if self._slot >= 0:
            self._dropped += slot - self._slot - 1
        self._slot = slot
        begins_ns = self._start_ns + slot * self._period_ns
        self._clock.sleep_until(begins_ns)
        t_display_ns = begins_ns + self._period_ns
        if self.tracked:
            self._head = self._motion.at(t_display_ns) or self._head
        return HeadsetFrame(slot, t_display_ns, self._head, self.views, self.tracked, self.visible)

    def pose_at(self, t_ns: int) -> Pose | None:
        return self._motion.at(t_ns)

    def submit(self, frame: HeadsetFrame) -> None:
        """Show both eyes. Returns at once: `wait_frame` waits for the drawing, so at most one frame is in flight."""
        self._check()
        self._wait_until_drawn()
        self._drawn = GL.glFenceSync(GL.GL_SYNC_GPU_COMMANDS_COMPLETE, 0)
        GL.glFlush()
        self._submitted += 1

    def hidden_area(self, eye: int) -> Triangles | None:
        return None

    def tick(self) -> None:
        self.ticks += 1

    def recentre(self) -> None:
        """Does nothing: the simulated motion begins straight ahead, and the room stays in its place."""

    def poll_actions(self) -> list[str]:
        actions = []
        while self._actions:
            actions.append(self._actions.popleft())
        return actions

    def timing(self) -> HeadsetTiming:
        return HeadsetTiming(submitted=self._submitted, dropped=self._dropped)

    def press(self, action: str) -> None:
        """Simulate a press: the next `poll_actions` reports it. May be called from another thread."""
        self._actions.append(action)

    def close(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            self._wait_until_drawn()
            for eye in self._eyes:
                eye.close()

    def _check(self) -> None:
        if self._closed.is_set() or self.lost:
            raise HeadsetLost(self.lost or "the simulated headset was closed")

    def _wait_until_drawn(self) -> None:
        if self._drawn is not None:
            GL.glClientWaitSync(self._drawn, GL.GL_SYNC_FLUSH_COMMANDS_BIT, _DRAWING_TIMEOUT_NS)
            GL.glDeleteSync(self._drawn)
            self._drawn = None
