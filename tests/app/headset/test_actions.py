"""How held buttons and sticks become actions."""

from __future__ import annotations

import pytest

from allaprima.app.core.clock import NS
from allaprima.app.core.commands import COMMANDS
from allaprima.app.headset.actions import CHORD, CONTROLS, PROFILES, Buttons

MS = NS // 1000


@pytest.fixture
def buttons() -> Buttons:
    return Buttons()


def test_button_acts_once_when_pressed_and_again_when_pressed_again(buttons):
    assert buttons.update({"next_style": 1.0}, 0) == ["next-style"]
    assert buttons.update({"next_style": 1.0}, 10 * NS) == []
    assert buttons.update({}, 11 * NS) == []
    assert buttons.update({"next_style": 1.0}, 11 * NS) == ["next-style"]


def test_nothing_held_does_nothing(buttons):
    assert buttons.update({}, 0) == []
    assert buttons.update({control.name: 0.0 for control in CONTROLS}, NS) == []


@pytest.mark.parametrize(
    ("held", "action"),
    [({"strength": 0.8}, "stronger"), ({"strength": -0.8}, "weaker"), ({"larger_strokes": 1.0}, "larger-strokes")],
)
def test_what_is_held_repeats_after_a_pause_and_then_faster(buttons, held, action):
    fired = [t for t in range(0, 1300, 10) if buttons.update(held, t * MS) == [action]]
    assert fired == [0, 450, 650, 850, 1050, 1250]


def test_late_frame_brings_one_repeat_not_many(buttons):
    buttons.update({"strength": 1.0}, 0)
    assert buttons.update({"strength": 1.0}, 20 * NS) == ["stronger"]
    assert buttons.update({"strength": 1.0}, 20 * NS + MS) == []


def test_trembling_stick_acts_once(buttons):
    values = (0.5, 0.61, 0.55, 0.62, 0.45, 0.61)
    actions = [buttons.update({"strength": value}, i * MS) for i, value in enumerate(values)]
    assert actions == [[], ["stronger"], [], [], [], []]


def test_stick_acts_again_once_it_came_back(buttons):
    actions = [buttons.update({"strength": value}, i * MS) for i, value in enumerate((0.7, 0.39, 0.59, 0.6))]
    assert actions == [["stronger"], [], [], ["stronger"]]


def test_stick_thrown_from_up_to_down_does_both(buttons):
    assert buttons.update({"stroke_size": 1.0}, 0) == ["larger-strokes"]
    assert buttons.update({"stroke_size": -1.0}, MS) == ["smaller-strokes"]


def test_controls_are_independent(buttons):
    assert buttons.update({"next_style": 1.0, "strength": 1.0}, 0) == ["next-style", "stronger"]
    assert buttons.update({"next_style": 1.0, "freeze": 1.0}, MS) == ["freeze"]


def test_chord_needs_both_and_tells_its_two_ends_once(buttons):
    one, both = {CHORD[0]: 1.0}, dict.fromkeys(CHORD, 1.0)
    told = [buttons.update(held, i * NS) for i, held in enumerate((one, both, both, one, {}))]
    assert told == [[], ["show-plain"], [], ["hide-plain"], []]


def test_lost_controllers_end_the_chord(buttons):
    buttons.update(dict.fromkeys(CHORD, 1.0), 0)
    assert buttons.update({}, NS) == ["hide-plain"]


def test_controls_that_are_no_sticks_never_act_backwards(buttons):
    assert buttons.update({"next_style": -1.0}, 0) == []


def test_every_profile_knows_only_controls_and_both_halves_of_the_chord():
    names = {control.name for control in CONTROLS}
    for profile in PROFILES:
        for table in (profile.steamvr, profile.openxr):
            assert set(table) <= names
            assert set(CHORD) <= set(table)
            assert {"next_style", "previous_style"} <= set(table)


def test_every_button_of_the_table_is_on_some_controller():
    for command in COMMANDS:
        if command.button:
            controls = {control.name for control in CONTROLS if command.name in control.commands}
            assert any(controls & set(profile.steamvr) for profile in PROFILES), command.name


def test_what_a_controller_means_is_a_command():
    meant = {name for control in CONTROLS for name in control.commands} | {"show-plain", "hide-plain"}
    assert meant <= {command.name for command in COMMANDS}
