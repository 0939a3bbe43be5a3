"""A source whose pairs arrive a known time after their grab."""

from collections import deque
from dataclasses import replace

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.errors import SourceEnded, Stalled
from allaprima.app.core.frame import StereoFrame
from allaprima.app.sources.source import StereoSource
from allaprima.app.sources.wrapped import WrappedSource


class DelayedSource(WrappedSource):
    """Delivers every pair of a paced source `delay_ns` after its grab, as a slow camera does.

    Several pairs are in flight at once, so the rate does not change. Only `paired` is stamped anew.
    """

    def __init__(self, source: StereoSource, delay_ns: int, clock: Clock) -> None:
        super().__init__(source)
        self._delay_ns, self._clock = delay_ns, clock
        self._under_way: deque[StereoFrame] = deque()
        self._ended = self._closed = False

    def read(self, timeout_s: float) -> StereoFrame:
        limit, looked = self._clock.now_ns() + round(timeout_s * NS), False
        while not self._closed:
            now = self._clock.now_ns()
            due = self._under_way[0].t_ns + self._delay_ns if self._under_way else None
            if due is not None and now >= due:
                frame = self._under_way.popleft()
                return replace(frame, stamps=frame.stamps.at("paired", now))
            if self._ended and due is None:
                break
            if looked and now >= limit:
                raise Stalled
            self._grab(limit if due is None else min(due, limit))
            looked = True
        raise SourceEnded

    def _grab(self, until_ns: int) -> None:
        """Read the next pair if it comes before `until_ns`; otherwise wait until then."""
        if self._ended or (self.rate_hz is None and self._under_way):  # otherwise pairs without end
            self._clock.sleep_until(until_ns)
            return
        try:
            self._under_way.append(self._source.read(max(0, until_ns - self._clock.now_ns()) / NS))
        except Stalled:
            pass
        except SourceEnded:
            self._ended = True

    def close(self) -> None:
        self._closed = True
        super().close()
