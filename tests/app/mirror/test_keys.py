from __future__ import annotations

from collections import Counter

import pytest

from allaprima.app.core.commands import COMMANDS, Call
from allaprima.app.mirror.keys import (
    BINDINGS,
    HELP_PAGES,
    NAMED_KEYS,
    help_lines,
    key_labels,
    lookup,
    markdown_table,
)


def test_no_key_is_bound_twice() -> None:
    counts = Counter(key for command in BINDINGS for key in command.keys)
    assert [key for key, count in counts.items() if count > 1] == []


def test_every_command_has_one_row_and_a_key() -> None:
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)
    sliders = {command.name for command in COMMANDS if command.range}
    keyless = set(names) - {command.name for command in BINDINGS}
    assert keyless - sliders == {"show-plain", "hide-plain"}, "but for the chord, and the sliders of the web pages"
    assert sliders and sliders <= keyless


def test_every_key_is_a_character_or_a_key_the_window_knows() -> None:
    keys = {key for command in BINDINGS for key in command.keys}
    assert {key for key in keys if len(key) > 1} == set(NAMED_KEYS)


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("q", Call("quit")),
        ("Esc", Call("quit")),
        (" ", Call("freeze")),
        (">", Call("next-style")),
        ("<", Call("previous-style")),
        ("1", Call("style", 1)),
        ("9", Call("style", 9)),
        ("[", Call("weaker")),
        ("]", Call("stronger")),
        ("?", Call("help")),
        ("m", Call("layout")),
        ("M", Call("previous-layout")),
    ],
)
def test_key_gives_its_command(key: str, call: Call) -> None:
    assert lookup(key) == call


@pytest.mark.parametrize("key", ["0", "x", "é", "", "esc", "Q1", "中"])
def test_unbound_key_gives_nothing(key: str) -> None:
    assert lookup(key) is None


def test_caps_lock_does_not_silence_a_letter() -> None:
    assert lookup("Q") == Call("quit")


def test_help_has_a_line_for_every_binding_with_every_key() -> None:
    lines = {line.partition("\t")[2]: line for page in range(len(HELP_PAGES)) for line in help_lines(page + 1)}
    for command in BINDINGS:
        line = lines.pop(command.text.removeprefix("trim: "))
        assert all(label in line.split() for label in key_labels(command))
    assert list(lines) == [""], "but for the headings"


def test_trims_have_a_page_of_their_own() -> None:
    assert [line for line in help_lines(1) if "\t" not in line] == ["Styles", "Painting", "Window", "Session"]
    assert [line for line in help_lines(2) if "\t" not in line] == ["Trims"]


def test_help_is_plain_ascii_so_that_any_font_shows_it() -> None:
    assert all(line.isascii() for page in range(len(HELP_PAGES)) for line in help_lines(page + 1))


def test_markdown_table_has_a_row_for_every_binding() -> None:
    rows = markdown_table().splitlines()
    assert len(rows) == 2 + len(BINDINGS)
    assert all(row.count("|") == 3 for row in rows)
    assert "| `1-9` | the style of that number |" in rows
    assert "| `Space` | freeze the picture, go on |" in rows
