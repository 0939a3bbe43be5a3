"""Cameras as a source of stereo pairs: two of them, or one whose frames hold both eyes."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

import numpy as np

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.errors import CameraLost, CameraNotFound, SourceEnded, Stalled
from allaprima.app.core.frame import Eye, Frame, StereoFrame
from allaprima.app.core.stamps import Stamps
from allaprima.app.sources.capture.camera import Camera
from allaprima.app.sources.capture.inbox import Inbox
from allaprima.app.sources.capture.runner import Runner
from allaprima.app.sources.layout import Layout, eye_size, split
from allaprima.app.sources.pairing import Pairing
from allaprima.app.sources.sidecar import assumed_rig

FIRST_FRAME_S = 20.0
"""Network streams and slow drivers take seconds to their first frame."""
GIVE_UP_S = 60.0
"""So long a source without any camera is worth waiting for."""


class Rig(Protocol):
    """How a source's cameras become two eyes."""

    cameras: tuple[Camera, ...]
    skipped: int
    """Pairs that were made, but a newer one was there before anybody asked."""

    @property
    def unpaired(self) -> int:
        """Frames that became no pair."""
        ...

    def eye_size(self) -> tuple[int, int]:
        """(width, height) of each eye, once every camera has given a frame. `CameraNotFound` where they differ."""
        ...

    def join(self, frames: list[Frame]) -> StereoFrame | None:
        """The newest pair that `frames`, which just came, make; its `seq` is not set yet."""
        ...

    def status(self) -> str:
        """What is wrong, for the wearer; empty while nothing is."""
        ...

    def statistics(self) -> dict[str, float | int]:
        """What is to be told of pairs, beside each camera's own counts."""
        ...


class TwoCameras:
    """One camera an eye. While one is lost, the other's picture is shown to both."""

    def __init__(self, left: Camera, right: Camera) -> None:
        self.cameras: tuple[Camera, ...] = (left, right)
        self.pairing = Pairing()
        self.alone = 0
        """Frames of one eye that were shown to both."""
        self.skipped = 0

    @property
    def unpaired(self) -> int:
        return self.pairing.unpaired

    def eye_size(self) -> tuple[int, int]:
        left, right = self.cameras
        assert left.size and right.size
        if left.size != right.size:
            sizes = [f"camera {c.name} gives {c.size[0]}x{c.size[1]}" for c in self.cameras if c.size]
            raise CameraNotFound(" but ".join(sizes), "ask both for one size: --camera-size 640x480")
        return left.size

    def join(self, frames: list[Frame]) -> StereoFrame | None:
        period = min(camera.health.period_ns for camera in self.cameras)
        pairs = [pair for frame in frames if (pair := self.pairing.add(frame, period))]
        self.skipped += max(0, len(pairs) - 1)
        if pairs:
            left, right = pairs[-1]
            return StereoFrame(left.pixels, right.pixels, 0, left.t_ns, right.t_ns - left.t_ns)
        there = [camera for camera in self.cameras if camera.state != "lost"]
        frame = self.pairing.alone(there[0].eye) if len(there) == 1 else None
        if frame is None:
            return None
        self.alone += 1
        return StereoFrame(frame.pixels, frame.pixels, 0, frame.t_ns)

    def status(self) -> str:
        if all(camera.state == "lost" for camera in self.cameras):
            return "both cameras lost"
        other: dict[Eye, Eye] = {"left": "right", "right": "left"}
        troubles = []
        for camera in self.cameras:
            if camera.trouble:
                shown = f": {other[camera.eye]} eye shown to both" if camera.state == "lost" else ""
                troubles.append(f"{camera.eye} camera {camera.trouble}{shown}")
        return ", ".join(troubles)

    def statistics(self) -> dict[str, float | int]:
        skews = np.abs(self.pairing.skews_ms)
        found = np.percentile(skews, (50, 95, 99, 100)) if len(skews) else np.zeros(4)
        quantiles = zip(("p50", "p95", "p99", "max"), found.tolist(), strict=True)
        return {
            **{f"skew_{name}_ms": round(ms, 3) for name, ms in quantiles},
            "one_eye_for_both": self.alone,
        }


