"""The recorded choices of a wearer by time, for a replay that shows the same."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from allaprima.app.canvas.canvas import MAX_IMPASTO
from allaprima.app.core.clock import NS
from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.core.journal import Event
from allaprima.app.packs.pack import StylePack
from allaprima.app.stylize.blend import Blend, Weights, parse_blend, with_strength
from allaprima.app.stylize.fade import Fade
from allaprima.app.stylize.prepare import MAX_STROKE, MIN_STROKE

MOST_CHANGES = 20_000
"""Events of many hours; a file with more was made to fill the memory."""
_MOST_STYLES = 1000  # different blends, for the same reason
_LONGEST_STYLE = 4096
_RANGES = {
    "strength": (0.0, 1.0),
    "crossfade_s": (0.0, 60.0),
    "stroke_size": (MIN_STROKE, MAX_STROKE),
    "keep_colour": (0.0, 1.0),
    "impasto": (0.0, MAX_IMPASTO),
    "near_m": (0.0, 100.0),
    "far_m": (0.0, 100.0),
}
_SWITCHES = ("plain", "frozen")


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """State of a session between two changes: `fade` leads to `blend`, on the recording's clock. The rest is as in the
    settings; `plain` shows the unpainted world, `frozen` repeats the last pair from before.
    """

    blend: Blend
    fade: Fade
    strength: float = 1.0
    crossfade_s: float = 1.0
    stroke_size: float = 1.0
    keep_colour: float = 0.0
    impasto: float = 1.0
    near_m: float = 0.0
    far_m: float = 0.0
    plain: bool = False
    frozen: bool = False

    def weights(self, t_ns: int) -> Weights:
        """(rows,) float32 weights for the pair of that time, summing to 1."""
        return with_strength(self.fade.at(t_ns), self.strength)


class Reenactment:
    """A session's settings as a function of only the recording's time: the painting of a pair depends neither on the
    replay's rate, nor on the machine, nor on skipped pairs. Immutable, so that any thread may read it.
    """

    def __init__(self, events: Iterable[Event], pack: StylePack, start: Setting) -> None:
        """`start` holds for everything without `events`. The first event of each name gives the state at the beginning,
        whatever its time. Events of unknown names are skipped, those with invalid values are `refused`; neither is
        trusted.
        """
        self.refused = 0
        """Number of invalid events: a style missing from `pack`, a number out of range."""
        self.reason = ""
        """The reason for the first refusal."""
        self._pack = pack
        self._blends: dict[str, Blend | str] = {}  # or the reason why it is invalid
        beginning: dict[str, Any] = {}
        changes: dict[int, dict[str, Any]] = {}
        known = {"style", *_RANGES, *_SWITCHES}
        met: set[str] = set()
        for event in sorted(events, key=lambda event: event.t_ns):
            if event.name not in known or len(changes) == MOST_CHANGES:
                continue
            first = event.name not in met
            met.add(event.name)
            try:
                change = {"blend" if event.name == "style" else event.name: self._checked(event)}
            except ValueError as error:
                self.refused += 1
                self.reason = self.reason or str(error)[:200]
            else:
                (beginning if first else changes.setdefault(event.t_ns, {})).update(change)
        self._times = list(changes)
        self._settings = [_begun(start, beginning)]
        for t_ns, changed in changes.items():
            self._settings.append(_changed(self._settings[-1], changed, t_ns))
        self.has_changes = bool(beginning or changes)
        """Whether there are choices to re-enact."""

    @property
    def changes(self) -> int:
        return len(self._times)

    def at(self, t_ns: int | None) -> Setting:
        """The state at `t_ns` of the recording; the state at its beginning for a pair of unknown time."""
        return self._settings[0 if t_ns is None else bisect_right(self._times, t_ns)]

    def _checked(self, event: Event) -> Blend | float | bool:
        """The value of `event`. Raises `ValueError` if it is invalid."""
        value = event.value
        if event.name == "style" and isinstance(value, str) and len(value) <= _LONGEST_STYLE:
            return self._blend(value)
        if event.name in _SWITCHES and isinstance(value, bool):
            return value
        if event.name in _RANGES and isinstance(value, (int, float)) and not isinstance(value, bool):
            low, high = _RANGES[event.name]
            if low <= value <= high:
                return float(value)
        raise ValueError(f"{event.name} cannot be {str(value)[:80]!r}")

    def _blend(self, expression: str) -> Blend:
        if expression not in self._blends and len(self._blends) < _MOST_STYLES:
            try:
                self._blends[expression] = parse_blend(expression, self._pack)
            except AllaPrimaError as error:
                self._blends[expression] = error.message
        blend = self._blends.get(expression, "too many styles")
        if isinstance(blend, str):
            raise ValueError(blend)
        return blend


def _begun(start: Setting, beginning: dict[str, Any]) -> Setting:
    """`start` with the state at the beginning, without a crossfade."""
    begun = _changed(start, beginning, 0)
    return replace(begun, fade=Fade(begun.fade.after, begun.fade.after))


def _changed(before: Setting, changed: dict[str, Any], t_ns: int) -> Setting:
    """`before` with `changed` at `t_ns`. Changes of one moment apply together: a new crossfade length already applies
    to a style that changes at the same time.
    """
    after = replace(before, **changed)
    if "blend" not in changed:
        return after
    now = before.fade.at(t_ns)
    return replace(after, fade=Fade(now, after.blend.weights(len(now)), t_ns, round(after.crossfade_s * NS)))
