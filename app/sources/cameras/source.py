"""Cameras as a source of stereo pairs: two of them, or one whose frames hold both eyes."""

from dataclasses import replace

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.closing import Closing
from allaprima.app.core.errors import CameraLost, CameraNotFound, SourceEnded, Stalled
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.stamps import Stamps
from allaprima.app.core.view import StereoRig
from allaprima.app.sources.cameras.eyes import Eyes
from allaprima.app.sources.cameras.inbox import Inbox
from allaprima.app.sources.cameras.runner import Runner

FIRST_FRAME_S = 20.0
"""Network streams and slow drivers take seconds to their first frame."""
GIVE_UP_S = 60.0
"""How long a source waits without any camera before it fails."""
_UNREAD_NS = NS  # a reader that pauses for longer is in standby: the cameras may sleep, too


class CameraSource(Closing):
    """See `LiveSource`. Opens its cameras at once, and reopens lost ones.

    Raises `CameraNotFound` if one does not open or gives no frame, or if the eyes differ in size.
    """

    length: int | None = None

    def __init__(
        self,
        name: str,
        eyes: Eyes,
        runner: Runner,
        clock: Clock,
        frames: int | None = None,
        rig: StereoRig | None = None,
    ) -> None:
        """It ends after `frames` pairs. `runner` and the cameras share an inbox and are not started yet. `rig` is the
        rig before any calibration.
        """
        self.name = name
        self._eyes, self._runner, self._clock, self._frames = eyes, runner, clock, frames
        self._inbox: Inbox = runner.inbox
        self._seq = 0
        self._begun = False
        self._closed = False
        self._asked_ns = self._hoping_since_ns = clock.now_ns()
        runner.start(eyes.cameras)
        try:
            self._await_first_frames()
            self.size = eyes.eye_size()
        except BaseException:
            self.close()
            raise
        self.rig = rig or StereoRig.assumed(self.size)
        self.rate_hz: float | None = min(camera.fps for camera in eyes.cameras)

    @property
    def status(self) -> str:
        """The cameras' fault, in a few words for the wearer; empty if there is none."""
        return self._eyes.status()

    def read(self, timeout_s: float) -> StereoFrame:
        """See `StereoSource.read`. Raises `CameraLost` after a minute without any camera."""
        asked_ns = self._clock.now_ns()
        limit = asked_ns + round(timeout_s * NS)
        if asked_ns - self._asked_ns > _UNREAD_NS:
            self._hoping_since_ns = asked_ns
        if not self._begun:  # frames from before the first read do not count as lost
            self._inbox.empty()
            self._begun = True
        while not self._closed and (self._frames is None or self._seq < self._frames):
            self._runner.watch()
            frames = self._inbox.drain()
            self._asked_ns = now = self._clock.now_ns()
            pair = self._eyes.join(frames, now)
            if pair:
                return self._numbered(pair, now)
            self._check_hope(now)
            if now >= limit:
                raise Stalled
            due = self._eyes.due_ns()
            self._runner.wait(limit if due is None else min(due, limit))
        raise SourceEnded

    def statistics(self) -> dict[str, float | int]:
        """Counts of pairs and of each camera, and the skew of the newest pairs, ready for JSON."""
        found: dict[str, float | int] = {
            "pairs": self._seq,
            "unpaired": self._eyes.unpaired,
            "overtaken": self._eyes.skipped + self._inbox.overflowed,
            **self._eyes.statistics(),
        }
        for camera in self._eyes.cameras:
            prefix = camera.eye if len(self._eyes.cameras) > 1 else "camera"
            found[f"{prefix}_fps"] = round(camera.fps, 2)
            counts = camera.counts
            for count in ("frames", "rejected", "reopened", "abandoned", "frozen"):
                found[f"{prefix}_{count}"] = getattr(counts, count)
        return found

    def close(self) -> None:
        self._closed = True
        self._runner.stop()

    def _numbered(self, pair: StereoFrame, now_ns: int) -> StereoFrame:
        seq, self._seq = self._seq, self._seq + 1
        stamps = Stamps(grabbed=pair.t_ns, paired=now_ns)
        return replace(pair, seq=seq, stamps=stamps)

    def _await_first_frames(self) -> None:
        limit = self._clock.now_ns() + round(FIRST_FRAME_S * NS)
        while waiting := [camera for camera in self._eyes.cameras if camera.size is None]:
            self._runner.watch()
            for camera in waiting:
                if camera.refusal:
                    raise camera.refusal
                if self._clock.now_ns() >= limit:
                    raise CameraNotFound(
                        f"camera '{camera.name}' opens, but gives no frame within {FIRST_FRAME_S:g} s",
                        "unplug it and plug it in again; two cameras on one USB hub may need a smaller --camera-size",
                    )
            self._await(limit)  # one camera is early: its frame has no mate yet
        limit = min(limit, self._clock.now_ns() + NS)
        while not all(camera.paced for camera in self._eyes.cameras) and self._clock.now_ns() < limit:
            self._runner.watch()
            self._await(limit)

    def _await(self, limit_ns: int) -> None:
        """Discard frames until `limit_ns`, for at most 0.1 s."""
        self._inbox.drain()
        self._runner.wait(min(limit_ns, self._clock.now_ns() + NS // 10))

    def _check_hope(self, now_ns: int) -> None:
        newest = [camera.health.last_ns for camera in self._eyes.cameras]
        silence_s = (now_ns - max(self._hoping_since_ns, *(t or 0 for t in newest))) / NS
        if silence_s > GIVE_UP_S:
            names = " and ".join(camera.name for camera in self._eyes.cameras)
            reasons = [camera.refusal.hint for camera in self._eyes.cameras if camera.refusal and camera.refusal.hint]
            raise CameraLost(
                f"no frame from {names} for {silence_s:.0f} s",
                reasons[0] if reasons else "plug them in again; allaprima devices lists them",
            )
