"""What a step of training is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from allaprima.models.judging import losses
from allaprima.models.judging.targets import PerceptualTargets
from allaprima.models.networks import canvas
from allaprima.models.recipe import Recipe, eased
from allaprima.models.training import consistency

TARGET = 0.05
"""Style distance aimed at, as a share of an unpainted photo's."""
LEAST, MOST = 0.5, 8.0


@dataclass
class Balance:
    """Each style's own share of the style weight: more for one that lags behind `TARGET`, less for one that is there.

    `ratio` (rows,) is the running mean of the style distance, as a share of unpainted photos'.
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
    another view of each, or None while the style settles; `rows` (P,) the styles. `canvases` (views, photos, C, H / 2,
    W / 2) are those of the views; None for a network without.
    """

    first: Tensor
    second: Tensor | None
    warp: consistency.Warp | None
    rows: Tensor
    canvases: Tensor | None = None
    share: Share = Share()

    @property
    def views(self) -> Tensor:
        """(photos * views, 3, H, W), a photo's views one after the other."""
        if self.second is None:
            return self.first
        return torch.stack((self.first, self.second), 1).flatten(0, 1)

    @property
    def canvas(self) -> Tensor | None:
        """(photos * views, C, H / 2, W / 2), in the order of `views`."""
        return None if self.canvases is None else self.canvases.transpose(0, 1).flatten(0, 1)

    def weights(self, rows: int) -> Tensor:
        """(photos, rows) weights that pick each photo's row."""
        identity = self.rows.new_zeros(len(self.first) - len(self.rows))
        return F.one_hot(torch.cat([self.rows, identity]), rows).float()

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        second = None if self.second is None else self.second.to(device)
        warp = None if self.warp is None else consistency.Warp(self.warp.grid.to(device), self.warp.valid.to(device))
        canvases = None if self.canvases is None else self.canvases.to(device)
        return Batch(self.first.to(device), second, warp, self.rows.to(device), canvases, self.share)

    def shard(self, rank: int, size: int) -> Batch:
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
        canvases = None if self.canvases is None else self.canvases[:, held]
        return Batch(self.first[held], second, warp, self.rows[mine], canvases, share)


@dataclass(frozen=True)
class LossTerms:
    """`loss` to descend; `terms` by name, `loss` among them, without gradients; `ratios` (P,) style distance as a share
    of unpainted photos'.
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


IMPASTO = 1.5
"""The strongest canvas that is painted on, 1 being the usual one."""
SCALE = 0.3
"""Octaves by which the waves of a canvas may be longer or shorter than usual: cameras and painted sizes differ."""
SLIPPING, SLIP_PX = 0.15, 2.0
"""Share of second views whose canvas is misplaced, and by up to how many pixels, as one is whose distance is only
guessed. With more of either, no stroke that keys to the canvas is worth painting, and strokes grow dull.
"""


def sample_canvas(count: int, channels: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
    """(count, channels, H / 2, W / 2) canvases for pictures of `size` (height, width): most of the usual strength, the
    others anything up to `IMPASTO`, which so becomes a control.
    """
    scale = 2 ** ((torch.rand(count, generator=generator) * 2 - 1) * SCALE)
    any_strength = torch.rand(count, generator=generator) * IMPASTO
    usual = torch.rand(count, generator=generator) < 0.6
    strength = torch.where(usual, torch.ones(count), any_strength)
    return canvas.noise(count, channels, size, generator, scale) * strength[:, None, None, None]


def warp_canvas(first: Tensor, warp: consistency.Warp, generator: torch.Generator) -> Tensor:
    """The canvases `first` as second views see them; some misplaced by a smooth error of up to `SLIP_PX`."""
    count = len(first)
    slips = torch.rand(count, generator=generator) * SLIP_PX * (torch.rand(count, generator=generator) < SLIPPING)
    return canvas.warped(first, warp.grid, slips, generator)


WINDOW = 0.6
"""Side of the part of a picture that is judged at full size, as a share of the mirrored picture's."""


def window(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """The same random part of each of `pictures` (B, 3, H, W), a multiple of 16 pixels wide and high."""
    height, width = pictures.shape[2:]
    sides = [max(16, round(side * WINDOW / 16) * 16) for side in (height, width)]
    top, left = (
        int(torch.randint(whole - side + 1, (1,), generator=generator))
        for whole, side in zip((height, width), sides, strict=True)
    )
    return pictures[..., top : top + sides[0], left : left + sides[1]]


def compute_loss(
    painted: Tensor, batch: Batch, targets: PerceptualTargets, balance: Balance, recipe: Recipe, step: int
) -> LossTerms:
    """Every term of the loss by name, and their weighted sum as `loss`.

    `painted` like `batch.views`, float32. The style is judged on the first view; the two views are judged against each
    other.
    """
    views = painted.shape[0] // batch.first.shape[0]
    styles, share = len(batch.rows), batch.share
    by_view = painted.unflatten(0, (-1, views))  # (photos, views, 3, H, W)
    styled, photos = by_view[:styles, 0], batch.first[:styles]
    generator = torch.Generator().manual_seed(recipe.seed * recipe.iterations + step)  # the same in every process
    with torch.no_grad():
        shown = losses.photo_structure(targets.features, photos)
    judged = losses.octave_features(targets.features, styled, window(losses.mirrored(styled), generator))
    style = losses.octave_distance(judged, {name: gram[batch.rows] for name, gram in targets.grams.items()})  # (P,)
    colour = losses.palette_distance(styled, [targets.palettes[row] for row in batch.rows.tolist()], generator)
    ratio = style.detach() / targets.unpainted[batch.rows]
    weights = balance.weights(batch.rows)
    terms = {
        "style": style.mean() * share.styled,
        "ratio": ratio.mean() * share.styled,
        "colour": colour.mean() * share.styled,
        "content": losses.structure_distance(losses.structure(judged), shown).mean() * share.styled,
        "smooth": losses.total_variation(styled) * share.styled,
        "identity": F.l1_loss(by_view[-1, 0], batch.first[-1]) if len(batch.first) > styles else painted.new_zeros(()),
    }
    steadied = eased(recipe, step)
    strength = recipe.strength * (1 + recipe.repaid * steadied)
    loss = strength * (weights * (style + recipe.colour * colour)).mean() * share.styled + terms["content"]
    loss = loss + recipe.smoothness * terms["smooth"] + 8 * terms["identity"]
    if batch.warp is not None:
        pattern = losses.cell_pattern(painted, 4) + losses.cell_pattern(painted, 8)
        terms["stable"] = consistency.consistency(by_view[:, 0], by_view[:, 1], batch.warp) * share.seen
        terms["pattern"] = pattern * share.pictures
        steady = recipe.stability * terms["stable"] + recipe.evenness * terms["pattern"]
        loss = loss + steadied * steady
    return LossTerms(loss, {name: term.detach() for name, term in {**terms, "loss": loss}.items()}, ratio)
