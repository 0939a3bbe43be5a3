"""Blends of styles: `starry-night` or `starry-night:0.5,great-wave:0.5`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import SettingsError
from allaprima.app.packs.pack import Style, StylePack

Weights = NDArray[np.float32]
"""(rows,) float32 summing to 1, row 0 being the identity."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Styles and their shares, which sum to 1."""

    parts: tuple[tuple[Style, float], ...]

    @staticmethod
    def of(style: Style) -> Blend:
        return Blend(((style, 1.0),))

    @property
    def label(self) -> str:
        """For the HUD: 'The Starry Night — Vincent van Gogh' or '50 % The Starry Night + 50 % The Great Wave'."""
        if len(self.parts) == 1:
            return self.parts[0][0].label
        return " + ".join(f"{share:.0%} {style.title}".replace("%", " %") for style, share in self.parts)

    @property
    def expression(self) -> str:
        """The text that `parse_blend` reads as this blend: 'starry-night', or 'starry-night:0.75,great-wave:0.25'."""
        if len(self.parts) == 1:
            return self.parts[0][0].name
        return ",".join(f"{style.name}:{share!r}" for style, share in self.parts)

    def weights(self, rows: int, strength: float = 1.0) -> Weights:
        """(rows,) weights; `strength` 0 gives the plain photo, 1 the full style."""
        weights = np.zeros(rows, np.float32)
        for style, share in self.parts:
            weights[style.row] += share
        return with_strength(weights, strength)


def with_strength(weights: Weights, strength: float) -> Weights:
    """`weights` moved towards the identity row: 0 all the way, 1 not at all."""
    mixed = weights * np.float32(strength)
    mixed[0] += np.float32(1 - strength)
    return mixed


def check_strength(strength: float) -> float:
    """`strength` itself. Raises `SettingsError` outside 0..1."""
    if not 0 <= strength <= 1:
        raise SettingsError(f"strength {strength:g} is outside 0..1", "0 is the plain photo, 1 the full style")
    return strength


def parse_blend(expression: str, pack: StylePack) -> Blend:
    """`NAME` or `NAME:SHARE,NAME:SHARE`; shares are >= 0 and are normalised, one left out counts as 1.

    Raises `SettingsError` for a malformed expression, `StylePackError` for an unknown style.
    """
    shares: dict[Style, float] = {}
    for part in expression.split(","):
        name, colon, number = part.partition(":")
        if not name.strip():
            raise _error(expression, "a name is missing")
        style = pack.style(name)
        if style in shares:
            raise _error(expression, f"{style.name!r} is named twice")
        try:
            share = float(number) if colon else 1.0
        except ValueError:
            raise _error(expression, f"{number.strip()!r} is not a number") from None
        if not math.isfinite(share) or share < 0:
            raise _error(expression, f"the share of {style.name!r} is {number.strip()}, must be 0 or more")
        shares[style] = share
    total = sum(shares.values())
    if not 0 < total < math.inf:
        raise _error(expression, f"the shares sum to {total:g}")
    return Blend(tuple((style, share / total) for style, share in shares.items() if share > 0))


def _error(expression: str, reason: str) -> SettingsError:
    return SettingsError(f"style {expression[:120]!r}: {reason}", "write NAME or NAME:0.5,NAME:0.5")
