"""A headset behind an OpenXR runtime."""

from allaprima.app.compositor.framebuffer import Framebuffer
from allaprima.app.core.clock import NS, Clock, SystemClock
from allaprima.app.core.errors import HeadsetLost
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView
from allaprima.app.headset.drawn_eyes import DrawnEyes
from allaprima.app.headset.headset import HeadsetFrame, HeadsetTiming, Triangles
from allaprima.app.headset.openxr.binding import current_binding
from allaprima.app.headset.openxr.controllers import Controllers
from allaprima.app.headset.openxr.instance import Instance
from allaprima.app.headset.openxr.mask import hidden_triangles
from allaprima.app.headset.openxr.session import Beat, Session
from allaprima.app.headset.openxr.swapchain import EyeSwapchain
from allaprima.app.headset.simulated import default_views

_READY_TIMEOUT_NS = 5 * NS
_ASKING_PERIOD_NS = NS // 50
_STANDBY_PERIOD_NS = NS // 10


class OpenXrHeadset(DrawnEyes):
    """Implements `Headset` on this computer's active OpenXR runtime.

    It draws with the GL context that is current at opening (EGL, GLX or WGL). Eyes are drawn into our own framebuffers
    and copied into the runtime's textures, so that `eye_texture` stays readable after `submit`. While the runtime wants
    no frames (headset in standby), `wait_frame` requests an invisible one ten times a second.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._eyes: list[Framebuffer] = []
        self._swapchains: list[EyeSwapchain] = []
        self._closed = False
        binding = current_binding()
        self._instance = Instance(binding)
        try:
            self.name = self._instance.name
            self.eye_size = self._instance.eye_size()
            self._session = Session(self._instance, binding)
        except BaseException:
            self._instance.close()
            raise
        self.refresh_hz = 90.0  # until we know better
        self._reported_hz: float | None = None
        self._views = default_views()
        self._head = Pose()
        self._index = -1
        self._beat: Beat | None = None  # of the frame begun but not submitted
        self._last_time: int | None = None  # display time of the previous frame
        self._submitted = self._dropped = 0
        self._hidden: dict[tuple[int, FieldOfView], Triangles | None] = {}
        try:
            self._eyes = [Framebuffer(*self.eye_size) for _ in range(2)]
            self._swapchains = [EyeSwapchain(self._session.handle, self.eye_size) for _ in range(2)]
            self._controllers = Controllers(self._instance.handle, self._session.handle, self._clock)
            self._begin()
        except BaseException:
            self.close()
            raise

    def wait_frame(self) -> HeadsetFrame:
        """Block until the runtime wants the next frame. Raises `HeadsetLost`."""
        self._follow()
        self._index += 1
        if not self._session.running:
            self._beat = self._last_time = None
            now = self._clock.now_ns()
            self._clock.sleep_until(now + _STANDBY_PERIOD_NS)
            return HeadsetFrame(self._index, now + _STANDBY_PERIOD_NS, self._head, self._views, False, False)
        self._beat = beat = self._session.begin_frame()
        self._count(beat)
        self._views = self._session.views(beat.time) or self._views
        head, tracked = self._session.head(beat.time)
        self._head = head or self._head
        t_display_ns = self._instance.t_ns(beat.time)
        return HeadsetFrame(self._index, t_display_ns, self._head, self._views, tracked, beat.visible)

    def pose_at(self, t_ns: int) -> Pose | None:
        """Head-to-world at a time within the runtime's memory."""
        return self._session.head(self._instance.time(t_ns))[0]

    def submit(self, frame: HeadsetFrame) -> None:
        """Submit both eyes with the pose they were drawn for: the runtime corrects the motion since then."""
        self._check_open()
        beat, self._beat = self._beat, None
        if beat is None:  # of a headset in standby
            return
        shown = self._swapchains if beat.visible else []
        for picture, swapchain in zip(self._eyes, shown, strict=False):
            swapchain.fill(picture)
        self._session.end_frame(beat.time, frame.head, frame.views, shown)
        self._submitted += 1

    def hidden_area(self, eye: int) -> Triangles | None:
        self._check_open()
        if self._session.masks_changed:
            self._hidden.clear()
            self._session.masks_changed = False
        fov = self._views[eye].fov
        if (eye, fov) not in self._hidden:
            self._hidden[eye, fov] = hidden_triangles(self._instance, self._session.handle, eye, fov)
        return self._hidden[eye, fov]

    def poll_actions(self) -> list[str]:
        self._check_open()
        return self._controllers.poll()

    def tick(self) -> None:
        self._check_open()
        self._controllers.tick()

    def recentre(self) -> None:
        self._check_open()
        if self._last_time is not None:
            self._session.recentre(self._last_time)

    def timing(self) -> HeadsetTiming:
        """OpenXR reports neither reprojected frames nor GPU times. `dropped` counts refreshes without a frame of ours,
        from the gaps between the runtime's display times.
        """
        return HeadsetTiming(submitted=self._submitted, dropped=self._dropped)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            for swapchain in self._swapchains:
                swapchain.close()
            self._session.close()
            self._instance.close()
            for eye in self._eyes:
                eye.close()

    def _begin(self) -> None:
        """Wait until the runtime is ready, but not long: a headset on the table may never be. An empty first frame
        gives the refresh rate.
        """
        deadline = self._clock.now_ns() + _READY_TIMEOUT_NS
        while True:
            self._session.follow()
            if self._session.running:
                beat = self._session.begin_frame()
                self._reported_hz = self._session.refresh_hz()
                self.refresh_hz = self._reported_hz or self.refresh_hz
                self._count(beat)
                self._views = self._session.views(beat.time) or self._views
                self._session.end_frame(beat.time, self._head, self._views, [])
                return
            now = self._clock.now_ns()
            if now >= deadline:
                return
            self._clock.sleep_until(now + _ASKING_PERIOD_NS)

    def _follow(self) -> None:
        self._check_open()
        self._session.follow()

    def _count(self, beat: Beat) -> None:
        """Refreshes without a frame of ours since the previous frame."""
        if self._reported_hz is None and beat.period_ns > 0:
            self.refresh_hz = NS / beat.period_ns
        if self._last_time is not None:
            self._dropped += max(0, round((beat.time - self._last_time) / NS * self.refresh_hz) - 1)
        self._last_time = beat.time

    def _check_open(self) -> None:
        if self._closed:
            raise HeadsetLost("the OpenXR headset was closed")
