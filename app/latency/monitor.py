"""Measures the latency of frames and the age of the shown picture."""

from collections import deque
from dataclasses import dataclass
from itertools import takewhile
from statistics import median
from typing import Any, Literal, TypeVar, get_args

from allaprima.app.core.clock import NS, Clock, SystemClock
from allaprima.app.core.stamps import Stage, Stamps
from allaprima.app.latency.histogram import Histogram

SPANS: dict[str, tuple[Stage, Stage]] = {
    "capture": ("grabbed", "paired"),
    "prepare": ("paired", "prepared"),  # with the wait in the mailbox
    "infer": ("prepared", "inferred"),
    "handover": ("inferred", "uploaded"),
    "draw": ("uploaded", "drawn"),
    "submit": ("drawn", "submitted"),
}
"""The stages of a frame, from stamp to stamp; their sum is `end_to_end`."""

TOTALS: dict[str, tuple[Stage, Stage]] = {"added": ("paired", "submitted"), "end_to_end": ("grabbed", "submitted")}
"""`added` is this program's share: from the pair being ready to its first being handed to the headset."""

HandOver = Literal["pairing", "capture_to_stylize", "stylize_to_compositor", "headset", "recorder"]
"""The hand-overs at which a frame can be lost."""


@dataclass(frozen=True, slots=True)
class Painted:
    """One painted pair, when it was first submitted at `t_ns`, and the size of its strokes, 1 being as trained."""

    seq: int
    t_ns: int
    stamps: Stamps
    stroke_size: float = 1.0


@dataclass(frozen=True, slots=True)
class Submitted:
    """One headset frame: which painted pair it showed (None: the plain view or nothing), and how old that was."""

    index: int
    t_ns: int
    painted_seq: int | None
    age_ms: float | None


Record = TypeVar("Record", Painted, Submitted)


