"""What is typed after flags, as values."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError

from allaprima.app.core.errors import SettingsError


def size(text: str) -> tuple[int, int]:
    """`640x480` as (640, 480)."""
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a size such as 640x480") from None
    if not (16 <= width <= 8192 and 16 <= height <= 8192):
        raise ArgumentTypeError(f"{text}: each side must be 16 to 8192 pixels")
    return width, height


def positive(text: str) -> float:
    """A number above 0."""
    try:
        number = float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < number < 1e9:
        raise ArgumentTypeError(f"{text}: must be above 0")
    return number


def count(text: str) -> int:
    """A whole number above 0."""
    try:
        number = int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not 0 < number < 10**9:
        raise ArgumentTypeError(f"{text}: must be 1 or more")
    return number


def amount(text: str) -> float:
    """What follows `--keep-colour`; a path there was meant for the command, to which the bare flag gave it away."""
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not a number from 0 to 1: write --keep-colour=1, or put it last"
        ) from None


def rate(text: str) -> str:
    """What follows `--governor`, for the settings to check; a path there was meant for the command."""
    try:
        return text if text == "auto" else str(float(text))
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not a rate in pairs a second: write --governor=30, or put it last"
        ) from None


def parse_size(text: str | None) -> tuple[int, int] | int | None:
    """'640x480' or '640', the long side. Raises `SettingsError`."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,6})(?:[xX](\d{1,6}))?", text.strip())
    if not match:
        raise SettingsError(
            f"size {text!r} is neither WIDTHxHEIGHT nor a long side", "like --size 640x480 or --size 640"
        )
    return (int(match[1]), int(match[2])) if match[2] else int(match[1])
