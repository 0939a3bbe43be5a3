"""Whether it is still a painting: judged with VGG on photos that training has not seen, where both are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.bench.painters import Paint
from allaprima.app.bench.stability.measures import Values
from allaprima.app.core.shell import install
from allaprima.app.packs.pack import Style, StylePack

if TYPE_CHECKING:
    from allaprima.models.judging.judge import Impression, Judge, Target
    from allaprima.models.judging.vgg import FeatureNetwork

PHOTO_SIZE = (320, 240)
"""Training photos are 256 pixels high: larger ones would be made of blur."""
STROKE, STRENGTH = 640, 14.0
"""What training takes where a card does not say."""
GATYS_PHOTOS = 2
OF_PAINTINGS = ("style_distance_ratio", "style_swd", "wall_coverage", "wall_share")
NOTHING: Values = dict.fromkeys((*OF_PAINTINGS, "content_distance"))

Missing = Callable[[str], object]
"""Told in one line what is not measured, and why."""


class Looks:
    """Photos, and the paintings of a pack's styles, seen by VGG."""

    def __init__(self, judge: Judge, photos: NDArray[np.uint8], paintings: Mapping[str, Path], pack: StylePack) -> None:
        """`photos` (N, H, W, 3) RGB; `paintings` by style name."""
        self.photos = photos
        self._judge, self._paintings = judge, paintings
        self._stroke = int(pack.training.get("stroke", STROKE))
        self._strength = float(pack.training.get("strength", STRENGTH))
        self._plain: Impression = judge.look(photos)
        self._targets: dict[str, Target] = {}
        self._unseen = Unseen(judge.vgg, photos, self._stroke)

    def knows(self, style: Style) -> bool:
        """Whether the painting is there to be compared with."""
        return style.name in self._paintings

    def of(self, paint: Paint, style: Style | None) -> Values:
        """`content_distance`, and where the painting is known `style_distance_ratio`, painted over unpainted distance
        from the painting, and what `Unseen` measures. Means over the photos. A photo goes into both eyes, as
        `allaprima stylize` does it.
        """
        from allaprima.models.judging.judge import content_distances, style_distances

        painted = np.stack([paint(np.stack((photo, photo)))[0] for photo in self.photos])
        seen = self._judge.look(painted)
        values = NOTHING | {"content_distance": float(content_distances(seen, self._plain).mean())}
        if style is not None and self.knows(style):
            target = self._target(style)
            ratio = style_distances(seen, target) / style_distances(self._plain, target)
            values["style_distance_ratio"] = float(ratio.mean())
            values |= self._unseen.of(paint, painted, self._paintings[style.name])
        return values

    def gatys(self, paint: Paint, style: Style, most: int) -> float | None:
        """How many iterations of Gatys' optimisation one pass is worth, the mean over the first photos; `most` where
        the optimisation has not caught up by then, None where the painting is not known. Minutes.
        """
        if not self.knows(style):
            return None
        from allaprima.models.judging.gatys import worth
        from allaprima.models.photos import to_tensor

        counts = []
        for photo in self.photos[:GATYS_PHOTOS]:
            pair = to_tensor(photo)[None], to_tensor(paint(np.stack((photo, photo)))[0])[None]
            found = worth(*pair, self._paintings[style.name], self._judge.vgg, self._stroke, self._strength, most)
            counts.append(most if found is None else found)
        return float(np.mean(counts))

    def _target(self, style: Style) -> Target:
        if style.name not in self._targets:
            self._targets[style.name] = self._judge.target(self._paintings[style.name], self._stroke)
        return self._targets[style.name]


class Unseen:
    """What no training minimises: sliced Wasserstein distance and strokes on walls (`models.judging.unseen`)."""

    def __init__(self, vgg: FeatureNetwork, photos: NDArray[np.uint8], stroke: int) -> None:
        """`photos` (N, H, W, 3) RGB; paintings are seen with their shorter side `stroke` pixels long."""
        from allaprima.models.judging.unseen import StyleQuantiles, with_walls

        self._walled, self._stroke = with_walls(photos), stroke
        self._quantiles = StyleQuantiles(vgg)
        self._photos = self._quantiles.of(photos)

    def of(self, paint: Paint, painted: NDArray[np.uint8], painting: Path) -> Values:
        """`style_swd`, the painted photos' distance over the unpainted ones'; `wall_coverage`, the strokes painted on
        walls over the painting's own; `wall_share`, the same over half of the painting's own or over those of its flat
        parts, whichever is less: 1 is enough, for a print has flat parts as well.
        """
        from allaprima.models.judging.unseen import painting_detail, swd_ratio, wall_detail

        target = self._quantiles.target(painting, self._stroke)
        walls = wall_detail(np.stack([paint(np.stack((photo, photo)))[0] for photo in self._walled]))
        whole, flat = painting_detail(painting, self._stroke)
        return {
            "style_swd": swd_ratio(self._quantiles.of(painted), self._photos, target),
            "wall_coverage": walls / whole,
            "wall_share": walls / min(whole / 2, flat),
        }


def open_looks(
    pack: StylePack,
    vgg: Path,
    paintings: Path,
    photos: Path,
    count: int,
    stand_ins: NDArray[np.uint8],
    missing: Missing,
) -> Looks | None:
    """`Looks` with `count` held-out photos of the folder `photos`, or with `stand_ins` (N, H, W, 3) where it has none;
    None if torch or the weights are missing: `missing` is called with the reason.
    """
    try:
        from allaprima.models.judging.judge import Judge, held_out_photos, known_paintings
        from allaprima.models.judging.weights import WeightsMissing
    except ImportError as error:
        missing(f"style and content distance are not measured: {error}; {install('train')}")
        return None
    try:
        judge = Judge(vgg)
    except WeightsMissing as error:
        missing(f"style and content distance are not measured: {error.message}; name the weights: --vgg DIR")
        return None
    known = known_paintings(paintings)
    pictures = held_out_photos(photos, PHOTO_SIZE, count)
    if pictures is None:
        missing(f"no photos in {photos}: the synthetic room is judged instead; name a folder of photos: --photos DIR")
        pictures = np.stack([np.asarray(cv2.resize(p, PHOTO_SIZE, interpolation=cv2.INTER_AREA)) for p in stand_ins])
    looks = Looks(judge, pictures, known, pack)
    if unknown := [style.name for style in pack.styles if not looks.knows(style)]:
        missing(
            f"no painting in {paintings} for {', '.join(unknown)}: no style distance; name a folder: --paintings DIR"
        )
    return looks
