"""Plays pairs one after another at a pace, optionally in a loop."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.closing import Closing
from allaprima.app.core.errors import SourceEnded, Stalled
from allaprima.app.core.frame import Eye, Pixels, StereoFrame
from allaprima.app.core.journal import Event
from allaprima.app.core.pose import Pose
from allaprima.app.core.stamps import Stamps
from allaprima.app.core.view import StereoRig

Pace = Literal["recorded", "rate", "fast"]
"""The pace: as recorded; at a given rate; as fast as it is read."""

NAP_NS = 50_000_000
"""How long a waiting `read` sleeps before it checks whether the source was closed."""

LONGEST_GAP_NS = 3600 * NS
"""Longest wait between two pairs: a larger gap is a wrong stamp, and is skipped."""


@dataclass(frozen=True, slots=True)
class ReelPair:
    """One decoded pair; `t_ns` is its recorded time on the recording's clock, None if unknown; `skew_ns` is right minus
    left; `held` has the same meaning as in `StereoFrame`; `duration_ns` is how long a film shows it, None if unknown.
    """

    left: Pixels
    right: Pixels
    t_ns: int | None = None
    head_pose: Pose | None = None
    skew_ns: int = 0
    held: Eye | None = None
    duration_ns: int | None = None


class Reel(Protocol):
    """Pairs in order, decoded on demand."""

    name: str
    rig: StereoRig
    size: tuple[int, int]
    rate_hz: float
    """Nominal pairs a second."""
    length: int | None
    """Number of pairs, if known without decoding."""

    @property
    def damage(self) -> str:
        """The damage noticed so far; empty if there is none."""

    def next(self) -> ReelPair | None:
        """The next pair, None after the last. Raises `RecordingError`."""

    def rewind(self) -> None:
        """Back to the first pair."""

    def close(self) -> None:
        """Close the files."""


class Playback(Closing):
    """A `StereoSource` that plays a reel.

    `pace` "rate" needs `rate_hz`; `loop` restarts after the last pair; it ends after `frames` pairs. A frame is stamped
    at the moment it is due. A late reader gets the next pair at once, but a pause causes no burst. `read` raises
    `Stalled`, after waiting for the timeout, if the next pair is due later.
    """

    def __init__(
        self,
        reel: Reel,
        clock: Clock,
        *,
        pace: Pace,
        rate_hz: float | None = None,
        loop: bool = False,
        frames: int | None = None,
    ) -> None:
        self.name, self.rig, self.size = reel.name, reel.rig, reel.size
        self.rate_hz: float | None = {"recorded": reel.rate_hz, "rate": rate_hz, "fast": None}[pace]
        whole = None if loop else reel.length
        self.length = whole if frames is None else frames if whole is None else min(frames, whole)
        self._reel, self._clock, self._pace, self._loop, self._frames = reel, clock, pace, loop, frames
        self._seq = 0
        self._pending: ReelPair | None = None
        self._gap_ns = 0
        self._due_ns: int | None = None
        self._last_t_ns: int | None = None
        self._closed = False
        self._reel_lock = threading.Lock()  # a file must not be closed while another thread decodes from it

    def read(self, timeout_s: float) -> StereoFrame:
        if self._pending is None:
            with self._reel_lock:
                self._pending = self._advance()
            self._gap_ns = self._gap_before(self._pending)
        self._wait(timeout_s)
        pair, self._pending = self._pending, None
        now = self._clock.now_ns()
        stamps = Stamps(grabbed=now, paired=now)
        frame = StereoFrame(
            pair.left, pair.right, self._seq, now, pair.skew_ns, pair.head_pose, stamps, pair.t_ns, pair.held
        )
        self._seq += 1
        return frame

    @property
    def damage(self) -> str:
        """The recording's damage noticed so far; empty if there is none."""
        return self._reel.damage

    @property
    def left_out(self) -> int:
        """Pairs that could not be read, so far."""
        return getattr(self._reel, "left_out", 0)

    @property
    def events(self) -> Sequence[Event]:
        """The wearer's recorded choices; empty if there are none."""
        return getattr(self._reel, "events", ())

    def _advance(self) -> ReelPair:
        if self._closed or (self._frames is not None and self._seq >= self._frames):
            raise SourceEnded
        pair = self._reel.next()
        if pair is None and self._loop and self._seq:
            self._reel.rewind()
            self._last_t_ns = None
            pair = self._reel.next()
        if pair is None:
            raise SourceEnded
        return pair

    def _gap_before(self, pair: ReelPair) -> int:
        """Nanoseconds between the previous pair and this one."""
        if self.rate_hz is None:
            return 0
        gap = round(NS / self.rate_hz)
        if self._pace == "recorded" and pair.t_ns is not None:
            if self._last_t_ns is not None and pair.t_ns - self._last_t_ns <= LONGEST_GAP_NS:
                gap = max(0, pair.t_ns - self._last_t_ns)
            self._last_t_ns = pair.t_ns
        return gap

    def _wait(self, timeout_s: float) -> None:
        start = self._clock.now_ns()
        due = start if self._due_ns is None else max(self._due_ns + self._gap_ns, start - self._gap_ns)
        limit = start + round(timeout_s * NS)
        while (now := self._clock.now_ns()) < due:
            if self._closed:
                raise SourceEnded
            if now >= limit:
                raise Stalled
            self._clock.sleep_until(min(due, limit, now + NAP_NS))
        if self._closed:
            raise SourceEnded
        self._due_ns = due

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            with self._reel_lock:
                self._reel.close()
