"""How a cost grows: laws fitted to a few points."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """`y = factor * x ** exponent`."""

    factor: float
    exponent: float

    def at(self, x: float) -> float:
        return float(self.factor * x**self.exponent)


def power_law(x: Sequence[float], y: Sequence[float]) -> PowerLaw:
    """The straight line of least squares through the points' logarithms.

    Raises ValueError unless there are two points or more, at different `x`, and all numbers are above 0.
    """
    if len(set(x)) < 2 or len(x) != len(y) or min(*x, *y) <= 0:
        raise ValueError("a power law needs points above 0 at two different x or more")
    exponent, offset = np.polyfit(np.log(x), np.log(y), 1)
    return PowerLaw(float(np.exp(offset)), float(exponent))


def spread(y: Sequence[float]) -> float:
    """By which share of the least the greatest is above it: 0 is flat."""
    return max(y) / min(y) - 1
