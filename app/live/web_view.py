"""What the web pages are given of a session, and when."""

from collections.abc import Mapping
from dataclasses import replace

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.commands import Call
from allaprima.app.core.frame import Pixels
from allaprima.app.latency.monitor import LatencyMonitor
from allaprima.app.live.controls import Controls
from allaprima.app.web.link import Link, State, View

_PICTURE_NS = NS // 15  # phones show no more, and the wearer needs the time
_FIGURES_NS = NS // 2


class WebView:
    """The session's side of a `Link`; all calls come from the session's thread, and none waits."""

    def __init__(self, link: Link, monitor: LatencyMonitor, clock: Clock, homes: str | None = None) -> None:
        """`homes` is the address under which kept pictures stand; None forbids them."""
        self._homes, self._kept = homes, ""
        self._link, self._monitor, self._clock = link, monitor, clock
        self.said = ""
        """What the wearer was last told."""
        self._told: State | None = None
        self._picture_ns = self._figures_ns = 0
        self._figures: dict[str, float | None] = {}

    def poll(self) -> list[Call]:
        """The operators' commands since the last call."""
        return self._link.poll()

    def wanted(self) -> frozenset[View]:
        """The views to draw now: those that somebody waits for, at most 15 times a second."""
        now = self._clock.now_ns()
        if now < self._picture_ns or not self._link.wanted:
            return frozenset()
        self._picture_ns = max(self._picture_ns + _PICTURE_NS, now)
        return self._link.wanted

    def show(self, views: Mapping[View, Pixels]) -> None:
        """Give the pages these pictures, which nobody changes any more."""
        self._link.show(views)

    def keep(self, views: Mapping[View, Pixels]) -> Pixels | None:
        """Keep these pictures for a visitor to take home. Returns the QR code of their page as (N, N, 3) RGB; None if
        that is forbidden, or too many came at once.
        """
        if self._homes is None or (name := self._link.keep(views)) is None:
            return None
        from allaprima.app.web.qr import qr_pixels  # sessions without pages need no QR library

        self._kept = name
        return qr_pixels(self._homes + name)

    def tell(self, controls: Controls, recording: str) -> None:
        """Give the pages the present state, if it has changed; its figures change twice a second."""
        now = self._clock.now_ns()
        if now >= self._figures_ns:
            self._figures_ns = now + _FIGURES_NS
            live = self._monitor.live()
            self._figures = {
                "pairs_per_s": round(live.pairs_per_s, 1),
                "frames_per_s": round(live.submitted_per_s, 1),
                "added_ms": live.added_ms and round(live.added_ms, 1),
            }
        state = replace(state_of(controls, recording, self.said, self._figures), kept=self._kept)
        if state != self._told:
            self._told = state
            self._link.tell(state)


def state_of(controls: Controls, recording: str, said: str, figures: Mapping[str, float | None]) -> State:
    """What the pages show of these controls."""
    palette, pipeline, trims = controls.palette, controls.pipeline, controls.trims
    plain = controls.plain or controls.held_plain
    on = {"freeze": pipeline.frozen, "plain": plain, "hud": controls.hud, "record": recording, "help": controls.help}
    distance_m = controls.distance_m if trims.distance_m is None else trims.distance_m
    notes = {
        "window": controls.layout,
        "strokes": f"size {pipeline.networks.asked:g}",
        "trims": f"{trims.vertical_deg:+.1f}°, {1000 * trims.separation_m:+.0f} mm, {trims.fov_scale:.0%}, "
        f"{distance_m:.2f} m",
    }
    notes |= {name: text for name, text in (("recording", recording), ("cameras", pipeline.status)) if text}
    return State(
        style=tuple((style.name, round(share, 4)) for style, share in palette.blend.parts),
        values={
            "set-strength": palette.strength,
            "set-keep-colour": controls.keep_colour,
            "set-impasto": pipeline.impasto,
            "set-crossfade": palette.crossfade_s,
        },
        on=tuple(name for name, value in on.items() if value),
        worn=not pipeline.paused,
        notes=notes,
        said=said,
        pairs_per_s=figures.get("pairs_per_s") or 0.0,
        frames_per_s=figures.get("frames_per_s") or 0.0,
        added_ms=figures.get("added_ms"),
    )
