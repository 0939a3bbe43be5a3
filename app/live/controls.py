"""The state that the operator and the wearer change during a session, by keys or controllers."""

from dataclasses import dataclass, field
from typing import Literal

from allaprima.app.canvas.canvas import MAX_IMPASTO
from allaprima.app.compositor.trims import moved
from allaprima.app.core.commands import BY_NAME, Call
from allaprima.app.live.effects import Effect
from allaprima.app.live.pipeline import Pipeline
from allaprima.app.mirror.keys import HELP_PAGES
from allaprima.app.mirror.mirror import Layout, next_layout
from allaprima.app.stylize.palette import Palette
from allaprima.app.stylize.reenactment import Setting
from allaprima.calibration.rig import Trims

_STRENGTH_STEP = 0.1
_BLEND_STEP = 0.25
_IMPASTO_STEP = 0.25
_KEEP_COLOUR = (0.0, 0.5, 1.0)
_NEAR_M, _FAR_M = (0.5, 0.8, 1.2), (2.0, 3.0, 5.0)


@dataclass(slots=True)
class Controls:
    """The state that commands change. The palette holds style, strength and crossfade, the pipeline's networks hold
    the stroke size: the stylize thread reads both.
    """

    palette: Palette
    pipeline: Pipeline
    layout: Layout = "side-by-side"
    keep_colour: float = 0.0
    """0: the painting's colours; 1: the camera's, with the painting's luma."""
    plain: bool = False
    held_plain: bool = False
    """The wearer holds the chord that shows the unpainted world regardless of all other state."""
    hud: bool = False
    """Whether the figures for the operator are shown."""
    help: int = 0
    """The shown page of the help, from 1; 0 for none."""
    trims: Trims = field(default_factory=Trims)
    distance_m: float = 2.0
    """Distance of the picture unless the trims change it."""
    _fade_s: float = 0.0
    _followed: Setting | None = None

    def follow(self, recorded_ns: int | None) -> str | None:
        """During a reenactment, set everything as it was when the shown pair was recorded."""
        reenactment = self.pipeline.reenactment
        if reenactment is None or (setting := reenactment.at(recorded_ns)) is self._followed:
            return None
        before, self._followed = self._followed, setting
        self.palette.join(setting.blend, setting.fade, recorded_ns or 0)
        self.palette.strength, self.palette.crossfade_s = setting.strength, setting.crossfade_s
        self.keep_colour, self.plain = setting.keep_colour, setting.plain
        pipeline = self.pipeline
        pipeline.impasto, pipeline.near_m, pipeline.far_m = setting.impasto, setting.near_m, setting.far_m
        return setting.blend.label if before and setting.blend is not before.blend else None

    def do(self, call: Call | str) -> Effect | str | None:
        """Carry out a command, given itself or by name; returns the effect for the session, or the text for the wearer.

        Raises `KeyError` if there is no such command.
        """
        call = Call(call) if isinstance(call, str) else call
        taken_over = BY_NAME[call.name].reenacted and self.pipeline.reenactment is not None
        if taken_over:
            self.pipeline.reenactment = None
        effect = self._carry_out(call)
        return f"{effect}: from here on you choose" if taken_over and isinstance(effect, str) else effect

    def _carry_out(self, call: Call) -> Effect | str | None:
        palette = self.palette
        match name := call.name:
            case "quit" | "recentre" | "screenshot" | "take-home" | "record" | "fullscreen":
                return Effect(name)
            case "freeze":
                self.pipeline.frozen = not self.pipeline.frozen
                return "frozen" if self.pipeline.frozen else "live"
            case "next-style":
                return palette.next().title
            case "previous-style":
                return palette.previous().title
            case "style":
                if call.argument and 1 <= call.argument <= len(palette.pack.styles):
                    return palette.select(int(call.argument) - 1).title
                return f"there are {len(palette.pack.styles)} styles"
            case "blend-next" | "blend-previous":
                return palette.turn(_BLEND_STEP if name == "blend-next" else -_BLEND_STEP).label
            case "larger-strokes" | "smaller-strokes":
                return self._step_strokes(larger=name == "larger-strokes")
            case "more-impasto" | "less-impasto":
                return self._step_impasto(_IMPASTO_STEP if name == "more-impasto" else -_IMPASTO_STEP)
            case "near":
                return self._step_zone("near", _NEAR_M)
            case "far":
                return self._step_zone("far", _FAR_M)
            case "keep-colour":
                self.keep_colour = next((amount for amount in _KEEP_COLOUR if amount > self.keep_colour), 0.0)
                return f"the camera's colours {self.keep_colour:.0%}" if self.keep_colour else "painted colours"
            case "set-strength" | "set-keep-colour" | "set-impasto" | "set-crossfade":
                return self._set(call)
            case "stronger" | "weaker" | "full-strength":
                step = {"stronger": _STRENGTH_STEP, "weaker": -_STRENGTH_STEP}.get(name, 1.0)
                palette.strength = round(min(1.0, max(0.0, palette.strength + step)), 2)
                return f"strength {palette.strength:.0%}"
            case "crossfade":
                self._fade_s, palette.crossfade_s = (
                    palette.crossfade_s,
                    self._fade_s or (0.0 if palette.crossfade_s else 1.0),
                )
                return f"crossfade {palette.crossfade_s:g} s" if palette.crossfade_s else "crossfade off"
            case "layout" | "previous-layout":
                self.layout = next_layout(self.layout, -1 if name == "previous-layout" else 1)
                return self.layout
            case "plain":
                self.plain = not self.plain
                return "unpainted" if self.plain else "painted"
            case "show-plain" | "hide-plain":
                self.held_plain = name == "show-plain"
            case "hud":
                self.hud = not self.hud
            case "help":
                self.help = (self.help + 1) % (len(HELP_PAGES) + 1)
            case "raise-right" | "lower-right":
                self._trim("vertical_deg", self.trims.vertical_deg + (0.1 if name == "raise-right" else -0.1))
                return f"right eye {self.trims.vertical_deg:+.1f} degrees"
            case "further-apart" | "closer-together":
                self._trim("separation_m", self.trims.separation_m + (0.001 if name == "further-apart" else -0.001))
                return f"cameras {1000 * self.trims.separation_m:+.0f} mm apart"
            case "larger-picture" | "smaller-picture":
                self._trim("fov_scale", self.trims.fov_scale + (0.01 if name == "larger-picture" else -0.01))
                return f"picture {self.trims.fov_scale:.0%} of its size"
            case "further-away" | "nearer":
                distance_m = self.distance_m if self.trims.distance_m is None else self.trims.distance_m
                self._trim("distance_m", distance_m * (1.1 if name == "further-away" else 1 / 1.1))
                return f"picture {self.trims.distance_m:.2f} m away"
            case _:
                raise NotImplementedError(name)  # a row of the table without a case here
        return None

    def _set(self, call: Call) -> str:
        """Set a value of the painting to the nearest that is allowed."""
        command = BY_NAME[call.name]
        if command.range is None or call.argument is None:
            return f"{call.name} needs a number"
        value = round(command.range.nearest(call.argument), 3)
        match call.name:
            case "set-strength":
                self.palette.strength = value
            case "set-keep-colour":
                self.keep_colour = value
            case "set-impasto":
                self.pipeline.impasto = value
            case "set-crossfade":
                self.palette.crossfade_s = value
        return f"{command.text} {value:g}"

    def _trim(self, name: str, value: float) -> None:
        self.trims = moved(self.trims, name, value)

    def _step_impasto(self, step: float) -> str:
        if not self.pipeline.has_canvas:
            return "these styles paint on no canvas"
        self.pipeline.impasto = min(MAX_IMPASTO, max(0.0, self.pipeline.impasto + step))
        return f"impasto {self.pipeline.impasto:.0%}"

    def _step_zone(self, name: Literal["near", "far"], steps: tuple[float, ...]) -> str:
        """Request the next distance."""
        pipeline = self.pipeline
        if pipeline.depth is None:
            return "distances are known of calibrated cameras only"
        now = pipeline.near_m if name == "near" else pipeline.far_m
        distance_m = next((step for step in steps if step > now), 0.0)
        if name == "near":
            pipeline.near_m = distance_m
        else:
            pipeline.far_m = distance_m
        how = "painted otherwise" if getattr(pipeline.zone_styles, name) else "unpainted"
        side = "nearer" if name == "near" else "farther"
        return f"{how}: {side} than {distance_m:g} m" if distance_m else f"what is {name} is painted as the rest"

    def _step_strokes(self, larger: bool) -> str:
        """Request the next stroke size; the present network paints until that is loaded."""
        networks = self.pipeline.networks
        beyond = [size for size in networks.steps if (size > networks.asked if larger else size < networks.asked)]
        if not beyond:
            return f"strokes cannot be {'larger' if larger else 'smaller'}"
        networks.ask(min(beyond) if larger else max(beyond))
        return f"strokes of size {networks.asked:g}"