class SplitCamera:
    """One camera whose frames hold both eyes, side by side or on top of each other; or one eye for both."""

    def __init__(self, camera: Camera, choose: Callable[[tuple[int, int]], Layout]) -> None:
        """`choose` says from the size of the frames how they hold the eyes."""
        self.cameras: tuple[Camera, ...] = (camera,)
        self.unpaired = 0
        self.skipped = 0
        self._choose = choose
        self._layout: Layout = "mono"

    def eye_size(self) -> tuple[int, int]:
        (camera,) = self.cameras
        assert camera.size
        self._layout = self._choose(camera.size)
        return eye_size(camera.size, self._layout)

    def join(self, frames: list[Frame]) -> StereoFrame | None:
        self.skipped += max(0, len(frames) - 1)
        return StereoFrame(*split(frames[-1].pixels, self._layout), 0, frames[-1].t_ns) if frames else None

    def status(self) -> str:
        (camera,) = self.cameras
        return f"camera {camera.trouble}" if camera.trouble else ""

    def statistics(self) -> dict[str, float | int]:
        return {}


class CameraSource:
    """See `LiveSource`. Opens its cameras at once, and again whenever they were lost.

    Raises `CameraNotFound` where one does not open or gives no frame, or where the eyes differ in size.
    """

    length: int | None = None

    def __init__(self, name: str, rig: Rig, runner: Runner, clock: Clock, frames: int | None = None) -> None:
        """`frames` ends it after so many pairs. `runner` and the cameras share an inbox, and are not yet started."""
        self.name = name
        self._rig, self._runner, self._clock, self._frames = rig, runner, clock, frames
        self._inbox: Inbox = runner.inbox
        self._seq = 0
        self._closed = False
        runner.start(rig.cameras)
        try:
            self._await_first_frames()
            self.size = rig.eye_size()
        except BaseException:
            self.close()
            raise
        self.rig = assumed_rig(self.size)
        self.rate_hz: float | None = min(camera.fps for camera in rig.cameras)

    @property
    def status(self) -> str:
        """What is wrong with the cameras, in a few words for the wearer; empty while nothing is."""
        return self._rig.status()

    def read(self, timeout_s: float) -> StereoFrame:
        """See `StereoSource.read`. `CameraLost` after a minute without any camera."""
        limit = self._clock.now_ns() + round(timeout_s * NS)
        while not self._closed and (self._frames is None or self._seq < self._frames):
            self._runner.watch()
            pair = self._rig.join(self._inbox.drain())
            now = self._clock.now_ns()
            if pair:
                return self._numbered(pair, now)
            self._check_hope(now)
            if now >= limit:
                raise Stalled
            self._runner.wait(limit)
        raise SourceEnded

    def statistics(self) -> dict[str, float | int]:
        """Counts of pairs and of each camera, and the skew of the newest pairs, ready for JSON."""
        told: dict[str, float | int] = {
            "pairs": self._seq,
            "unpaired": self._rig.unpaired,
            "overtaken": self._rig.skipped + self._inbox.overflowed,
            **self._rig.statistics(),
        }
        for camera in self._rig.cameras:
            prefix = camera.eye if len(self._rig.cameras) > 1 else "camera"
            told[f"{prefix}_fps"] = round(camera.fps, 2)
            counts = camera.counts
            for count in ("frames", "rejected", "reopened", "abandoned", "frozen"):
                told[f"{prefix}_{count}"] = getattr(counts, count)
        return told

    def close(self) -> None:
        """End it; idempotent, from any thread."""
        self._closed = True
        self._runner.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _numbered(self, pair: StereoFrame, now_ns: int) -> StereoFrame:
        seq, self._seq = self._seq, self._seq + 1
        stamps = Stamps(grabbed=pair.t_ns, paired=now_ns)
        return StereoFrame(pair.left, pair.right, seq, pair.t_ns, pair.skew_ns, stamps=stamps)

    def _await_first_frames(self) -> None:
        limit = self._clock.now_ns() + round(FIRST_FRAME_S * NS)
        while waiting := [camera for camera in self._rig.cameras if camera.size is None]:
            self._runner.watch()
            for camera in waiting:
                if camera.refusal:
                    raise camera.refusal
                if self._clock.now_ns() >= limit:
                    raise CameraNotFound(
                        f"camera '{camera.name}' opens, but gives no frame within {FIRST_FRAME_S:g} s",
                        "unplug it and plug it in again; two cameras on one USB hub may need a smaller --camera-size",
                    )
            self._inbox.drain()  # one camera is early: what it sees has no mate yet
            self._runner.wait(min(limit, self._clock.now_ns() + NS // 10))

    def _check_hope(self, now_ns: int) -> None:
        newest = [camera.health.last_ns for camera in self._rig.cameras]
        silence_s = (now_ns - max(t or 0 for t in newest)) / NS
        if silence_s > GIVE_UP_S:
            names = " and ".join(camera.name for camera in self._rig.cameras)
            raise CameraLost(
                f"no frame from {names} for {silence_s:.0f} s",
                "plug them in again; allaprima devices lists them",
            )
