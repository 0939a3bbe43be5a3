"""The parameters of a training, and the schedules that follow from them."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result.

    `strength` weighs style against content: at 1 a photo is merely tinted, at 40 little of its content is still
    recognisable. Each style's share of it is found during training (`Balance`). `stroke` is the painting's shorter side
    in pixels: larger gives larger strokes.

    The first share `settle` of the steps has no stability loss: from the start, it would lead to dull pictures and
    screen-door patterns. Then `stability` weighs the agreement of two views, and `evenness` the loss of the network's
    own grid; meanwhile the weight of style grows by `repaid`, because stability weakens strokes.
    `colour` weighs the palette beside the texture.

    `start` is the SHA-256 of the network that a whole training went on from, empty for a random one. `base` is that of
    the network that rows are added to, empty for a new one; with `frozen` its shared layers are not trained.
    """

    family: str = "E32-48x4c2"
    iterations: int = 40_000
    pairs: int = 3
    crop: int = 224
    strength: float = 12.0
    colour: float = 3.0
    stroke: int = 800
    stability: float = 3000.0
    repaid: float = 0.75
    settle: float = 0.6
    smoothness: float = 1.0
    evenness: float = 2.0
    learning_rate: float = 2e-3
    seed: int = 0
    start: str = ""
    base: str = ""
    frozen: bool = False

    @property
    def settled(self) -> int:
        """The step that first asks for stability."""
        return round(self.settle * self.iterations)

    def within(self, seconds: float, settling: float, steadying: float) -> int:
        """How many iterations fit into `seconds`, by how many a step takes before and after the style has settled."""
        return max(1, int(seconds / (self.settle * settling + (1 - self.settle) * steadying)))

    @staticmethod
    def adding(base: str) -> Recipe:
        """For new rows of the network with the SHA-256 `base`, whose shared layers stay. There is far less to learn,
        and what paints steadily is there already: shorter, at a higher rate.
        """
        return Recipe(iterations=1000, pairs=2, settle=0.5, learning_rate=3e-2, base=base, frozen=True)


EASE = 0.15
"""Share of the way over which stability is eased in."""


def learning_rate(recipe: Recipe, step: int) -> float:
    """Two cycles (Smith 2018), one for the style and a lower one for its stability: a short rise, then a cosine."""
    begin, end, peak = (0, recipe.settled, 1.0) if step < recipe.settled else (recipe.settled, recipe.iterations, 0.6)
    length = max(1, end - begin)
    u, rise = (step - begin) / length, 0.05
    last = 0.15 if end < recipe.iterations else 0.005
    if u < rise:
        return recipe.learning_rate * peak * (0.1 + 0.9 * u / rise)
    return recipe.learning_rate * peak * (last + (1 - last) * (0.5 + 0.5 * math.cos(math.pi * (u - rise) / (1 - rise))))


def eased(recipe: Recipe, step: int) -> float:
    """0 until the style has settled, then linearly to 1: the share of the terms that steady the picture."""
    return min(1.0, max(0.0, (step - recipe.settled + 1) / max(1.0, EASE * recipe.iterations)))
