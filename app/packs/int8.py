"""The int8 part of a pack's card: ranges of the convolutions' inputs, and accuracy against float32.

[int8.ranges]
"body.0.first.conv.weight" = [0.0, 10.7]
[int8.psnr]
starry-night = 43.2
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import tomlkit

from allaprima.app.core.errors import OutputError, StylePackError
from allaprima.app.core.files import write_file
from allaprima.app.core.reading import Unreadable, parse_toml, read_text
from allaprima.app.packs.onnx_scan import HINT

GATE_DB = 35.0
"""Least accuracy in decibels for painting a style in int8."""
MOST_ENTRIES = 1024
LARGEST = 1e6
MAX_KEY = 200
LARGEST_CARD = 1 << 20


@dataclass(frozen=True, slots=True)
class Int8:
    """Ranges and accuracy of a network in int8."""

    ranges: Mapping[str, tuple[float, float]]
    """Lowest input (at most 0) and highest input (above 0) of a convolution, by the name of its weights in the file. A
    convolution without a range stays in float.
    """
    psnr: Mapping[str, float]
    """Decibels against float32 by the name of the style, on other photos than those of the ranges."""


def int8_of(table: Any) -> Int8:
    """The card's table, validated. Raises ValueError with the fault."""
    ranges, psnr = (table.get(key) if isinstance(table, dict) else None for key in ("ranges", "psnr"))
    if not (isinstance(ranges, dict) and isinstance(psnr, dict)):
        raise ValueError("[int8] must have the tables 'ranges' and 'psnr'")
    if not all(1 <= len(entries) <= MOST_ENTRIES for entries in (ranges, psnr)):
        raise ValueError(f"[int8.ranges] and [int8.psnr] must have 1 to {MOST_ENTRIES} entries")
    if any(len(name) > MAX_KEY or not name.isprintable() for name in (*ranges, *psnr)):
        raise ValueError("a name in [int8] is too long, or holds control characters")
    for name, limits in ranges.items():
        sound = isinstance(limits, list) and len(limits) == 2 and all(map(_is_number, limits))
        if not sound or not -LARGEST <= limits[0] <= 0 < limits[1] <= LARGEST:
            raise ValueError(f"int8.ranges: {name!r} is {str(limits)[:40]}, must be [lowest, highest] around 0")
    for name, near in psnr.items():
        if not _is_number(near):
            raise ValueError(f"int8.psnr: {name!r} is {str(near)[:40]}, must be decibels")
    return Int8(
        MappingProxyType({name: (float(low), float(high)) for name, (low, high) in ranges.items()}),
        MappingProxyType({name: float(near) for name, near in psnr.items()}),
    )


def write_int8(card: Path, measured: Int8) -> None:
    """Replace the int8 part of a pack's card by `measured`; everything else stays.

    Raises `StylePackError` if the card cannot be written.
    """
    tables: dict[str, dict[str, Any]] = {
        "ranges": {name: [round(value, 5) for value in limits] for name, limits in measured.ranges.items()},
        "psnr": {name: round(near, 2) for name, near in measured.psnr.items()},
    }
    try:
        text = read_text(card, LARGEST_CARD)
        parse_toml(text)  # do not write into a broken file
        document = tomlkit.parse(text)
        document["int8"] = tables
        write_file(card, tomlkit.dumps(document))
    except Unreadable as error:
        raise StylePackError(f"{card}: {error}", HINT) from error
    except OutputError as error:
        raise StylePackError(error.message, f"allaprima styles quantize COPY, a copy of {card.parent}") from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300  # an int may be huge
