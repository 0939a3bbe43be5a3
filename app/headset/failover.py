"""The headset of a session, which outlives the one that is worn."""

from __future__ import annotations

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
"""Opens a simulated headset with eyes of that size."""


class FailoverHeadset:
    """Keeps the `Headset` protocol by handing each call to the headset that is worn, with a `Watchdog` over it.

    Where that is lost, a simulated one with the same eyes takes its place before the next frame, so that the mirror
    goes on; without a `stand_in` the loss is raised. With `reopen` the real one is tried again, by a `Backoff`. That
    is done between two frames, because a headset belongs to the thread of its GL context: the mirror stops for as
    long as the runtime takes to answer.
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
        """`simulated`: `headset` is no real one from the start."""
        self._clock, self._stand_in, self._reopen = clock, stand_in, reopen
        self._watchdog, self._backoff = watchdog or Watchdog(), backoff or Backoff()
        self._real_name = headset.name
        self._lost: HeadsetLost | None = None
        self._standing_in = False
        self._earlier = HeadsetTiming()  # of those that were lost
        self._news: list[tuple[str, str]] = []
        self.losses = 0
        """How often a headset was lost."""
        self._simulated = simulated
        self._take_over(headset)

    @property
    def simulated(self) -> bool:
        """True while nobody wears anything: the head is where the source says."""
        return self._simulated or self._standing_in

    @property
    def runtime(self) -> str:
        """What `timing` was counted by: the real headset's name, even while it is lost."""
        return self._real_name

    def news(self) -> list[tuple[str, str]]:
        """(what has happened to the headset since the last call, a hint or ""), for people. Whatever was known of poses
        and held buttons before is void then.
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
        """Of a headset that was lost on `submit`, the last picture: it has drawn nothing newer."""
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
        """Of the real headset, all times that it was opened together; a stand-in's frames are not counted."""
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
        """`otherwise` once the headset is lost: what follows in this frame is done for nobody."""
        if self._lost:
            return otherwise
        try:
            with self._watchdog.over(what):
                return call()
        except HeadsetLost as lost:
            self._lost = lost
            return otherwise

    def _replace(self) -> None:
        """Put the stand-in in the place of what was lost, or raise that loss."""
        lost = self._lost
        assert lost
        if self._standing_in or not self._stand_in:
            raise lost
        self._lost = None  # to ask it for the last time what it has counted
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
        """The one that calls go to."""
        self.name, self.eye_size, self.refresh_hz = headset.name, headset.eye_size, headset.refresh_hz
