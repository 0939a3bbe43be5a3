"""One value from the command line or a file: its type, its range, its choices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from allaprima.app.core.errors import SettingsError, did_you_mean

Size = tuple[int, int]
"""(width, height) in pixels; `640x480` as text."""

SizeOrSide = Size | int
"""(width, height), or the longer side, with the other one by the picture's aspect; `640` as text."""

UNLIMITED = 1e9
"""A range up to this is described as one without an upper end."""


@dataclass(frozen=True, slots=True)
class Within:
    """The range of a number, or of each side of a size, ends included."""

    low: float
    high: float = UNLIMITED

    def __str__(self) -> str:
        return f"{self.low:g} or more" if self.high >= UNLIMITED else f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Value:
    """Converts a value or its text to `kind`: int, float, bool, str, `Size` or `SizeOrSide`.

    `choices` are the allowed texts; if it is `optional`, None and "auto" give None. Raises `SettingsError`, whose
    message begins with the value: the caller puts the flag or the key before it.
    """

    kind: Any
    within: Within | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False

    def __call__(self, value: object) -> Any:
        if self.optional and (value is None or value == "auto"):
            return None
        if self.choices:
            if value not in self.choices:
                what = f"{value}: not one of {', '.join(self.choices)}"
                raise SettingsError(what, did_you_mean(str(value), self.choices))
            return value
        try:
            read = _read(value, self.kind)
        except (TypeError, ValueError, OverflowError):
            raise SettingsError(f"{value}: that is not {_NAMES[self.kind]}", f"give {self}") from None
        numbers = read if isinstance(read, tuple) else (read,)
        if self.within and not all(self.within.low <= number <= self.within.high for number in numbers):
            raise SettingsError(f"{value}: outside {self.within}", f"give {self}")
        return read

    def __str__(self) -> str:
        """The allowed values, in words."""
        sides = ", each side" if self.kind in (Size, SizeOrSide) else ""
        limits = f"{sides} {self.within}" if self.within else ""
        return " or ".join(self.choices or (_NAMES[self.kind] + limits,)) + (", or auto" if self.optional else "")


_NAMES: dict[Any, str] = {
    int: "a whole number", float: "a number", bool: "true or false", str: "text", Size: "a size such as 640x480",
    SizeOrSide: "a size such as 640x480, or a long side such as 640",
}  # fmt: skip
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def _read(value: object, kind: Any) -> Any:
    """Raises TypeError or ValueError if `value` is not a `kind`; a bool is not a number, and a number not a text."""
    if kind == SizeOrSide:
        whole = isinstance(value, int) or (isinstance(value, str) and "x" not in value.lower())
        return _read(value, int if whole else Size)
    if kind == Size:
        parts = value.lower().split("x") if isinstance(value, str) else value
        if not isinstance(parts, Sequence) or len(parts) != 2:
            raise ValueError
        return _read(parts[0], int), _read(parts[1], int)
    if isinstance(value, str):
        if kind is bool:
            if value.lower() not in _BOOLEANS:
                raise ValueError
            return _BOOLEANS[value.lower()]
        return kind(value)
    allowed = (int, float) if kind is float else kind
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
        raise TypeError
    return kind(value)
