"""Buttons and sticks through OpenVR's own input interface, which read our action manifest and our default bindings."""

from __future__ import annotations

from typing import Any

import pytest

from allaprima.app.core.clock import NS
from allaprima.app.headset.actions import CONTROLS, PROFILES

LEFT, RIGHT = "/user/hand/left/input", "/user/hand/right/input"
KINDS = {control.name: control for control in CONTROLS}
DPAD = {"north": 0.9, "south": -0.9, "center": 0.0}


@pytest.fixture
def worn(open_headset, clock) -> Any:
    return open_headset(clock)


def press(steamvr: Any, *inputs: str, value: float = 1.0) -> None:
    steamvr.do(*(f"hold {path} {value}" for path in inputs))


def test_the_visors_buttons_do_what_the_manual_says(worn, steamvr):
    expected = {
        f"{RIGHT}/trigger/click": "next-style",
        f"{LEFT}/trigger/click": "previous-style",
        f"{RIGHT}/trackpad/click": "freeze",
        f"{LEFT}/trackpad/click": "hud",
        f"{RIGHT}/application_menu/click": "screenshot",
        f"{LEFT}/application_menu/click": "recentre",
    }
    for path, action in expected.items():
        press(steamvr, path)
        assert worn.poll_actions() == [action]
        assert worn.poll_actions() == []  # held, not pressed again
        press(steamvr, path, value=0)
        assert worn.poll_actions() == []


def test_stick_up_is_stronger_down_is_weaker_and_held_it_repeats(worn, steamvr, clock):
    press(steamvr, f"{RIGHT}/joystick/y", value=0.9)
    assert worn.poll_actions() == ["stronger"]
    clock.advance(NS // 10)
    assert worn.poll_actions() == []
    clock.advance(NS // 2)
    assert worn.poll_actions() == ["stronger"]
    press(steamvr, f"{RIGHT}/joystick/y", value=0)
    assert worn.poll_actions() == []
    press(steamvr, f"{RIGHT}/joystick/y", value=-0.9)
    press(steamvr, f"{LEFT}/joystick/y", value=0.9)
    assert worn.poll_actions() == ["weaker", "larger-strokes"]


def test_both_grips_show_the_unpainted_world_as_long_as_they_are_held(worn, steamvr):
    press(steamvr, f"{LEFT}/grip/click")
    assert worn.poll_actions() == []
    press(steamvr, f"{RIGHT}/grip/click")
    assert worn.poll_actions() == ["show-plain"]
    assert worn.poll_actions() == []
    press(steamvr, f"{LEFT}/grip/click", value=0)
    assert worn.poll_actions() == ["hide-plain"]


def test_the_vives_trackpad_is_pressed_not_touched(worn, steamvr):
    steamvr.do("controller vive_controller")
    press(steamvr, f"{RIGHT}/trackpad/touch")
    press(steamvr, f"{RIGHT}/trackpad/y", value=0.9)
    assert worn.poll_actions() == []
    press(steamvr, f"{RIGHT}/trackpad/click")
    assert worn.poll_actions() == ["stronger"]
    press(steamvr, f"{RIGHT}/trackpad/y", value=0)
    assert worn.poll_actions() == ["freeze"]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.steamvr_type)
def test_every_control_of_every_controller_reaches_the_program(worn, steamvr, profile):
    """Through the files as SteamVR reads them; `open_headset` checks that none binds a button the controller lacks."""
    steamvr.do(f"controller {profile.steamvr_type}")
    reached = set()
    for name, (path, mode, component) in profile.steamvr.items():
        actions = KINDS[name].commands
        if mode == "button":
            presses = [([(f"{path}/{component}", 1.0)], list(actions))]
        elif mode == "dpad":
            presses = [([(f"{path}/y", DPAD[component]), (f"{path}/click", 1.0)], list(actions))]
        else:
            presses = [([(f"{path}/y", way)], [action]) for way, action in zip((-0.9, 0.9), actions, strict=True)]
        for inputs, expected in presses:
            for where, value in inputs:
                press(steamvr, where, value=value)
            assert worn.poll_actions() == expected
            for where, _ in inputs:
                press(steamvr, where, value=0)
            assert worn.poll_actions() == []
            reached.add(name)
    assert reached == set(profile.steamvr)


def test_a_controller_that_steamvr_has_no_bindings_for_presses_nothing(worn, steamvr):
    steamvr.do("controller gamepad")
    press(steamvr, f"{RIGHT}/trigger/click")
    assert worn.poll_actions() == []


def test_bindings_are_read_from_the_folder_given(open_headset, steamvr, tmp_path):
    open_headset(folder=tmp_path / "bindings")
    (call,) = steamvr.calls("setActionManifestPath")
    assert call["path"] == str(tmp_path / "bindings" / "actions.json")
    assert call["actions"] == len(CONTROLS) + 1


def test_a_change_is_felt_in_the_hands(worn, steamvr):
    worn.tick()
    (call,) = steamvr.calls("vibrate")
    assert call["action"] == "/actions/allaprima/out/tick"
    assert 0 < call["seconds"] < 0.1
