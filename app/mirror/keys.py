"""The one table of keys, in mpv's manner. The help overlay and the README's table are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CommandName = Literal[
    "quit",
    "fullscreen",
    "freeze",
    "next-style",
    "previous-style",
    "style",
    "blend-next",
    "blend-previous",
    "crossfade",
    "stronger",
    "weaker",
    "full-strength",
    "larger-strokes",
    "smaller-strokes",
    "keep-colour",
    "plain",
    "layout",
    "previous-layout",
    "hud",
    "screenshot",
    "recentre",
    "raise-right",
    "lower-right",
    "further-apart",
    "closer-together",
    "larger-picture",
    "smaller-picture",
    "further-away",
    "nearer",
    "record",
    "help",
]
"""What a key asks for. Names shared with `headset.Action` mean the same."""


@dataclass(frozen=True, slots=True)
class Command:
    """One key press, understood. `argument` is the style's number, from 1, of the command `style`; None otherwise."""

    name: CommandName
    argument: int | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """`keys`: characters as typed, whatever the keyboard's layout, or the names of keys that type none."""

    keys: tuple[str, ...]
    command: CommandName
    text: str


BINDINGS: tuple[Binding, ...] = (
    Binding(("q", "Esc"), "quit", "quit"),
    Binding(("f", "F11"), "fullscreen", "full screen on or off"),
    Binding((" ",), "freeze", "freeze the picture, go on"),
    Binding((">", "Right"), "next-style", "next style"),
    Binding(("<", "Left"), "previous-style", "previous style"),
    Binding(tuple("123456789"), "style", "the style of that number"),
    Binding(("b",), "blend-next", "blend in a quarter more of the next style"),
    Binding(("B",), "blend-previous", "a quarter back"),
    Binding(("c",), "crossfade", "crossfade between styles, or cut"),
    Binding(("]", "Up"), "stronger", "paint more strongly"),
    Binding(("[", "Down"), "weaker", "paint less strongly"),
    Binding(("Backspace",), "full-strength", "full strength"),
    Binding(("+", "="), "larger-strokes", "larger strokes"),
    Binding(("-",), "smaller-strokes", "smaller strokes, which take longer"),
    Binding(("k",), "keep-colour", "keep the colours that the camera sees: by half, wholly, not"),
    Binding(("p",), "plain", "what the cameras see, unpainted"),
    Binding(("m",), "layout", "next layout of this window"),
    Binding(("M",), "previous-layout", "previous layout"),
    Binding(("h",), "hud", "figures on or off"),
    Binding(("s",), "screenshot", "save a picture of both eyes"),
    Binding(("r",), "record", "start a recording, or end it"),
    Binding(("o",), "recentre", "straight ahead is where the headset looks now"),
    Binding(("v",), "raise-right", "trim: the right eye's picture up by 0.1 degrees"),
    Binding(("V",), "lower-right", "trim: ... down"),
    Binding(("e",), "further-apart", "trim: the cameras further apart by 1 mm"),
    Binding(("E",), "closer-together", "trim: ... closer together"),
    Binding(("z",), "larger-picture", "trim: everything larger by 1 %"),
    Binding(("Z",), "smaller-picture", "trim: ... smaller"),
    Binding(("d",), "further-away", "trim: the picture further away by a tenth"),
    Binding(("D",), "nearer", "trim: ... nearer"),
    Binding(("?", "F1"), "help", "these keys on or off"),
)

NAMED_KEYS: tuple[str, ...] = ("Esc", "F1", "F11", "Left", "Right", "Up", "Down", "Backspace")
"""Keys that type no character; the window knows their codes."""

_COMMANDS: dict[str, Command] = {
    key: Command(binding.command, int(key) if binding.command == "style" else None)
    for binding in BINDINGS
    for key in binding.keys
}


def lookup(key: str) -> Command | None:
    """The command of a typed character (`">"`) or of a named key (`"Esc"`); None if it has none.

    A capital letter, typed with caps lock on, means its small one unless it has a meaning of its own.
    """
    return _COMMANDS.get(key) or (_COMMANDS.get(key.lower()) if len(key) == 1 else None)


def key_labels(binding: Binding) -> tuple[str, ...]:
    """The keys of `binding` as one writes them: `("1-9",)`, `("Space",)`, `("q", "Esc")`."""
    if binding.command == "style":
        return (f"{binding.keys[0]}-{binding.keys[-1]}",)
    return tuple("Space" if key == " " else key for key in binding.keys)


def help_lines() -> list[str]:
    """The help overlay, one binding a line: its keys, a tab, what they do."""
    return [f"{'  '.join(key_labels(binding))}\t{binding.text}" for binding in BINDINGS]


def markdown_table() -> str:
    """The same as a Markdown table, for the README; ends with a newline."""
    rows = ["| Key | What it does |", "| --- | --- |"]
    for binding in BINDINGS:
        rows.append(f"| {' '.join(f'`{label}`' for label in key_labels(binding))} | {binding.text} |")
    return "\n".join(rows) + "\n"
