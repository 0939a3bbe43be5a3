"""What a step of training is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from allaprima.models import consistency, losses
from allaprima.models.recipe import Recipe, eased
from allaprima.models.vgg import FeatureNetwork, Features

TARGET = 0.03
"""Style distance aimed at, as a share of the unpainted photo's own."""
LEAST, MOST = 0.5, 3.0


@dataclass
class Balance:
    """Each style's own share of the style weight: more for one that lags behind `TARGET`, less for one that is there.

    `ratio` (rows,) is the running mean of painted over unpainted style distance.
    """

    ratio: Tensor

    @staticmethod
    def of(rows: int) -> Balance:
        """Nothing known: all alike."""
        return Balance(torch.full((rows,), TARGET))

    def weights(self, rows: Tensor) -> Tensor:
        """(P,) factors for the styles in `rows`."""
        return (self.ratio[rows] / TARGET).clamp(LEAST, MOST).sqrt()

    def note(self, rows: Tensor, ratios: Tensor) -> None:
        """Take in what a step has reached."""
        self.ratio[rows] = 0.98 * self.ratio[rows] + 0.02 * ratios.detach().float().clamp(0, 1)


@dataclass(frozen=True)
class Batch:
    """`first` (P + 1, 3, H, W) photos, the last for the identity row; `second` another view of each, or None while the
    style settles; `rows` (P,) the styles, on the device.
    """

    first: Tensor
    second: Tensor | None
    warp: consistency.Warp | None
    rows: Tensor

    @property
    def views(self) -> Tensor:
        """((P + 1) * views, 3, H, W), a photo's views one after the other."""
        if self.second is None:
            return self.first
        return torch.stack((self.first, self.second), 1).flatten(0, 1)


def second_views(first: Tensor, generator: torch.Generator) -> tuple[Tensor, consistency.Warp]:
    """What the other eye or the next moment would have seen: warped, with noise of its own and another exposure."""
    count, _, height, width = first.shape
    warp = consistency.random_warp(count, height, width, generator)
    noise = torch.randn(first.shape, generator=generator) * torch.rand(1, generator=generator) * 4 / 255
    gain = 1 + (torch.rand(count, 1, 1, 1, generator=generator) - 0.5) * 0.06
    return (warp(first, "bicubic") * gain + noise).clamp(0, 1), warp


def judge(
    painted: Tensor,
    batch: Batch,
    features: FeatureNetwork,
    grams: Features,
    balance: Balance,
    recipe: Recipe,
    step: int,
) -> dict[str, Tensor]:
    """Every term of the loss by name, and their weighted sum as `loss`.

    `painted` like `batch.views`, float32; `grams` {layer: (rows, C, C)} Gram matrices of the paintings. The style is
    judged on the first view; the two views are judged against each other.
    """
    views = painted.shape[0] // batch.first.shape[0]
    by_view = painted.unflatten(0, (-1, views))  # (P + 1, views, 3, H, W)
    styled, photos = by_view[:-1, 0], batch.first[:-1]
    with torch.no_grad():
        seen = features(photos.contiguous(memory_format=torch.channels_last))
    judged = features(styled.contiguous(memory_format=torch.channels_last))
    target = {name: gram[batch.rows] for name, gram in grams.items()}
    style = losses.style_distance(judged, target)  # (P,)
    with torch.no_grad():
        ratio = style / losses.style_distance(seen, target)
    weights = balance.weights(batch.rows)
    balance.note(batch.rows, ratio)
    terms = {
        "style": style.mean(),
        "ratio": ratio.mean(),
        "content": losses.content_distance(judged, seen).mean(),
        "smooth": losses.total_variation(styled),
        "identity": F.l1_loss(by_view[-1, 0], batch.first[-1]),
    }
    steadied = eased(recipe, step)
    strength = recipe.strength * (1 + steadied)  # what steadies the picture is first of all paid for in strokes
    loss = strength * (weights * style).mean() + terms["content"]
    loss = loss + recipe.smoothness * terms["smooth"] + 4 * terms["identity"]
    if batch.warp is not None:
        terms["stable"] = consistency.consistency(by_view[:, 0], by_view[:, 1], batch.warp)
        terms["pattern"] = losses.cell_pattern(painted, 4) + losses.cell_pattern(painted, 8)
        steady = recipe.stability * terms["stable"] + recipe.evenness * terms["pattern"]
        loss = loss + steadied * steady
    return {**terms, "loss": loss}
