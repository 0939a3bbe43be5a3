"""The running mean of a network's weights, which paints better than any one of them (Polyak & Juditsky 1992)."""

import copy

import torch

from allaprima.models.networks.network import StyleNetwork

KEPT = 0.998
"""Share of the mean that a step leaves: some 500 steps are averaged."""


class WeightAverage:
    """An exponential moving average of the parameters, in `network`; `count` steps have been taken in."""

    def __init__(self, network: StyleNetwork) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.count = 0

    @torch.no_grad()
    def take_in(self, network: StyleNetwork) -> None:
        """Take a step's weights into the mean; the first ones count for more, so that the random start is forgotten."""
        self.count += 1
        share = max(1 - KEPT, 1 / (1 + self.count))
        for mean, now in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.lerp_(now, share)
