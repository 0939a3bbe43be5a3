"""The keys of the commands, similar to mpv's. The help overlay and the table of docs/controls.md are made here."""

from allaprima.app.core.commands import COMMANDS, Call, Command, Group

BINDINGS: tuple[Command, ...] = tuple(command for command in COMMANDS if command.keys)
"""The commands that can be typed."""

NAMED_KEYS: tuple[str, ...] = ("Esc", "F1", "F11", "Left", "Right", "Up", "Down", "Backspace")
"""Keys that type no character; the window knows their codes."""

_CALLS: dict[str, Call] = {
    key: Call(command.name, int(key) if command.name == "style" else None)
    for command in BINDINGS
    for key in command.keys
}


def lookup(key: str) -> Call | None:
    """The command of a typed character (`">"`) or of a named key (`"Esc"`); None if it has none.

    A capital letter, typed with caps lock on, means its small one unless it has a meaning of its own.
    """
    return _CALLS.get(key) or (_CALLS.get(key.lower()) if len(key) == 1 else None)


def key_labels(command: Command) -> tuple[str, ...]:
    """The keys of `command` in written form: `("1-9",)`, `("Space",)`, `("q", "Esc")`."""
    if command.name == "style":
        return (f"{command.keys[0]}-{command.keys[-1]}",)
    return tuple("Space" if key == " " else key for key in command.keys)


HELP_PAGES: tuple[tuple[Group, ...], ...] = (("Styles", "Painting", "Window", "Session"), ("Trims",))
"""The groups of each page; trims have their own page, because they are set once per rig."""


def help_lines(page: int) -> list[str]:
    """The help overlay's `page`, from 1: its groups, and under each a command a line: its keys, a tab, what they do."""
    lines: list[str] = []
    for group in HELP_PAGES[page - 1]:
        lines.append(group)
        lines += [f"{'  '.join(key_labels(c))}\t{c.text.removeprefix('trim: ')}" for c in BINDINGS if c.group == group]
    return lines


def markdown_table() -> str:
    """The same as a Markdown table; ends with a newline."""
    rows = ["| Key | What it does |", "| --- | --- |"]
    for command in BINDINGS:
        rows.append(f"| {' '.join(f'`{label}`' for label in key_labels(command))} | {command.text} |")
    return "\n".join(rows) + "\n"
