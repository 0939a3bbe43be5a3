"""Every flag of every command: what is unknown, of the wrong type or out of range is told, and told alike."""

from __future__ import annotations

import json
import re
from argparse import Action, ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from allaprima.app import cli
from allaprima.app.command_line import Parser, main
from allaprima.app.core.errors import SettingsError
from allaprima.app.core.values import UNLIMITED, Size, SizeOrSide, Value
from allaprima.app.settings_and_flags import declared

PARSED = {"--square": "25 feet", "--unit": "an ell", "--span": "5"}
"""What is wrong for the flags whose values are neither numbers nor sizes nor choices."""

LISTED = {
    "--sizes": "640", "--engines": "openvno", "--threads": "0", "--baselines": "plian", "--set": "hud",
    "--fault": "explode",
}  # fmt: skip
"""Lists and the like, which the command takes apart."""


def commands(parser: ArgumentParser, name: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ArgumentParser]]:
    """Every command that can be typed, with its parser."""
    groups = [action for action in parser._actions if isinstance(action, _SubParsersAction)]
    if not groups:
        yield name, parser
    for group in groups:
        for action, child in group.choices.items():
            yield from commands(child, (*name, action))


def every_command() -> dict[tuple[str, ...], ArgumentParser]:
    found: dict[tuple[str, ...], ArgumentParser] = {}
    for name in cli.names():
        parser = Parser(prog=f"allaprima {name}")
        cli.load(name).configure(parser)
        found |= dict(commands(parser, (name,)))
    return found


COMMANDS = every_command()


def needed(parser: ArgumentParser) -> list[str]:
    """The fewest arguments that the command goes with."""
    words = []
    for action in parser._actions:
        if action.option_strings and action.required:
            words += [action.option_strings[-1], "x.toml"]
        elif not action.option_strings and action.nargs not in ("?", "*"):
            words.append("walk.mkv")
    return words


def wrong(action: Action) -> Iterator[str]:
    """Values that the flag must refuse."""
    name = action.option_strings[-1]
    if name in LISTED:
        yield LISTED[name]
    elif name in PARSED:
        yield PARSED[name]
    elif action.choices is not None:
        yield "nonsense"
    elif isinstance(action.type, Value):
        value = action.type
        if value.choices or value.kind is not str:
            yield "nonsense"
        if value.within:
            low, high = value.within.low, value.within.high
            ends = [low - 1] + ([high + 1] if high < UNLIMITED else [])
            for end in ends if value.kind is not float else (*ends, float("nan")):
                text = f"{end:.0f}" if value.kind is not float else f"{end:.3f}"
                yield f"{text}x{text}" if value.kind in (Size, SizeOrSide) else text
    else:
        assert action.type in (None, Path), f"{name} is of a type that this test does not know"


CASES = [
    (*name, *needed(parser), f"{action.option_strings[-1]}={text}")
    for name, parser in COMMANDS.items()
    for action in parser._actions
    if action.option_strings and action.nargs != 0
    for text in wrong(action)
]


def refused(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """The error and the hint, once it is certain that they are one line each and the same as JSON."""
    assert main([*arguments, "--json"]) == SettingsError.exit_code
    out, err = capsys.readouterr()
    error, hint = err.splitlines()
    told: dict[str, Any] = json.loads(out)["error"]
    assert error == f"allaprima: error: {told['message']}" and hint == f"  hint: {told['hint']}" and told["hint"]
    assert told["exit_code"] == SettingsError.exit_code
    return told["message"], told["hint"]


@pytest.fixture(autouse=True)
def nothing_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings file, and a recording that is not opened."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("allaprima.app.settings_and_flags.config_path", lambda: tmp_path / "none.toml")


def test_the_walk_sees_commands_and_flags() -> None:
    assert {("run",), ("bench", "camera-delay"), ("styles", "gallery"), ("steamvr", "autostart")} <= set(COMMANDS)
    assert len(CASES) > 250


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_an_unknown_flag_is_refused(name: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    message, _ = refused((*name, *needed(COMMANDS[name]), "--frobnicate"), capsys)
    assert message == "there is no option '--frobnicate'"


@pytest.mark.parametrize("arguments", CASES, ids=" ".join)
def test_a_wrong_value_is_told_by_its_flag(
    arguments: tuple[str, ...], tiny_pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message, hint = refused(arguments, capsys)
    flag, _, text = arguments[-1].partition("=")
    assert text in message
    if flag not in LISTED:
        assert message.startswith(f"{flag} {text}: ")
        assert re.match("give |did you mean |known: ", hint)


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_every_command_has_json_and_no_flag_of_old(name: tuple[str, ...]) -> None:
    flags = {flag: action for action in COMMANDS[name]._actions for flag in action.option_strings}
    assert "--json" in flags
    assert not {"--out", "--swap", "--size-of-strokes", "--photo", "--runs", "--loopback-camera"} & set(flags)
    assert ("-o" in flags) == ("--output" in flags)


def test_a_setting_has_the_same_flag_in_every_command() -> None:
    """Nobody declares a flag of a setting again."""
    settings = {one.flag.name: one for one in declared().values() if one.flag.name}
    again: set[tuple[str, ...]] = {
        ("styles", "gallery", "--size"),
        ("calibrate", "import", "--size"),
        ("calibrate", "import", "--swap-eyes"),
        ("calibrate", "solve", "--swap-eyes"),
    }
    again |= {("styles", "list", "--pack"), ("styles", "show", "--pack"), ("styles", "import", "--layout")}
    again |= {("styles", "train", f"--{name}") for name in ("style", "strength", "stroke-size", "device", "threads")}
    again |= {("export", "--layout"), ("bench", "speed", "--threads")}  # ... but these, of other things than a session
    for name, parser in COMMANDS.items():
        for action in parser._actions:
            for flag in set(action.option_strings) & set(settings):
                assert action.dest == settings[flag].key or (*name, flag) in again, (name, flag)
