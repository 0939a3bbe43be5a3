"""A pack's card, as TOML text."""

from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit


def card_text(card: Mapping[str, object]) -> str:
    """The tables of a card, and its styles. What cannot be printed becomes a question mark."""
    return tomlkit.dumps({"format": 1, **_printable(card)})


def _printable(value: object) -> Any:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _printable(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_printable(item) for item in value]
    return "".join(c if c.isprintable() else "?" for c in str(value).replace("\n", " "))
