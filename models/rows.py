"""Rows of a network: what a style is. Taken out, put in, and the best one to begin a new style from."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from allaprima.models import losses
from allaprima.models.canvas import paint_stills
from allaprima.models.network import ConditionalNorm, StyleNetwork
from allaprima.models.vgg import FeatureNetwork, Features


def with_rows(network: StyleNetwork, change: Callable[[Tensor], Tensor]) -> StyleNetwork:
    """A copy of `network` in which `change` has been done to every tensor (rows, C) that holds a number for each row,
    in the order of the network's modules. The shared layers are the same, bit by bit.
    """
    other = copy.deepcopy(network)
    for module in other.modules():
        if isinstance(module, ConditionalNorm):
            module.scale = nn.Parameter(change(module.scale.detach()))
            module.shift = nn.Parameter(change(module.shift.detach()))
    other.through = change(other.through)
    other.rows = other.through.shape[0]
    return other


def picked(network: StyleNetwork, rows: Sequence[int]) -> StyleNetwork:
    """A copy with these rows only, in this order."""
    return with_rows(network, lambda held: held[list(rows)].clone())


def blended(network: StyleNetwork, weights: Tensor) -> StyleNetwork:
    """A copy whose rows are blends of the network's: `weights` (new rows, rows)."""
    return with_rows(network, lambda held: weights @ held)


def joined(network: StyleNetwork, added: StyleNetwork) -> StyleNetwork:
    """A copy of `network` with the rows of `added`, a network of the same family, after its own."""
    after: list[Tensor] = []
    with_rows(added, lambda held: after.append(held) or held)  # type: ignore[func-returns-value]
    more = iter(after)
    return with_rows(network, lambda held: torch.cat([held, next(more)]))


def nearest_row(network: StyleNetwork, photos: Tensor, target: Features, features: FeatureNetwork) -> Tensor:
    """(1, rows) weights of what a new style had best begin from: the row that paints `photos` (N, 3, H, W) nearest to
    it in style distance, or the mean of all rows if that is nearer. `target` {layer: (1, C, C)} Gram matrices.
    """
    rows = network.rows
    mean = torch.full((1, rows), 1 / (rows - 1))
    mean[0, 0] = 0
    candidates = torch.cat([torch.eye(rows)[1:], mean]).to(photos.device)
    with torch.no_grad():
        distances = [
            losses.style_distance(features(paint_stills(network, photos, weights)), target).mean()
            for weights in candidates
        ]
    return candidates[int(torch.stack(distances).argmin())][None]
