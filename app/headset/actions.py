"""The places of the commands on the controllers, for every runtime, and the conversion of held buttons to commands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from allaprima.app.core.clock import NS
from allaprima.app.core.commands import COMMANDS

Kind = Literal["button", "stick"]


@dataclass(frozen=True, slots=True)
class Control:
    """A button, or a stick with down and up, known to a runtime's input system by `name`.

    `commands`: the command of a button, or those of a stick's down and up. A control with `repeats` repeats while it is
    held. The two halves of the chord have neither. `place`: the key for `Profile`.
    """

    name: str
    kind: Kind
    commands: tuple[str, ...]
    text: str
    place: str
    repeats: bool = False


def _stick(name: str, text: str, place: str) -> Control:
    """The stick at `place`, with the table's commands for its two ends."""
    at = {command.button.place: command.name for command in COMMANDS if command.button}
    return Control(name, "stick", (at[f"{place} down"], at[f"{place} up"]), text, place, repeats=True)


CONTROLS: tuple[Control, ...] = (
    *(
        Control(c.name.replace("-", "_"), "button", (c.name,), c.button.title, c.button.place, c.repeats)
        for c in COMMANDS
        if c.button
    ),
    _stick("strength", "Strength of the painting", "right stick"),
    _stick("stroke_size", "Size of the strokes", "left stick"),
    Control("plain_left", "button", (), "The unpainted world, with both hands: left", "left grip"),
    Control("plain_right", "button", (), "The unpainted world, with both hands: right", "right grip"),
)

CHORD = ("plain_left", "plain_right")
"""Held together, they show the unpainted world in any state, for as long as they are held."""


def _paths(places: Mapping[str, str]) -> dict[str, str]:
    """The path of each place; a place without a hand is on both controllers."""
    return {
        place if place.startswith(hand) else f"{hand} {place}": f"/user/hand/{hand}/input/{path}"
        for place, path in places.items()
        for hand in ("left", "right")
        if place.partition(" ")[0] in (hand, "trigger", "grip", "stick", "button")
    }


class Profile:
    """A kind of controller: its names in SteamVR and OpenXR, and the path of each control.

    `steamvr`: {control: (path of the source, its mode, the input of that mode)}. `openxr`: {control: path}.
    """

    def __init__(
        self, title: str, steamvr_type: str, openxr_profile: str, steamvr: Mapping[str, str], openxr: Mapping[str, str]
    ) -> None:
        """`steamvr` ("source mode input") and `openxr` are by place, as in `_paths`; the controller lacks a control
        whose place is missing.
        """
        self.title, self.steamvr_type = title, steamvr_type
        self.openxr_profile = f"/interaction_profiles/{openxr_profile}"
        sources, paths = _paths({**_TRIGGERS_AND_GRIPS, **steamvr}), _paths(openxr)
        self.steamvr = {
            control.name: (path, mode, part)
            for control in CONTROLS
            if control.place in sources
            for path, mode, part in (sources[control.place].split(),)
        }
        self.openxr = {control.name: paths[control.place] for control in CONTROLS if control.place in paths}


_TRIGGERS_AND_GRIPS: Mapping[str, str] = {"trigger": "trigger button click", "grip": "grip button click"}

PROFILES: tuple[Profile, ...] = (
    Profile(
        "Windows Mixed Reality (Dell Visor)",
        "holographic_controller",
        "microsoft/motion_controller",
        {
            "stick": "joystick joystick position",
            "button 1": "trackpad button click",
            "button 2": "application_menu button click",
        },
        {
            "trigger": "trigger/value",
            "grip": "squeeze/click",
            "stick": "thumbstick/y",
            "button 1": "trackpad/click",
            "button 2": "menu/click",
        },
    ),
    Profile(
        "HTC Vive",
        "vive_controller",
        "htc/vive_controller",
        {
            "stick up": "trackpad dpad north",
            "stick down": "trackpad dpad south",
            "button 1": "trackpad dpad center",
            "button 2": "application_menu button click",
        },
        {"trigger": "trigger/click", "grip": "squeeze/click", "button 1": "trackpad/click", "button 2": "menu/click"},
    ),
    Profile(
        "Oculus Touch",
        "oculus_touch",
        "oculus/touch_controller",
        {
            "stick": "joystick joystick position",
            "right button 1": "a button click",
            "right button 2": "b button click",
            "left button 1": "x button click",
            "left button 2": "y button click",
        },
        {
            "trigger": "trigger/value",
            "grip": "squeeze/value",
            "stick": "thumbstick/y",
            "right button 1": "a/click",
            "right button 2": "b/click",
            "left button 1": "x/click",
            "left button 2": "y/click",
        },
    ),
    Profile(
        "Valve Index",
        "knuckles",
        "valve/index_controller",
        {"stick": "thumbstick joystick position", "button 1": "a button click", "button 2": "b button click"},
        {
            "trigger": "trigger/click",
            "grip": "squeeze/value",
            "stick": "thumbstick/y",
            "button 1": "a/click",
            "button 2": "b/click",
        },
    ),
)

_PRESSED, _RELEASED = 0.6, 0.4
"""A stick triggers above the first value, and again only after it fell below the second."""
_FIRST_REPEAT_NS, _REPEAT_NS = NS * 45 // 100, NS // 5


@dataclass(slots=True)
class Buttons:
    """Converts held controls, frame by frame, to commands: once at a press, repeatedly for a control that repeats."""

    _due_ns: dict[tuple[str, int], int] = field(default_factory=dict)
    _plain: bool = False

    def update(self, held: Mapping[str, float], now_ns: int) -> list[str]:
        """`held`: {control: 0 or 1 of a button, -1..1 of a stick}; a missing control is not held."""
        commands: list[str] = []
        for control in CONTROLS:
            value = held.get(control.name, 0.0)
            for command, way in zip(control.commands, (-1, 1) if control.kind == "stick" else (1,), strict=False):
                if self._fires((control.name, way), value * way, control.repeats, now_ns):
                    commands.append(command)
        plain = all(held.get(name, 0.0) >= _PRESSED for name in CHORD)
        if plain != self._plain:
            self._plain = plain
            commands.append("show-plain" if plain else "hide-plain")
        return commands

    def _fires(self, key: tuple[str, int], value: float, repeats: bool, now_ns: int) -> bool:
        due_ns = self._due_ns.get(key)
        if due_ns is None:
            if value < _PRESSED:
                return False
            self._due_ns[key] = now_ns + _FIRST_REPEAT_NS
            return True
        if value < _RELEASED:
            del self._due_ns[key]
            return False
        if not repeats or now_ns < due_ns:
            return False
        self._due_ns[key] = now_ns + _REPEAT_NS
        return True