@dataclass(frozen=True, slots=True)
class Records:
    """The newest frames, oldest first, for traces and plots; the histograms cover the whole run."""

    painted: tuple[Painted, ...] = ()
    submitted: tuple[Submitted, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveLatency:
    """Figures of the last moments, for the HUD. Milliseconds are medians, None without data."""

    pairs_per_s: float
    submitted_per_s: float
    added_ms: float | None
    age_ms: float | None


class LatencyMonitor:
    """Counts every frame from construction, or from the last `reset()`, on.

    All calls come from the main thread, which submits; the other threads only stamp their frames, so no lock is needed.
    """

    def __init__(self, clock: Clock | None = None, window_s: float = 1.5, capacity: int = 20_000) -> None:
        """`live` covers the last `window_s` seconds; `records` keeps `capacity` frames of each kind."""
        self._clock = clock or SystemClock()
        self._window_ns = int(window_s * NS)
        self._painted: deque[Painted] = deque(maxlen=capacity)
        self._submitted: deque[Submitted] = deque(maxlen=capacity)
        self._dropped: dict[HandOver, int] = {}
        self._dropped_totals: dict[HandOver, int] = {}
        self._shown_seq: int | None = None
        self.reset()

    def reset(self) -> None:
        """Reset the counts: call it when warm. The presently shown pair stays known."""
        self._start_ns = self._clock.now_ns()
        self._last_ns: int | None = None
        self._painted.clear()
        self._submitted.clear()
        self._spans = {name: Histogram() for name in (*SPANS, *TOTALS)}
        self._age = Histogram()
        self._interval = Histogram()
        self._pairs = self._held = self._submissions = self._repeats = self._unpainted = 0
        self._dropped = dict.fromkeys(get_args(HandOver), 0)

    def styled(self, stamps: Stamps, seq: int, stroke_size: float = 1.0, held: bool = False) -> None:
        """Pair `seq`, all its stamps set, was submitted for the first time. A span without its stamps is left out.
        `held`: one of its cameras had skipped it.
        """
        t_ns = self._clock.now_ns() if stamps.submitted is None else stamps.submitted
        self._painted.append(Painted(seq, t_ns, stamps, stroke_size))
        self._pairs += 1
        self._held += held
        self._shown_seq = None  # also for a pair that was shown before: it was painted anew
        for name, (start, end) in (SPANS | TOTALS).items():
            ms = stamps.between_ms(start, end)
            if ms is not None:
                self._spans[name].record(ms)

    def submitted(self, index: int, t_ns: int, painted_seq: int | None, source_t_ns: int | None) -> None:
        """Headset frame `index` was submitted at `t_ns`, showing pair `painted_seq`, grabbed at `source_t_ns`.

        Call it for every headset frame; `painted_seq` is None while there is no painted pair to show.
        """
        age_ms = None if source_t_ns is None else (t_ns - source_t_ns) / 1e6
        self._submitted.append(Submitted(index, t_ns, painted_seq, age_ms))
        self._submissions += 1
        if age_ms is not None:
            self._age.record(age_ms)
        if self._last_ns is not None:
            self._interval.record((t_ns - self._last_ns) / 1e6)
        self._last_ns = t_ns
        if painted_seq is None:
            self._unpainted += 1
            return
        if painted_seq == self._shown_seq:
            self._repeats += 1
        self._shown_seq = painted_seq

    def dropped(self, hand_over: HandOver, total: int) -> None:
        """`hand_over` has lost `total` frames since its creation. A smaller total than before means a new one."""
        before = self._dropped_totals.get(hand_over, 0)
        self._dropped[hand_over] += total - before if total >= before else total
        self._dropped_totals[hand_over] = total

    def live(self) -> LiveLatency:
        """Rates and medians over the last `window_s` seconds, or since the start if that is less."""
        now = self._clock.now_ns()
        since = max(now - self._window_ns, self._start_ns)
        seconds = (now - since) / NS
        painted = _newest(self._painted, since)
        shown = _newest(self._submitted, since)
        added = [ms for p in painted if (ms := p.stamps.between_ms(*TOTALS["added"])) is not None]
        ages = [s.age_ms for s in shown if s.age_ms is not None]
        return LiveLatency(
            pairs_per_s=len(painted) / seconds if seconds else 0.0,
            submitted_per_s=len(shown) / seconds if seconds else 0.0,
            added_ms=median(added) if added else None,
            age_ms=median(ages) if ages else None,
        )

    def records(self) -> Records:
        """The newest frames, as many as were asked to be kept."""
        return Records(tuple(self._painted), tuple(self._submitted))

    def summary(self) -> dict[str, Any]:
        """All counts, ready for JSON. Milliseconds; unmeasured values are None, never NaN.

        submitted = pairs shown for the first time + `repeats` + `unpainted`. Rates are over `duration_s`, from the
        start or `reset()` to the last submission.
        """
        duration_s = 0.0 if self._last_ns is None else max(0, self._last_ns - self._start_ns) / NS
        return {
            "pairs": self._pairs,
            "held": self._held,
            "pairs_per_s": _rate(self._pairs, duration_s),
            "submitted": self._submissions,
            "submitted_per_s": _rate(self._submissions, duration_s),
            "latency_ms": {
                **{name: _statistics(self._spans[name]) for name in TOTALS},
                "stages": {name: _statistics(self._spans[name]) for name in SPANS},
            },
            "age_ms": _statistics(self._age),
            "interval_ms": _statistics(self._interval),
            "repeats": self._repeats,
            "unpainted": self._unpainted,
            "dropped": dict(self._dropped),
            "duration_s": round(duration_s, 3),
        }


def _newest(ring: deque[Record], since_ns: int) -> list[Record]:
    """What came after `since_ns`, looking no further back than that."""
    return list(takewhile(lambda record: record.t_ns > since_ns, reversed(ring)))


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 2) if seconds else 0.0


def _statistics(histogram: Histogram) -> dict[str, float | int | None]:
    values = {
        "p50": histogram.quantile(0.50),
        "p95": histogram.quantile(0.95),
        "p99": histogram.quantile(0.99),
        "mean": histogram.mean,
        "max": histogram.max,
    }
    return {
        **{name: None if value is None else round(value, 3) for name, value in values.items()},
        "count": histogram.count,
    }
