"""What the wearer's controllers do: one table for every runtime, and how held buttons become actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from allaprima.app.core.clock import NS
from allaprima.app.headset.headset import Action

Kind = Literal["button", "stick"]


@dataclass(frozen=True, slots=True)
class Control:
    """Something a runtime's input system knows by `name`: a button, or a stick of which up and down count.

    `actions`: what pressing it means; of a stick, what down and up mean. A control that `repeats` does so while it is
    held. None of either for the two halves of the chord.
    """

    name: str
    kind: Kind
    actions: tuple[Action, ...]
    text: str
    repeats: bool = False


CONTROLS: tuple[Control, ...] = (
    Control("next_style", "button", ("next-style",), "Next painting"),
    Control("previous_style", "button", ("previous-style",), "Previous painting"),
    Control("strength", "stick", ("weaker", "stronger"), "Strength of the painting", repeats=True),
    Control("stroke_size", "stick", ("smaller-strokes", "larger-strokes"), "Size of the strokes", repeats=True),
    Control("stronger", "button", ("stronger",), "Stronger", repeats=True),
    Control("weaker", "button", ("weaker",), "Weaker", repeats=True),
    Control("larger_strokes", "button", ("larger-strokes",), "Larger strokes", repeats=True),
    Control("smaller_strokes", "button", ("smaller-strokes",), "Smaller strokes", repeats=True),
    Control("freeze", "button", ("freeze",), "Freeze the picture"),
    Control("recentre", "button", ("recentre",), "Recentre"),
    Control("hud", "button", ("hud",), "Figures on or off"),
    Control("screenshot", "button", ("screenshot",), "Screenshot"),
    Control("plain_left", "button", (), "The unpainted world, with both hands: left"),
    Control("plain_right", "button", (), "The unpainted world, with both hands: right"),
)

CHORD = ("plain_left", "plain_right")
"""Held together they show the unpainted world, from whatever state and for as long as they are held."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of controller: what SteamVR and OpenXR call it, and where each control is on it.

    `steamvr`: {control: (path of the source, its mode, the input of that mode)}. `openxr`: {control: path}.
    """

    title: str
    steamvr_type: str
    openxr_profile: str
    steamvr: Mapping[str, tuple[str, str, str]]
    openxr: Mapping[str, str]


_LEFT, _RIGHT = "/user/hand/left/input/", "/user/hand/right/input/"

_TRIGGERS_AND_GRIPS = {
    "next_style": (_RIGHT + "trigger", "button", "click"),
    "previous_style": (_LEFT + "trigger", "button", "click"),
    "plain_left": (_LEFT + "grip", "button", "click"),
    "plain_right": (_RIGHT + "grip", "button", "click"),
}

PROFILES: tuple[Profile, ...] = (
    Profile(
        "Windows Mixed Reality (Dell Visor)",
        "holographic_controller",
        "/interaction_profiles/microsoft/motion_controller",
        _TRIGGERS_AND_GRIPS
        | {
            "strength": (_RIGHT + "joystick", "joystick", "position"),
            "stroke_size": (_LEFT + "joystick", "joystick", "position"),
            "freeze": (_RIGHT + "trackpad", "button", "click"),
            "hud": (_LEFT + "trackpad", "button", "click"),
            "screenshot": (_RIGHT + "application_menu", "button", "click"),
            "recentre": (_LEFT + "application_menu", "button", "click"),
        },
        {
            "next_style": _RIGHT + "trigger/value",
            "previous_style": _LEFT + "trigger/value",
            "plain_left": _LEFT + "squeeze/click",
            "plain_right": _RIGHT + "squeeze/click",
            "strength": _RIGHT + "thumbstick/y",
            "stroke_size": _LEFT + "thumbstick/y",
            "freeze": _RIGHT + "trackpad/click",
            "hud": _LEFT + "trackpad/click",
            "screenshot": _RIGHT + "menu/click",
            "recentre": _LEFT + "menu/click",
        },
    ),
    Profile(
        "HTC Vive",
        "vive_controller",
        "/interaction_profiles/htc/vive_controller",
        _TRIGGERS_AND_GRIPS
        | {
            "stronger": (_RIGHT + "trackpad", "dpad", "north"),
            "weaker": (_RIGHT + "trackpad", "dpad", "south"),
            "freeze": (_RIGHT + "trackpad", "dpad", "center"),
            "larger_strokes": (_LEFT + "trackpad", "dpad", "north"),
            "smaller_strokes": (_LEFT + "trackpad", "dpad", "south"),
            "hud": (_LEFT + "trackpad", "dpad", "center"),
            "screenshot": (_RIGHT + "application_menu", "button", "click"),
            "recentre": (_LEFT + "application_menu", "button", "click"),
        },
        {
            "next_style": _RIGHT + "trigger/click",
            "previous_style": _LEFT + "trigger/click",
            "plain_left": _LEFT + "squeeze/click",
            "plain_right": _RIGHT + "squeeze/click",
            "freeze": _RIGHT + "trackpad/click",
            "hud": _LEFT + "trackpad/click",
            "screenshot": _RIGHT + "menu/click",
            "recentre": _LEFT + "menu/click",
        },
    ),
    Profile(
        "Oculus Touch",
        "oculus_touch",
        "/interaction_profiles/oculus/touch_controller",
        _TRIGGERS_AND_GRIPS
        | {
            "strength": (_RIGHT + "joystick", "joystick", "position"),
            "stroke_size": (_LEFT + "joystick", "joystick", "position"),
            "freeze": (_RIGHT + "a", "button", "click"),
            "screenshot": (_RIGHT + "b", "button", "click"),
            "hud": (_LEFT + "x", "button", "click"),
            "recentre": (_LEFT + "y", "button", "click"),
        },
        {
            "next_style": _RIGHT + "trigger/value",
            "previous_style": _LEFT + "trigger/value",
            "plain_left": _LEFT + "squeeze/value",
            "plain_right": _RIGHT + "squeeze/value",
            "strength": _RIGHT + "thumbstick/y",
            "stroke_size": _LEFT + "thumbstick/y",
            "freeze": _RIGHT + "a/click",
            "screenshot": _RIGHT + "b/click",
            "hud": _LEFT + "x/click",
            "recentre": _LEFT + "y/click",
        },
    ),
    Profile(
        "Valve Index",
        "knuckles",
        "/interaction_profiles/valve/index_controller",
        _TRIGGERS_AND_GRIPS
        | {
            "strength": (_RIGHT + "thumbstick", "joystick", "position"),
            "stroke_size": (_LEFT + "thumbstick", "joystick", "position"),
            "freeze": (_RIGHT + "a", "button", "click"),
            "screenshot": (_RIGHT + "b", "button", "click"),
            "hud": (_LEFT + "a", "button", "click"),
            "recentre": (_LEFT + "b", "button", "click"),
        },
        {
            "next_style": _RIGHT + "trigger/click",
            "previous_style": _LEFT + "trigger/click",
            "plain_left": _LEFT + "squeeze/value",
            "plain_right": _RIGHT + "squeeze/value",
            "strength": _RIGHT + "thumbstick/y",
            "stroke_size": _LEFT + "thumbstick/y",
            "freeze": _RIGHT + "a/click",
            "screenshot": _RIGHT + "b/click",
            "hud": _LEFT + "a/click",
            "recentre": _LEFT + "b/click",
        },
    ),
)

_PRESSED, _RELEASED = 0.6, 0.4
"""A stick counts from the first on, and again only after it came back below the second."""
_FIRST_REPEAT_NS, _REPEAT_NS = NS * 45 // 100, NS // 5


@dataclass(slots=True)
class Buttons:
    """Turns what is held, frame by frame, into actions: once when pressed, again and again where a control repeats."""

    _due_ns: dict[tuple[str, int], int] = field(default_factory=dict)
    _plain: bool = False

    def update(self, held: Mapping[str, float], now_ns: int) -> list[Action]:
        """`held`: {control: 0 or 1 of a button, -1..1 of a stick}; one that is missing is not held."""
        actions: list[Action] = []
        for control in CONTROLS:
            value = held.get(control.name, 0.0)
            for action, way in zip(control.actions, (-1, 1) if control.kind == "stick" else (1,), strict=False):
                if self._fires((control.name, way), value * way, control.repeats, now_ns):
                    actions.append(action)
        plain = all(held.get(name, 0.0) >= _PRESSED for name in CHORD)
        if plain != self._plain:
            self._plain = plain
            actions.append("show-plain" if plain else "hide-plain")
        return actions

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
