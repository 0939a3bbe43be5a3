"""What a training is judged by: VGG, and the paintings as VGG sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from allaprima.models import losses
from allaprima.models.packing import Painting
from allaprima.models.photos import read_rgb, resize_short, to_tensor
from allaprima.models.vgg import FeatureNetwork, Features


@dataclass(frozen=True)
class Eyes:
    """What judges: the features of VGG, and `grams` {layer: (rows, C, C)} of the paintings, zeros for other rows."""

    features: FeatureNetwork
    grams: Features


def targets(vgg: FeatureNetwork, paintings: Sequence[Painting], stroke: int, device: torch.device) -> Features:
    """{layer: (paintings, C, C)} Gram matrices of the paintings."""
    grams: dict[str, list[Tensor]] = {name: [] for name in losses.STYLE_LAYERS}
    for painting in paintings:
        picture = to_tensor(resize_short(read_rgb(painting.file), stroke))[None].to(device)
        with torch.no_grad():
            seen = vgg(picture)
        for name, found in grams.items():
            found.append(losses.gram(seen[name]))
    return {name: torch.cat(found) for name, found in grams.items()}


def placed(grams: Features, places: Sequence[int], rows: int) -> Features:
    """{layer: (rows, C, C)}: each painting's matrices at its place among the rows of the network."""
    whole = {name: found.new_zeros(rows, *found.shape[1:]) for name, found in grams.items()}
    for name, found in grams.items():
        whole[name][list(places)] = found
    return whole
