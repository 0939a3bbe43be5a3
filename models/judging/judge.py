"""Distances of a picture from a painting's style and from its photo, by VGG.

The same losses as in training (`losses.py`), reported beside stability because a blander picture is more stable.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from allaprima.models.judging import losses
from allaprima.models.judging.vgg import FeatureNetwork
from allaprima.models.packing.paintings import paintings_of
from allaprima.models.photos import held_out, picture_files, read_rgb, to_tensor

Pictures = NDArray[np.uint8]
"""(N, H, W, 3) RGB."""
Target = dict[str, Tensor]
"""Gram matrices (1, C, C) of a painting by layer."""


@dataclass(frozen=True)
class Impression:
    """VGG's features of pictures: Gram matrices (N, C, C) by layer and the content features (N, C, h, w)."""

    grams: dict[str, Tensor]
    content: Tensor


class Judge:
    """Judges pictures with VGG. Raises `WeightsMissing` if `vgg`, a file or folder, does not hold its weights."""

    def __init__(self, vgg: Path) -> None:
        self.vgg = FeatureNetwork(vgg).eval()

    def target(self, painting: Path, stroke: int) -> Target:
        """The style of a painting seen with its shorter side `stroke` pixels long, as in training."""
        return losses.style_target(painting, self.vgg, stroke)

    def look(self, pictures: Pictures) -> Impression:
        """One by one, because features of full pictures are large."""
        grams: dict[str, list[Tensor]] = {}
        content = []
        with torch.inference_mode():
            for picture in pictures:
                features = self.vgg(to_tensor(picture)[None])
                for layer in losses.STYLE_LAYERS:
                    if layer in features:  # not every set of weights reaches relu4_1
                        grams.setdefault(layer, []).append(losses.gram(features[layer]))
                content.append(features[losses.CONTENT_LAYER])
        return Impression({layer: torch.cat(kept) for layer, kept in grams.items()}, torch.cat(content))


def style_distances(seen: Impression, target: Target) -> NDArray[np.float32]:
    """(N,) relative distance of each picture's Gram matrices from the painting's (`losses.style_distance`)."""
    return losses.gram_distance(seen.grams, target).numpy()


def content_distances(painted: Impression, photos: Impression) -> NDArray[np.float32]:
    """(N,) relative distance of each painted picture's features from its photo's (`losses.content_distance`)."""
    layer = losses.CONTENT_LAYER
    return losses.content_distance({layer: painted.content}, {layer: photos.content}).numpy()


def known_paintings(folder: Path) -> dict[str, Path]:
    """{style name: picture file} of a folder of paintings, named as training names them; empty if there is none.

    Raises `SettingsError` where two files would have one name.
    """
    return {painting.name: painting.file for painting in paintings_of(picture_files(folder))}


def held_out_photos(folder: Path, size: tuple[int, int], count: int) -> Pictures | None:
    """At most `count` photos that training on `folder` leaves alone, spread over it, each covering `size` (width,
    height) and cropped to it: (N, H, W, 3). None where there are none.
    """
    files = held_out(folder)
    if not files:
        return None
    count = min(count, len(files))
    return np.stack([covering(read_rgb(files[i * len(files) // count]), size) for i in range(count)])


def covering(rgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Scaled to cover `size` (width, height) and cropped to it in the middle."""
    height, width = rgb.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    larger = (max(size[0], round(width * scale)), max(size[1], round(height * scale)))
    scaled = cv2.resize(rgb, larger, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    y, x = (larger[1] - size[1]) // 2, (larger[0] - size[0]) // 2
    return np.ascontiguousarray(scaled[y : y + size[1], x : x + size[0]], np.uint8)
