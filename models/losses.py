"""What makes a picture a painting of a photo."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from allaprima.models.photos import read_rgb, resize_short, to_tensor
from allaprima.models.vgg import FeatureNetwork, Features

STYLE_LAYERS = {"relu1_1": 0.2, "relu2_1": 0.25, "relu3_1": 0.25, "relu4_1": 0.3}
"""Share of each layer in the style distance: the deep ones hold the large strokes."""
CONTENT_LAYER = "relu3_1"


def gram(features: Tensor) -> Tensor:
    """Gram matrix (Gatys, Ecker & Bethge 2016): (B, C, h, w) to (B, C, C), divided by h * w. Always float32."""
    with torch.autocast(features.device.type, enabled=False):
        flat = features.float().flatten(2)  # (B, C, h*w)
        return flat @ flat.transpose(1, 2) / flat.shape[2]


def style_distance(features: Features, target: dict[str, Tensor]) -> Tensor:
    """(B,) `gram_distance` of the pictures with these features from each picture's painting."""
    return gram_distance({layer: gram(features[layer]) for layer in STYLE_LAYERS if layer in target}, target)


def gram_distance(grams: dict[str, Tensor], target: dict[str, Tensor]) -> Tensor:
    """(B,) distance of Gram matrices, each layer relative to the painting's own energy, so that one weight serves
    every painting. 0 is the painting's own texture; an ordinary photo is about 0.3 to 1.

    `grams` {layer: (B, C, C)} of the pictures, `target` the same of each picture's painting; a layer that it lacks,
    because the feature network does, leaves its share to the others.
    """
    shares = {layer: share for layer, share in STYLE_LAYERS.items() if layer in target}
    distances = [
        share * (grams[layer] - target[layer]).square().sum((1, 2)) / target[layer].square().sum((1, 2))
        for layer, share in shares.items()
    ]
    return torch.stack(distances).sum(0) / sum(shares.values())


def style_target(painting: Path, vgg: FeatureNetwork, stroke: int) -> dict[str, Tensor]:
    """{layer: (1, C, C)} Gram matrices of a painting whose shorter side is brought to `stroke` pixels."""
    picture = to_tensor(resize_short(read_rgb(painting), stroke))[None].to(vgg.mean.device)
    with torch.no_grad():
        return {layer: gram(f) for layer, f in vgg(picture).items() if layer in STYLE_LAYERS}


def content_distance(features: Features, photo: Features) -> Tensor:
    """(B,) distance of features (Johnson, Alahi & Fei-Fei 2016), relative to the photo's own energy."""
    a, b = features[CONTENT_LAYER].float(), photo[CONTENT_LAYER].float()
    return (a - b).square().mean((1, 2, 3)) / b.square().mean((1, 2, 3)).clamp_min(1e-6)


def total_variation(pictures: Tensor) -> Tensor:
    """Mean squared step between neighbours, (B, 3, H, W) to a scalar (Mahendran & Vedaldi 2015)."""
    return (pictures[..., 1:, :] - pictures[..., :-1, :]).square().mean() + (
        pictures[..., 1:] - pictures[..., :-1]
    ).square().mean()


def cell_pattern(pictures: Tensor, cell: int) -> Tensor:
    """Share of the fine detail that repeats with the network's own cells, (B, 3, H, W) to a scalar: the weave that
    space-to-depth entries, strides and depth-to-space exits leave (Odena, Dumoulin & Olah 2016, "Deconvolution and
    Checkerboard Artifacts").

    Strokes fall anywhere in a cell, so their mean over a window of 7 x 7 cells is small (a 49th of the energy); a
    grid's is all of it. Relative to the window's own detail, because on a flat sky a faint grid is seen.
    """
    detail = pictures - F.avg_pool2d(pictures, 9, stride=1, padding=4, count_include_pad=False)
    window = 7 * cell
    rows, columns = (side // window for side in pictures.shape[2:])
    cells = detail[..., : rows * window, : columns * window]
    cells = cells.unflatten(3, (columns, 7, cell)).unflatten(
        2, (rows, 7, cell)
    )  # (B, 3, rows, 7, cell, columns, 7, cell)
    pattern = cells.mean((3, 6)).square().mean((3, 5)).sum(1)  # (B, rows, columns)
    return (pattern / (cells.square().mean((3, 4, 6, 7)).sum(1) + 1e-4)).mean()
