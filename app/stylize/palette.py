"""The present style, strength and crossfade."""

import math
import threading
from dataclasses import replace
from typing import Literal

from allaprima.app.core.clock import NS, Clock
from allaprima.app.packs.pack import Style, StylePack
from allaprima.app.stylize.blend import Blend, Weights, check_strength, with_strength
from allaprima.app.stylize.fade import Fade


class Palette:
    """The live style of a session. Any thread may change it or read the weights of a moment."""

    def __init__(self, pack: StylePack, clock: Clock, crossfade_s: float = 0.8) -> None:
        """Starts with the pack's first style at full strength. `crossfade_s` 0 switches at once."""
        self.pack = pack
        self.crossfade_s = crossfade_s
        self._clock = clock
        self._lock = threading.Lock()
        self._strength = 1.0
        self._place = 0.0  # position in the pack: halfway between two styles is half of each
        self.begin(Blend.of(pack.styles[0]))

    @property
    def blend(self) -> Blend:
        """The present blend, or the target of a crossfade."""
        return self._blend

    @property
    def label(self) -> str:
        """The name of the present blend, or of a crossfade's target, for people."""
        return self._blend.label

    @property
    def index(self) -> int:
        """Index in `pack.styles` of the last selected style; between two, of the first one."""
        return math.floor(self._place)

    @property
    def strength(self) -> float:
        """0 is the plain photo, 1 the full style. A new value applies at once; raises `SettingsError` outside 0..1."""
        return self._strength

    @strength.setter
    def strength(self, strength: float) -> None:
        self._strength = check_strength(strength)

    def select(self, style: str | int) -> Style:
        """Crossfade to a style by name, or by its index in the pack, which wraps round.

        Raises `StylePackError` for an unknown name.
        """
        styles = self.pack.styles
        index = style % len(styles) if isinstance(style, int) else styles.index(self.pack.style(style))
        with self._lock:
            self._fade_to(index, Blend.of(styles[index]))
        return styles[index]

    def next(self) -> Style:
        """Crossfade to the style after the one selected last."""
        return self._step(1)

    def previous(self) -> Style:
        """Crossfade to the style before the one selected last."""
        return self._step(-1)

    def turn(self, by: float) -> Blend:
        """Crossfade to the position `by` styles further in the pack, which wraps round: 0.25 is a quarter of the way to
        the next style. Returns the blend of that position.
        """
        styles = self.pack.styles
        with self._lock:
            place = round(self._place + by, 6) % len(styles)
            before, share = styles[math.floor(place)], place % 1
            after = styles[(math.floor(place) + 1) % len(styles)]
            blend = Blend(((before, 1 - share), (after, share))) if share and after is not before else Blend.of(before)
            self._fade_to(place, blend)
        return blend

    def begin(self, blend: Blend) -> None:
        """Paint with `blend` at once, without a crossfade, also pairs that were captured before."""
        weights = blend.weights(self.pack.rows)
        self.join(blend, Fade(weights, weights), 0)

    def join(self, blend: Blend, fade: Fade, t_ns: int) -> None:
        """Continue `fade`, a crossfade to `blend` on another clock, whose time is now `t_ns`."""
        with self._lock:
            self._place, self._blend = self.pack.styles.index(blend.parts[0][0]), blend
            self._fade = replace(fade, began_ns=fade.began_ns + self._clock.now_ns() - t_ns)

    def weights(self, t_ns: int) -> Weights:
        """(rows,) float32 weights for a frame of time `t_ns`, summing to 1."""
        with self._lock:
            return with_strength(self._fade.at(t_ns), self._strength)

    def _step(self, by: Literal[1, -1]) -> Style:
        styles = self.pack.styles
        with self._lock:
            index = (math.floor(self._place) + 1 if by > 0 else math.ceil(self._place) - 1) % len(styles)
            self._fade_to(index, Blend.of(styles[index]))
        return styles[index]

    def _fade_to(self, place: float, blend: Blend) -> None:
        """Start from the present weights, so that an interrupted crossfade does not jump."""
        now = self._clock.now_ns()
        self._fade = Fade(self._fade.at(now), blend.weights(self.pack.rows), now, round(self.crossfade_s * NS))
        self._place, self._blend = place, blend
