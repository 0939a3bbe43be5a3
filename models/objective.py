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
    def of(rows: int, device: torch.device | None = None) -> Balance:
        """Nothing known: all alike."""
        return Balance(torch.full((rows,), TARGET, device=device))

    def weights(self, rows: Tensor) -> Tensor:
        """(P,) factors for the styles in `rows`."""
        return (self.ratio[rows] / TARGET).clamp(LEAST, MOST).sqrt()

    def note(self, rows: Tensor, ratios: Tensor) -> None:
        """Take in what a step has reached."""
        self.ratio[rows] = 0.98 * self.ratio[rows] + 0.02 * ratios.detach().float().clamp(0, 1)


@dataclass(frozen=True)
class Share:
    """How much of a step's whole batch a process holds: of the styled pictures, of all pictures, and of the pixels that
    two views both see. Terms are means; weighted with these they add up to the whole batch's.
    """

    styled: float = 1.0
    pictures: float = 1.0
    seen: float = 1.0


@dataclass(frozen=True)
class Batch:
    """`first` (P, 3, H, W) photos, or (P + 1, 3, H, W) if the identity row is trained, which gets the last; `second`
    another view of each, or None while the style settles; `rows` (P,) the styles.
    """

    first: Tensor
    second: Tensor | None
    warp: consistency.Warp | None
    rows: Tensor
    share: Share = Share()

    @property
    def views(self) -> Tensor:
        """(photos * views, 3, H, W), a photo's views one after the other."""
        if self.second is None:
            return self.first
        return torch.stack((self.first, self.second), 1).flatten(0, 1)

    def weights(self, rows: int) -> Tensor:
        """(photos, rows) weights that pick each photo's row."""
        identity = self.rows.new_zeros(len(self.first) - len(self.rows))
        return F.one_hot(torch.cat([self.rows, identity]), rows).float()

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        second = None if self.second is None else self.second.to(device)
        warp = None if self.warp is None else consistency.Warp(self.warp.grid.to(device), self.warp.valid.to(device))
        return Batch(self.first.to(device), second, warp, self.rows.to(device), self.share)

    def part(self, rank: int, size: int) -> Batch:
        """What process `rank` of `size` paints of it: an even share of the styles, and the last one the identity."""
        styled, photos = len(self.rows), len(self.first)
        mine = torch.arange(styled).tensor_split(size)[rank]
        identity = torch.arange(styled, photos) if rank == size - 1 else torch.arange(0)
        held = torch.cat([mine, identity])
        second = None if self.second is None else self.second[held]
        warp, seen = None, 1.0
        if self.warp is not None:
            warp = consistency.Warp(self.warp.grid[held], self.warp.valid[held])
            seen = (warp.valid.sum() / self.warp.valid.sum().clamp_min(1)).item()
        share = Share(len(mine) / styled, len(held) / photos, seen)
        return Batch(self.first[held], second, warp, self.rows[mine], share)


@dataclass(frozen=True)
class Verdict:
    """`loss` to descend; `terms` by name, `loss` among them, without gradients; `ratios` (P,) painted over unpainted
    style distance.
    """

    loss: Tensor
    terms: dict[str, Tensor]
    ratios: Tensor


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
) -> Verdict:
    """Every term of the loss by name, and their weighted sum as `loss`.

    `painted` like `batch.views`, float32; `grams` {layer: (rows, C, C)} Gram matrices of the paintings. The style is
    judged on the first view; the two views are judged against each other.
    """
    views = painted.shape[0] // batch.first.shape[0]
    styles, share = len(batch.rows), batch.share
    by_view = painted.unflatten(0, (-1, views))  # (photos, views, 3, H, W)
    styled, photos = by_view[:styles, 0], batch.first[:styles]
    with torch.no_grad():
        seen = features(photos.contiguous(memory_format=torch.channels_last))
    judged = features(styled.contiguous(memory_format=torch.channels_last))
    target = {name: gram[batch.rows] for name, gram in grams.items()}
    style = losses.style_distance(judged, target)  # (P,)
    with torch.no_grad():
        ratio = style / losses.style_distance(seen, target)
    weights = balance.weights(batch.rows)
    terms = {
        "style": style.mean() * share.styled,
        "ratio": ratio.mean() * share.styled,
        "content": losses.content_distance(judged, seen).mean() * share.styled,
        "smooth": losses.total_variation(styled) * share.styled,
        "identity": F.l1_loss(by_view[-1, 0], batch.first[-1]) if len(batch.first) > styles else painted.new_zeros(()),
    }
    steadied = eased(recipe, step)
    strength = recipe.strength * (1 + steadied)  # what steadies the picture is first of all paid for in strokes
    loss = strength * (weights * style).mean() * share.styled + terms["content"]
    loss = loss + recipe.smoothness * terms["smooth"] + 4 * terms["identity"]
    if batch.warp is not None:
        pattern = losses.cell_pattern(painted, 4) + losses.cell_pattern(painted, 8)
        terms["stable"] = consistency.consistency(by_view[:, 0], by_view[:, 1], batch.warp) * share.seen
        terms["pattern"] = pattern * share.pictures
        steady = recipe.stability * terms["stable"] + recipe.evenness * terms["pattern"]
        loss = loss + steadied * steady
    return Verdict(loss, {name: term.detach() for name, term in {**terms, "loss": loss}.items()}, ratio)
