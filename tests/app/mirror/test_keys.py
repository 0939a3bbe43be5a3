from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest

from allaprima.app.headset.headset import Action
from allaprima.app.mirror.keys import (
    BINDINGS,
    NAMED_KEYS,
    Command,
    CommandName,
    help_lines,
    key_labels,
    lookup,
    markdown_table,
)


def test_no_key_is_bound_twice() -> None:
    counts = Counter(key for binding in BINDINGS for key in binding.keys)
    assert [key for key, count in counts.items() if count > 1] == []


def test_every_command_has_a_key_and_only_one_line() -> None:
    assert sorted(binding.command for binding in BINDINGS) == sorted(get_args(CommandName))


def test_every_key_is_a_character_or_a_key_the_window_knows() -> None:
    keys = {key for binding in BINDINGS for key in binding.keys}
    assert {key for key in keys if len(key) > 1} == set(NAMED_KEYS)


def test_every_headset_action_can_be_typed_too() -> None:
    assert set(get_args(Action)) - {"show-plain", "hide-plain"} <= set(get_args(CommandName)), "but for the chord"


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("q", Command("quit")),
        ("Esc", Command("quit")),
        (" ", Command("freeze")),
        (">", Command("next-style")),
        ("<", Command("previous-style")),
        ("1", Command("style", 1)),
        ("9", Command("style", 9)),
        ("[", Command("weaker")),
        ("]", Command("stronger")),
        ("?", Command("help")),
        ("m", Command("layout")),
        ("M", Command("previous-layout")),
    ],
)
def test_key_gives_its_command(key: str, command: Command) -> None:
    assert lookup(key) == command


@pytest.mark.parametrize("key", ["0", "x", "é", "", "esc", "Q1", "中"])
def test_unbound_key_gives_nothing(key: str) -> None:
    assert lookup(key) is None


def test_caps_lock_does_not_silence_a_letter() -> None:
    assert lookup("Q") == Command("quit")


def test_help_has_a_line_for_every_binding_with_every_key() -> None:
    lines = help_lines()
    assert len(lines) == len(BINDINGS)
    for line, binding in zip(lines, BINDINGS, strict=True):
        assert binding.text in line
        assert all(label in line.split() for label in key_labels(binding))


def test_help_is_plain_ascii_so_that_any_font_shows_it() -> None:
    assert all(line.isascii() for line in help_lines())


def test_markdown_table_has_a_row_for_every_binding() -> None:
    rows = markdown_table().splitlines()
    assert len(rows) == 2 + len(BINDINGS)
    assert all(row.count("|") == 3 for row in rows)
    assert "| `1-9` | the style of that number |" in rows
    assert "| `Space` | freeze the picture, go on |" in rows
