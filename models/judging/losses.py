"""What makes a picture a painting of a photo."""

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from allaprima.models.judging.vgg import FeatureNetwork, Features
from allaprima.models.photos import read_rgb, resize_short, to_tensor

STYLE_LAYERS = {"relu1_1": 0.2, "relu2_1": 0.25, "relu3_1": 0.25, "relu4_1": 0.3}
"""Share of each layer in the style distance: the deep ones hold the large strokes."""
CONTENT_LAYER = "relu3_1"

OCTAVES = {
    1: {"relu1_1": 0.15, "relu2_1": 0.2, "relu3_1": 0.2, "relu4_1": 0.2},
    2: {"relu2_1": 0.15, "relu3_1": 0.2, "relu4_1": 0.2},
    4: {"relu2_1": 0.15, "relu3_1": 0.2},
}
"""What training compares, by how many times the picture is made smaller, with each layer's share (Snelgrove 2017,
"High-Resolution Multi-Scale Neural Texture Synthesis"): few layers at several scales see larger strokes than many
layers at one.
"""
EDGE = {"relu1_1": 2, "relu2_1": 2, "relu3_1": 2, "relu4_1": 1}
"""Outermost feature pixels that VGG's zero padding has spoilt: judged, they teach a network to paint a frame."""
MARGIN = 8
"""Pixels by which pictures are mirrored outward before VGG sees them. What is cut off with the spoilt edge then lies in
the mirror: a border that nothing judges fills with the palette's darkest colour.
"""


def mirrored(pictures: Tensor) -> Tensor:
    """(B, 3, H + 2 * MARGIN, W + 2 * MARGIN)."""
    return F.pad(pictures, (MARGIN,) * 4, "reflect")


def octave_features(vgg: FeatureNetwork, pictures: Tensor, window: Tensor | None = None) -> Features:
    """{"relu3_1", "relu3_1/2", "relu3_1/4", ...}: features of the pictures (B, 3, H, W) at the sizes of `OCTAVES`,
    without their spoilt edges. `window` (B, 3, h, w), a part of the `mirrored` pictures, stands for them at full size,
    where VGG costs most and fine texture is the same everywhere.
    """
    found: Features = {}
    for times, shares in OCTAVES.items():
        seen = (
            mirrored(F.avg_pool2d(pictures, times)) if times > 1 else mirrored(pictures) if window is None else window
        )
        features = vgg(seen.contiguous(memory_format=torch.channels_last), "relu4_1" in shares)
        found |= {keyed(name, times): within(features[name], name) for name in shares if name in features}
    return found


def within(features: Tensor, layer: str) -> Tensor:
    """Without the edge that zero padding has spoilt; all of it where little else would be left."""
    edge = EDGE[layer]
    if min(features.shape[2:]) < 2 * edge + 4:
        return features
    return features[..., edge:-edge, edge:-edge]


def keyed(layer: str, times: int) -> str:
    """The name of a layer seen at a `times` smaller size."""
    return layer if times == 1 else f"{layer}/{times}"


def octave_target(vgg: FeatureNetwork, painting: Path, stroke: int) -> Features:
    """{name: (1, C, C)} Gram matrices at every octave of a painting whose shorter side is brought to `stroke`."""
    picture = to_tensor(resize_short(read_rgb(painting), stroke))[None].to(vgg.mean.device)
    with torch.no_grad(), torch.autocast(picture.device.type, torch.bfloat16):
        return {name: gram(features) for name, features in octave_features(vgg, picture).items()}


def octave_distance(features: Features, target: Features) -> Tensor:
    """(B,) distance from the Gram matrices `target` {name: (B, C, C)} over all octaves, each relative to the painting's
    own energy. Products are made in the features' own precision: in bfloat16 twice as fast, and off by less than 1 %.
    """
    shares = {keyed(name, times): share for times, layers in OCTAVES.items() for name, share in layers.items()}
    distances, whole = [], 0.0
    for name, wanted in target.items():
        rows = features[name].permute(0, 2, 3, 1).flatten(1, 2)  # (B, h*w, C): as they lie in memory
        found = (rows.transpose(1, 2) @ rows).float() / rows.shape[1]
        energy = wanted.square().sum((1, 2)).clamp_min(1e-12)
        distances.append(shares[name] * (found - wanted).square().sum((1, 2)) / energy)
        whole += shares[name]
    return torch.stack(distances).sum(0) / whole


def structure(features: Features) -> Tensor:
    """(B, C, h, w) of `octave_features`: the content without its colour and contrast. `CONTENT_LAYER` at half
    size, where strokes are small, each channel without its mean and deviation (Lin et al. 2021, "Drafting and
    Revision"; Wang et al. 2020, "Consistent Video Style Transfer via Relaxation and Regularization").
    """
    return standardised(features[keyed(CONTENT_LAYER, 2)])


def photo_structure(vgg: FeatureNetwork, photos: Tensor) -> Tensor:
    """`structure` of photos (B, 3, H, W), of which the colours do not count."""
    grey = photos.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    features = vgg(mirrored(F.avg_pool2d(grey, 2)).contiguous(memory_format=torch.channels_last), False)
    return standardised(within(features[CONTENT_LAYER], CONTENT_LAYER))


def structure_distance(painted: Tensor, photo: Tensor) -> Tensor:
    """(B,) distance of two `structure`, relative to the photo's own."""
    return (painted - photo).square().mean((1, 2, 3)) / photo.square().mean((1, 2, 3)).clamp_min(1e-6)


def standardised(features: Tensor) -> Tensor:
    """Each channel with mean 0 and deviation 1; those that are almost flat beside the picture's others stay so."""
    x = features.float()
    deviation, whole = x.std((2, 3), keepdim=True), x.std((1, 2, 3), keepdim=True)
    return (x - x.mean((2, 3), keepdim=True)) / (deviation + 1e-2 * whole + 1e-4)


PALETTE_DIRECTIONS = 12


def palette(painting: Path, stroke: int) -> Tensor:
    """(N, 3): the colours of a painting's areas, a quarter of its size at `stroke`."""
    picture = to_tensor(resize_short(read_rgb(painting), stroke))[None]
    return F.avg_pool2d(picture, 4).flatten(2)[0].T


def palette_distance(pictures: Tensor, palettes: Sequence[Tensor], generator: torch.Generator) -> Tensor:
    """(B,) sliced Wasserstein distance of the colours of areas (Heitz et al. 2021, "A Sliced Wasserstein Loss for
    Neural Texture Synthesis") between pictures (B, 3, H, W) and each one's palette (N, 3), along random directions,
    which are the same for all pictures.
    """
    small = F.avg_pool2d(pictures.float(), 4).flatten(2)  # (B, 3, n)
    directions = torch.randn(PALETTE_DIRECTIONS, 3, generator=generator)
    directions = (directions / directions.norm(dim=1, keepdim=True)).to(pictures.device)
    places = torch.rand(small.shape[2], generator=generator)
    distances = []
    with torch.autocast(pictures.device.type, enabled=False):  # colours differ by less than half types resolve
        projected = (directions @ small).sort(2).values  # (B, directions, n)
        for found, colours in zip(projected, palettes, strict=True):
            picked = colours[(places * len(colours)).long()].to(pictures.device)  # (n, 3)
            distances.append((found - (directions @ picked.T).sort(1).values).square().mean())
    return torch.stack(distances)


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
