"""The headset of a session: replaces a real headset that is lost."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from allaprima.app.core.clock import Clock
from allaprima.app.core.errors import HeadsetLost, HeadsetUnavailable
from allaprima.app.core.pose import Pose
from allaprima.app.core.threads.backoff import Backoff
from allaprima.app.core.threads.watchdog import Watchdog
from allaprima.app.headset.choosing import Opener
from allaprima.app.headset.headset import Headset, HeadsetFrame, HeadsetTiming, Triangles

T = TypeVar("T")

StandIn = Callable[[tuple[int, int]], Headset]
"""Opens a simulated headset with that size of each eye."""


class FailoverHeadset:
    """Implements `Headset` by passing each call to the present headset, under a `Watchdog`.

    If that is lost, a simulated headset with the same eyes replaces it before the next frame, so that the mirror goes
    on; without a `stand_in` the loss is raised. With `reopen` the real one is reopened at the times of a `Backoff`.
    That happens between two frames, because a headset belongs to the thread of its GL context: the mirror stops until
    the runtime answers.
    """

    def __init__(
        self,
        headset: Headset,
        clock: Clock,
        stand_in: StandIn | None = None,
        reopen: Opener | None = None,
        watchdog: Watchdog | None = None,
        backoff: Backoff | None = None,
        simulated: bool = False,
    ) -> None:
        """`simulated`: `headset` itself is a simulated one."""
        self._clock, self._stand_in, self._reopen = clock, stand_in, reopen
        self._watchdog, self._backoff = watchdog or Watchdog(), backoff or Backoff()
        self._real_name = headset.name
        self._lost: HeadsetLost | None = None
        self._standing_in = False
        self._earlier = HeadsetTiming()  # counts of the lost headsets
        self._news: list[tuple[str, str]] = []
        self.losses = 0
        """Number of losses."""
        self._simulated = simulated
        self._take_over(headset)

    @property
    def simulated(self) -> bool:
        """True while no real headset is in use: the head then follows the source."""
        return self._simulated or self._standing_in

    @property
    def runtime(self) -> str:
        """Name of the headset that `timing` counts: the real one, even while it is lost."""
        return self._real_name

    def news(self) -> list[tuple[str, str]]:
        """(text about a change of the headset since the last call, hint or ""). After a change, earlier poses and held
        buttons are void.
        """
        news, self._news = self._news, []
        return news

    def wait_frame(self) -> HeadsetFrame:
        self._try_again()
        while (frame := self._call("the next frame", self.current.wait_frame, None)) is None:
            self._replace()
        return frame

    def pose_at(self, t_ns: int) -> Pose | None:
        return self._call("a past pose", lambda: self.current.pose_at(t_ns), None)

    def eye_framebuffer(self, eye: int) -> int:
        while (handle := self._call("a picture to draw into", lambda: self.current.eye_framebuffer(eye), None)) is None:
            self._replace()
        return handle

    def eye_texture(self, eye: int) -> int:
        """For a headset that was lost on `submit`, its last picture: it has drawn nothing newer."""
        return self.current.eye_texture(eye)

    def submit(self, frame: HeadsetFrame) -> None:
        self._call("a submitted frame", lambda: self.current.submit(frame), None)

    def hidden_area(self, eye: int) -> Triangles | None:
        return self._call("the hidden area", lambda: self.current.hidden_area(eye), None)

    def poll_actions(self) -> list[str]:
        return self._call("the controllers", self.current.poll_actions, [])

    def tick(self) -> None:
        self._call("a haptic tick", self.current.tick, None)

    def recentre(self) -> None:
        self._call("recentring", self.current.recentre, None)

    def timing(self) -> HeadsetTiming:
        """The real headset's counts, summed over all times it was opened; frames of a stand-in do not count."""
        if self._standing_in:
            return self._earlier
        now, before = self._call("the frame timing", self.current.timing, HeadsetTiming()), self._earlier
        return HeadsetTiming(
            now.submitted + before.submitted,
            now.dropped + before.dropped,
            now.reprojected + before.reprojected,
            now.gpu_ms,
        )

    def close(self) -> None:
        with self._watchdog.over("closing the headset"):
            self.current.close()

    def _call(self, what: str, call: Callable[[], T], otherwise: T) -> T:
        """Returns `otherwise` once the headset is lost: the rest of this frame is skipped."""
        if self._lost:
            return otherwise
        try:
            with self._watchdog.over(what):
                return call()
        except HeadsetLost as lost:
            self._lost = lost
            return otherwise

    def _replace(self) -> None:
        """Replace the lost headset by the stand-in, or raise the loss."""
        lost = self._lost
        assert lost
        if self._standing_in or not self._stand_in:
            raise lost
        self._lost = None  # kept for one last read of its counts
        self._earlier = self.timing()
        self._lost = None
        size = self.eye_size
        with suppress(HeadsetUnavailable):
            self.close()
        self._backoff.failed(self._clock.now_ns())
        self._take_over(self._stand_in(size))
        self._standing_in = True
        self.losses += 1
        again = ", trying again" if self._reopen else ""
        self._news.append((f"{lost.message}: going on without it{again}", lost.hint))

    def _try_again(self) -> None:
        if not (self._standing_in and self._reopen and self._backoff.due(self._clock.now_ns())):
            return
        try:
            headset = self._reopen()
        except HeadsetUnavailable:
            self._backoff.failed(self._clock.now_ns())
            return
        self.current.close()
        self._standing_in = False
        self._backoff.worked(self._clock.now_ns())
        self._take_over(headset)
        self._news.append((f"{headset.name} is back", ""))

    def _take_over(self, headset: Headset) -> None:
        self.current: Headset = headset
        """The headset that gets the calls."""
        self.name, self.eye_size, self.refresh_hz = headset.name, headset.eye_size, headset.refresh_hz
