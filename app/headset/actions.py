"""The places of the commands on the controllers, for every runtime, and the conversion of held buttons to commands."""

from __future__ import annotations

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
        Control(
            command.name.replace("-", "_"),
            "button",
            (command.name,),
            command.button.title,
            command.button.place,
            command.repeats,
        )
        for command in COMMANDS
        if command.button
    ),
    _stick("strength", "Strength of the painting", "right stick"),
    _stick("stroke_size", "Size of the strokes", "left stick"),
    Control("plain_left", "button", (), "The unpainted world, with both hands: left", "left grip"),
    Control("plain_right", "button", (), "The unpainted world, with both hands: right", "right grip"),
)

CHORD = ("plain_left", "plain_right")
"""Held together, they show the unpainted world in any state, for as long as they are held."""


class Profile:
    """A kind of controller: its names in SteamVR and OpenXR, and the path of each control.

    `steamvr`: {control: (path of the source, its mode, the input of that mode)}. `openxr`: {control: path}.
    """

    def __init__(
        self,
        title: str,
        steamvr_type: str,
        openxr_profile: str,
        steamvr: Mapping[str, tuple[str, str, str]],
        openxr: Mapping[str, str],
    ) -> None:
        """`steamvr` and `openxr` have their paths by place; the controller lacks a control whose place is missing."""
        self.title, self.steamvr_type, self.openxr_profile = title, steamvr_type, openxr_profile
        self.steamvr = {control.name: steamvr[control.place] for control in CONTROLS if control.place in steamvr}
        self.openxr = {control.name: openxr[control.place] for control in CONTROLS if control.place in openxr}


_LEFT, _RIGHT = "/user/hand/left/input/", "/user/hand/right/input/"

_TRIGGERS_AND_GRIPS = {
    "right trigger": (_RIGHT + "trigger", "button", "click"),
    "left trigger": (_LEFT + "trigger", "button", "click"),
    "left grip": (_LEFT + "grip", "button", "click"),
    "right grip": (_RIGHT + "grip", "button", "click"),
}

PROFILES: tuple[Profile, ...] = (
    Profile(
        "Windows Mixed Reality (Dell Visor)",
        "holographic_controller",
        "/interaction_profiles/microsoft/motion_controller",
        _TRIGGERS_AND_GRIPS
        | {
            "right stick": (_RIGHT + "joystick", "joystick", "position"),
            "left stick": (_LEFT + "joystick", "joystick", "position"),
            "right button 1": (_RIGHT + "trackpad", "button", "click"),
            "left button 1": (_LEFT + "trackpad", "button", "click"),
            "right button 2": (_RIGHT + "application_menu", "button", "click"),
            "left button 2": (_LEFT + "application_menu", "button", "click"),
        },
        {
            "right trigger": _RIGHT + "trigger/value",
            "left trigger": _LEFT + "trigger/value",
            "left grip": _LEFT + "squeeze/click",
            "right grip": _RIGHT + "squeeze/click",
            "right stick": _RIGHT + "thumbstick/y",
            "left stick": _LEFT + "thumbstick/y",
            "right button 1": _RIGHT + "trackpad/click",
            "left button 1": _LEFT + "trackpad/click",
            "right button 2": _RIGHT + "menu/click",
            "left button 2": _LEFT + "menu/click",
        },
    ),
    Profile(
        "HTC Vive",
        "vive_controller",
        "/interaction_profiles/htc/vive_controller",
        _TRIGGERS_AND_GRIPS
        | {
            "right stick up": (_RIGHT + "trackpad", "dpad", "north"),
            "right stick down": (_RIGHT + "trackpad", "dpad", "south"),
            "right button 1": (_RIGHT + "trackpad", "dpad", "center"),
            "left stick up": (_LEFT + "trackpad", "dpad", "north"),
            "left stick down": (_LEFT + "trackpad", "dpad", "south"),
            "left button 1": (_LEFT + "trackpad", "dpad", "center"),
            "right button 2": (_RIGHT + "application_menu", "button", "click"),
            "left button 2": (_LEFT + "application_menu", "button", "click"),
        },
        {
            "right trigger": _RIGHT + "trigger/click",
            "left trigger": _LEFT + "trigger/click",
            "left grip": _LEFT + "squeeze/click",
            "right grip": _RIGHT + "squeeze/click",
            "right button 1": _RIGHT + "trackpad/click",
            "left button 1": _LEFT + "trackpad/click",
            "right button 2": _RIGHT + "menu/click",
            "left button 2": _LEFT + "menu/click",
        },
    ),
    Profile(
        "Oculus Touch",
        "oculus_touch",
        "/interaction_profiles/oculus/touch_controller",
        _TRIGGERS_AND_GRIPS
        | {
            "right stick": (_RIGHT + "joystick", "joystick", "position"),
            "left stick": (_LEFT + "joystick", "joystick", "position"),
            "right button 1": (_RIGHT + "a", "button", "click"),
            "right button 2": (_RIGHT + "b", "button", "click"),
            "left button 1": (_LEFT + "x", "button", "click"),
            "left button 2": (_LEFT + "y", "button", "click"),
        },
        {
            "right trigger": _RIGHT + "trigger/value",
            "left trigger": _LEFT + "trigger/value",
            "left grip": _LEFT + "squeeze/value",
            "right grip": _RIGHT + "squeeze/value",
            "right stick": _RIGHT + "thumbstick/y",
            "left stick": _LEFT + "thumbstick/y",
            "right button 1": _RIGHT + "a/click",
            "right button 2": _RIGHT + "b/click",
            "left button 1": _LEFT + "x/click",
            "left button 2": _LEFT + "y/click",
        },
    ),
    Profile(
        "Valve Index",
        "knuckles",
        "/interaction_profiles/valve/index_controller",
        _TRIGGERS_AND_GRIPS
        | {
            "right stick": (_RIGHT + "thumbstick", "joystick", "position"),
            "left stick": (_LEFT + "thumbstick", "joystick", "position"),
            "right button 1": (_RIGHT + "a", "button", "click"),
            "right button 2": (_RIGHT + "b", "button", "click"),
            "left button 1": (_LEFT + "a", "button", "click"),
            "left button 2": (_LEFT + "b", "button", "click"),
        },
        {
            "right trigger": _RIGHT + "trigger/click",
            "left trigger": _LEFT + "trigger/click",
            "left grip": _LEFT + "squeeze/value",
            "right grip": _RIGHT + "squeeze/value",
            "right stick": _RIGHT + "thumbstick/y",
            "left stick": _LEFT + "thumbstick/y",
            "right button 1": _RIGHT + "a/click",
            "right button 2": _RIGHT + "b/click",
            "left button 1": _LEFT + "a/click",
            "left button 2": _LEFT + "b/click",
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
