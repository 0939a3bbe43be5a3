"""The network that is going to be trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from allaprima.models.judging import losses
from allaprima.models.judging.targets import gram_targets
from allaprima.models.judging.vgg import FeatureNetwork, Features
from allaprima.models.networks.canvas import paint_stills
from allaprima.models.networks.network import StyleNetwork, build
from allaprima.models.networks.rows import blended, joined
from allaprima.models.packing.paintings import Painting
from allaprima.models.packing.reading import OpenPack
from allaprima.models.recipe import Recipe


@dataclass(frozen=True)
class Student:
    """A network in training: `rows` learn a painting each; with `identity`, row 0 learns to give the photo back. What
    of the network has no gradient stays as it is.
    """

    network: StyleNetwork
    rows: tuple[int, ...]
    identity: bool = True

    @staticmethod
    def fresh(recipe: Recipe, paintings: int) -> Student:
        """A new network for so many paintings."""
        torch.manual_seed(recipe.seed)
        network = build(recipe.family, 1 + paintings)
        # What row 0 itself paints must match the photo, because a strength between 0 and 1 blends that row with a
        # style's; passing the photo straight through would hide it from the loss. The export switches the passage on.
        network.through.zero_()
        return Student(network, tuple(range(1, 1 + paintings)))

    @staticmethod
    def continued(base: OpenPack, paintings: Sequence[Painting]) -> Student:
        """The network of the pack `base`, with the row of each painting's name, or the mean of all rows for a painting
        that the pack does not know.
        """
        known = {str(style["name"]): int(style["row"]) for style in base.styles}
        weights = torch.zeros(1 + len(paintings), base.network.rows)
        weights[0, 0] = 1
        for place, painting in enumerate(paintings, 1):
            if painting.name in known:
                weights[place, known[painting.name]] = 1
            else:
                weights[place, 1:] = 1 / (base.network.rows - 1)
        network = blended(base.network, weights)
        network.through.zero_()
        return Student(network, tuple(range(1, 1 + len(paintings))))

    @staticmethod
    def added(
        recipe: Recipe, base: StyleNetwork, paintings: Sequence[Painting], photos: Tensor, features: FeatureNetwork
    ) -> Student:
        """New rows for the network of a pack, each begun from the row that paints `photos` (N, 3, H, W) most like it.

        If the recipe freezes the shared layers, the pack's own rows are not even there, nor is the identity.
        """
        torch.manual_seed(recipe.seed)
        grams = [gram_targets(features, [painting], recipe.stroke) for painting in paintings]
        added = blended(base, torch.cat([nearest_row(base, photos, target, features) for target in grams]))
        if recipe.frozen:
            for name, parameter in added.named_parameters():
                parameter.requires_grad = name.endswith(("norm.scale", "norm.shift"))
            return Student(added, tuple(range(added.rows)), identity=False)
        whole = joined(base, added)
        whole.through.zero_()
        return Student(whole, tuple(range(base.rows, whole.rows)))


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
