"""How old a camera's picture is when it arrives, read from a clock that it films."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from allaprima.app.bench.latency.marker_reader import Marker, MarkerReader, Reading
from allaprima.app.bench.latency.time_marker import NUMBERS
from allaprima.app.core.frame import Pixels

PERIOD_NS = 17_300_000
"""From one number to the next. Out of step with cameras of 15, 20, 25, 30, 50, 60 and 90 frames a second, so that
exposures fall on every part of it and half a period of doubt averages out."""
_SAME_PLACE = 8.0  # cells between two sights of one marker: the camera or the hand that holds it may move a little
_LEAST_SHARE = 0.05  # of the pictures: what is seen in fewer is an accident


@dataclass(frozen=True, slots=True)
class Sight:
    """In picture `picture`, at `place` (markers that stand still keep theirs), the screen of `shown_ns` was seen, give
    or take `doubt_ns`, and the picture was stamped at `t_ns`.
    """

    picture: int
    place: int
    t_ns: int
    shown_ns: int
    doubt_ns: int


class FilmedClock:
    """Knows when each number was put on the screen, and which a camera saw.

    `shown` is called by who draws, `look` by who reads the camera, in any two threads.
    """

    def __init__(self) -> None:
        self.pictures = 0
        self.read = 0
        """Pictures of which at least one marker was read."""
        self.verdicts: Counter[Reading] = Counter()
        """What became of each picture: the best that can be said of any of its markers."""
        self.wrong = 0
        """Markers that were clear and rejected."""
        self.sights: list[Sight] = []
        self._shown_ns: list[int] = []
        self._places: list[Marker] = []
        self._reader = MarkerReader()

    @property
    def next(self) -> int:
        return len(self._shown_ns)

    def shown(self, t_ns: int) -> None:
        """The number `next` was put on the screen at `t_ns`."""
        self._shown_ns.append(t_ns)

    def look(self, picture: Pixels, t_ns: int) -> Reading:
        """Read a picture (H, W, 3) RGB that was stamped at `t_ns`."""
        markers, best = self._reader.read(picture), Reading.ABSENT
        for marker in markers:
            verdict = marker.verdict
            if verdict is Reading.READ:
                exposed = self._exposed_ns(marker, t_ns)
                verdict = Reading.READ if exposed else Reading.WRONG
                if exposed:
                    self.sights.append(Sight(self.pictures, self._place(marker), t_ns, *exposed))
            self.wrong += verdict is Reading.WRONG
            if best is Reading.ABSENT or verdict is Reading.READ:  # else that of the largest one
                best = verdict
        self.verdicts[best] += 1
        self.read += best is Reading.READ
        self.pictures += 1
        return best

    def summary(self) -> dict[str, Any]:
        """Ready for JSON. `age_ms`: from the screen to the stamp, of the place where numbers are newest, which is the
        screen itself. `mirrors`: how much older each other place is than the screen *in one exposure*, youngest first.
        """
        places = self._counted_places()
        ages = {place: _quantiles(*self._ages(place)) for place in places}
        places.sort(key=lambda place: ages[place]["p50"] or 0.0)
        screen = {sight.picture: sight for sight in self.sights if places and sight.place == places[0]}
        mirrors = []
        for place in places[1:]:
            pairs = [(screen[s.picture], s) for s in self.sights if s.place == place and s.picture in screen]
            if pairs:
                behind = [(now.shown_ns - then.shown_ns) / 1e6 for now, then in pairs]
                doubts = [float(np.hypot(now.doubt_ns, then.doubt_ns)) for now, then in pairs]
                mirrors.append({"exposures": len(pairs), "behind_ms": _quantiles(behind, doubts)})
        return {
            "pictures": self.pictures,
            "read": self.read,
            "unread": {verdict.value: n for verdict, n in self.verdicts.most_common() if verdict is not Reading.READ},
            "wrong": self.wrong,
            "timed": len(screen),
            "age_ms": ages[places[0]] if places else _quantiles([], []),
            "mirrors": mirrors,
        }

    def _ages(self, place: int) -> tuple[list[float], list[float]]:
        """Milliseconds from the screen to the stamp, and each one's doubt."""
        there = [sight for sight in self.sights if sight.place == place]
        return [(sight.t_ns - sight.shown_ns) / 1e6 for sight in there], [float(sight.doubt_ns) for sight in there]

    def _exposed_ns(self, marker: Marker, t_ns: int) -> tuple[int, int] | None:
        """When the screen showed what `marker` shows, in the middle of the exposure, and the doubt about that; None if
        it cannot have been.

        The exposure began while `number` was the newest, and ended while the last of the changing ones was. Within
        those spans every moment is as likely as any other: their middles are taken.
        """
        assert marker.number is not None
        newest = bisect_right(self._shown_ns, t_ns) - 1
        first = newest - (newest - marker.number) % NUMBERS
        last = first + marker.changing
        if first < 0 or last > newest:
            return None
        begin, end = (
            (self._shown_at(first), self._shown_at(first + 1)),
            (self._shown_at(last), self._shown_at(last + 1)),
        )
        return (sum(begin) + sum(end)) // 4, (begin[1] - begin[0] + end[1] - end[0]) // 4

    def _shown_at(self, number: int) -> int:
        """Where that is still to come: when it should be."""
        return self._shown_ns[number] if number < self.next else self._shown_ns[-1] + PERIOD_NS

    def _place(self, marker: Marker) -> int:
        """The number of the place where `marker` stands, a new one if nothing like it stood there."""
        for number, known in enumerate(self._places):
            apart = np.hypot(marker.centre[0] - known.centre[0], marker.centre[1] - known.centre[1])
            if apart < _SAME_PLACE * min(marker.cell, known.cell) and 0.6 < marker.cell / known.cell < 1 / 0.6:
                self._places[number] = marker
                return number
        self._places.append(marker)
        return len(self._places) - 1

    def _counted_places(self) -> list[int]:
        """Without accidents, but never without all."""
        seen = Counter(sight.place for sight in self.sights)
        least = min(_LEAST_SHARE * self.read, max(seen.values(), default=0))
        return [place for place, times in seen.items() if times >= least]


def _quantiles(values: Sequence[float], doubts: Sequence[float]) -> dict[str, float | None]:
    """p5, p50 and p95, rounded. Each value counts for the less the more doubt there is about it, as in a mean of
    measurements: one from a moment when the computer faltered knows little.
    """
    names = {"p5": 0.05, "p50": 0.5, "p95": 0.95}
    if not values:
        return dict.fromkeys(names)
    order = np.argsort(values)
    shares = np.cumsum(1 / np.maximum(np.asarray(doubts)[order], 1.0) ** 2)
    places = np.searchsorted(shares / shares[-1], list(names.values()))
    return {name: round(float(values[order[place]]), 2) for name, place in zip(names, places, strict=True)}
