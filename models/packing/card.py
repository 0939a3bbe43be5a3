"""A pack's card, as TOML text."""

from collections.abc import Mapping, Sequence


def table(name: str, values: Mapping[str, object]) -> str:
    """One TOML table; `[name]` makes it one of a list."""
    return "\n".join([f"[{name}]", *(f"{key} = {quoted(value)}" for key, value in values.items()), ""])


def quoted(value: object) -> str:
    """A TOML value. What cannot be printed becomes a question mark."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(quoted, value))}]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{"".join(c if c.isprintable() else "?" for c in text)}"'
