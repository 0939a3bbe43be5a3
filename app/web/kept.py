"""Pictures that visitors may take home: kept in memory for half an hour, and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass

from allaprima.app.core.clock import NS, Clock
from allaprima.app.web.link import View

LIFETIME_NS = 30 * 60 * NS
MOST_BYTES = 64 << 20
"""Of all kept pictures together; the oldest ones go first."""


@dataclass(frozen=True, slots=True)
class _Moment:
    t_ns: int
    jpegs: Mapping[View, bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.jpegs.values()))


class Kept:
    """The views of some moments as JPEG, each under a name that nobody can guess."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moments: dict[str, _Moment] = {}  # the oldest first

    def put(self, name: str, jpegs: Mapping[View, bytes]) -> None:
        self._moments[name] = _Moment(self._clock.now_ns(), jpegs)
        while sum(moment.size for moment in self._moments.values()) > MOST_BYTES:
            del self._moments[next(iter(self._moments))]

    def get(self, name: str) -> Mapping[View, bytes] | None:
        """None once it is gone, or if it never was."""
        self.sweep()
        moment = self._moments.get(name)
        return moment.jpegs if moment else None

    def sweep(self) -> None:
        """Forget what is too old."""
        now = self._clock.now_ns()
        for name in [name for name, moment in self._moments.items() if now - moment.t_ns >= LIFETIME_NS]:
            del self._moments[name]
