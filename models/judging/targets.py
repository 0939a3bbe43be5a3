"""What a training is judged by: VGG, and the paintings as VGG sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from allaprima.models.judging import losses
from allaprima.models.judging.vgg import FeatureNetwork, Features
from allaprima.models.packing.paintings import Painting


@dataclass(frozen=True)
class PerceptualTargets:
    """What judges: the features of VGG, and of every row of the network its painting: `grams` {name: (rows, C, C)} at
    every octave, zeros for rows without one, and `palettes`, one (N, 3) a row. `unpainted` (rows,) is how far ordinary
    photos are from each painting.
    """

    features: FeatureNetwork
    grams: Features
    palettes: Sequence[Tensor]
    unpainted: Tensor

    @staticmethod
    def of(
        features: FeatureNetwork,
        paintings: Sequence[Painting],
        stroke: int,
        places: Sequence[int],
        rows: int,
        photos: Tensor,
    ) -> PerceptualTargets:
        """For `paintings` at `places` among the `rows` of a network; `photos` (N, 3, H, W) are the ordinary ones."""
        found = [losses.octave_target(features, painting.file, stroke) for painting in paintings]
        grams = placed({name: torch.cat([one[name] for one in found]) for name in found[0]}, places, rows)
        palettes = [photos.new_zeros(1, 3)] * rows
        for place, painting in zip(places, paintings, strict=True):
            palettes[place] = losses.palette(painting.file, stroke)
        with torch.no_grad(), torch.autocast(photos.device.type, torch.bfloat16):
            seen = losses.octave_features(features, photos)
        unpainted = photos.new_ones(rows)
        for place in places:
            target = {name: gram[place].expand(len(photos), -1, -1) for name, gram in grams.items()}
            unpainted[place] = losses.octave_distance(seen, target).mean()
        return PerceptualTargets(features, grams, palettes, unpainted)


def gram_targets(vgg: FeatureNetwork, paintings: Sequence[Painting], stroke: int) -> Features:
    """{layer: (paintings, C, C)} Gram matrices of the paintings at full size, as finished styles are appraised by."""
    found = [losses.style_target(painting.file, vgg, stroke) for painting in paintings]
    return {name: torch.cat([one[name] for one in found]) for name in found[0]}


def placed(grams: Features, places: Sequence[int], rows: int) -> Features:
    """{layer: (rows, C, C)}: each painting's matrices at its place among the rows of the network."""
    whole = {name: found.new_zeros(rows, *found.shape[1:]) for name, found in grams.items()}
    for name, found in grams.items():
        whole[name][list(places)] = found
    return whole
