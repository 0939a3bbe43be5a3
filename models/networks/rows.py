"""Rows of a network: what a style is. Taken out, put in, blended."""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from allaprima.models.networks.network import ConditionalNorm, StyleNetwork


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
