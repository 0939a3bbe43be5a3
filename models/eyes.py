"""What a training is judged by: VGG, and the paintings as VGG sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from allaprima.models import losses
from allaprima.models.packing import Painting
from allaprima.models.vgg import FeatureNetwork, Features


@dataclass(frozen=True)
class Eyes:
    """What judges: the features of VGG, and `grams` {layer: (rows, C, C)} of the paintings, zeros for other rows."""

    features: FeatureNetwork
    grams: Features


def targets(vgg: FeatureNetwork, paintings: Sequence[Painting], stroke: int) -> Features:
    """{layer: (paintings, C, C)} Gram matrices of the paintings."""
    found = [losses.style_target(painting.file, vgg, stroke) for painting in paintings]
    return {name: torch.cat([one[name] for one in found]) for name in found[0]}


def placed(grams: Features, places: Sequence[int], rows: int) -> Features:
    """{layer: (rows, C, C)}: each painting's matrices at its place among the rows of the network."""
    whole = {name: found.new_zeros(rows, *found.shape[1:]) for name, found in grams.items()}
    for name, found in grams.items():
        whole[name][list(places)] = found
    return whole
