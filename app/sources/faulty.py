"""Injected faults: a source that drops, delays, freezes, loses an eye, gives wrong sizes or dies on request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.errors import CameraLost, SettingsError, SourceEnded, Stalled, did_you_mean
from allaprima.app.core.frame import StereoFrame
from allaprima.app.sources.source import StereoSource
from allaprima.app.sources.wrapped import WrappedSource

Kind = Literal["drop", "delay", "freeze", "lose-left", "lose-right", "wrong-size", "die"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DELAY_S = 0.5
_ENDLESS = 1 << 62
_USUAL: dict[Kind, int] = {"freeze": _ENDLESS, "lose-left": _ENDLESS, "lose-right": _ENDLESS}
_NAP_NS = NS // 20


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` happens to `pairs` pairs from pair number `at` (from 0) on; "die" is permanent."""

    kind: Kind
    at: int
    pairs: int = 1

    def hits(self, seq: int) -> bool:
        return self.at <= seq < self.at + self.pairs


def parse_fault(text: str) -> Fault:
    """`freeze@300`, or `drop@300+5` for five pairs. Raises `SettingsError`."""
    parts = re.fullmatch(r"([a-z-]+)@(\d{1,9})(?:\+([1-9]\d{0,8}))?", text)
    if parts is None:
        known = ", ".join(KINDS)
        raise SettingsError(f"--fault {text}: not of the form KIND@PAIR", f"drop@300+5, say; known: {known}")
    name, at, pairs = parts.groups()
    kind = next((kind for kind in KINDS if kind == name), None)
    if kind is None:
        raise SettingsError(f"--fault {text}: there is no fault '{name}'", did_you_mean(name, KINDS))
    return Fault(kind, int(at), int(pairs) if pairs else _USUAL.get(kind, 1))


class FaultySource(WrappedSource):
    """Any source, with faults. `status` and `statistics` are the source's, plus the injected faults."""

    def __init__(self, source: StereoSource, faults: Sequence[Fault], clock: Clock) -> None:
        super().__init__(source)
        self.name = f"{source.name}, with faults"
        self._faults, self._clock = faults, clock
        self._lost = ""
        self._before: StereoFrame | None = None
        self._late: tuple[StereoFrame, int] | None = None  # a pair, and the time at which it is delivered
        self._closed = False

    @property
    def status(self) -> str:
        return self._lost or super().status

    def read(self, timeout_s: float) -> StereoFrame:
        limit = self._clock.now_ns() + round(timeout_s * NS)
        while self._late is None:
            frame = self._source.read(max(0.0, (limit - self._clock.now_ns()) / NS))
            kinds = [fault.kind for fault in self._faults if fault.hits(frame.seq)]
            if "die" in kinds:
                self.close()
                raise CameraLost(f"{self.name}: died at pair {frame.seq}", "that was asked for: --fault die")
            if "drop" not in kinds:
                wait_ns = round(DELAY_S * NS) if "delay" in kinds else 0
                self._late = self._spoilt(frame, kinds), self._clock.now_ns() + wait_ns
        frame, due = self._late
        self._wait(due, limit)
        self._late, self._before = None, frame
        return frame

    def close(self) -> None:
        self._closed = True
        super().close()

    def _spoilt(self, frame: StereoFrame, kinds: Sequence[Kind]) -> StereoFrame:
        if "freeze" in kinds and self._before:
            frame = replace(frame, left=self._before.left, right=self._before.right)
        self._lost = ""
        if "lose-left" in kinds:
            frame = replace(frame, left=frame.right, skew_ns=0)
            self._lost = "left camera lost, as asked for"
        elif "lose-right" in kinds:
            frame = replace(frame, right=frame.left, skew_ns=0)
            self._lost = "right camera lost, as asked for"
        if "wrong-size" in kinds:
            left, right = frame.left[::2, ::2].copy(), frame.right[::2, ::2].copy()
            left.flags.writeable = right.flags.writeable = False
            frame = replace(frame, left=left, right=right)
        return frame

    def _wait(self, due_ns: int, limit_ns: int) -> None:
        while (now := self._clock.now_ns()) < due_ns:
            if self._closed:
                raise SourceEnded
            if now >= limit_ns:
                raise Stalled
            self._clock.sleep_until(min(due_ns, limit_ns, now + _NAP_NS))
