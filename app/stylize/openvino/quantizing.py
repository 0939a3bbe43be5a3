"""Prepares a network for int8: measures ranges on some photos and the accuracy against float32 on others."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import StylePackError
from allaprima.app.core.frame import Pixels
from allaprima.app.packs.int8 import GATE_DB, Int8
from allaprima.app.packs.pack import StylePack
from allaprima.app.stylize.openvino.inspection import observer, painter
from allaprima.app.stylize.prepare import Size

SIZE: Size = (320, 240)
"""Size at which ranges are measured. They hold at other sizes, thanks to the norm in front of every convolution."""
SIZES: tuple[Size, ...] = (SIZE, (640, 480))
"""Sizes at which accuracy is measured; a style's figure is that of all of them together."""
SHIFT = 8
"""Pixels between the eyes' pictures, at `SIZE`."""
TAIL = 0.01
"""Percentage of the numbers on either side outside a range: a few outliers would coarsen all the others."""
EVERY = 7
"""One number of this many is sampled for the ranges."""
AIM_DB = GATE_DB + 3
"""Accuracy that every style must reach, above the gate, so that other photos pass the gate, too."""

Ranges = Mapping[str, tuple[float, float]]
Tell = Callable[[str, float], object]
"""Called with the present step and the finished share of all work."""


def quantized(pack: StylePack, photos: Sequence[Pixels], tell: Tell) -> Int8:
    """A pack measured in int8: every second of the `photos` (RGB, any size) gives ranges, the others judge.

    While a style is not accurate enough, the convolution with the largest single error stays in float. Raises
    `StylePackError` naming the styles that do not pass the gate, ValueError for fewer than two photos.
    """
    if len(photos) < 2:
        raise ValueError(f"{len(photos)} photos: one at least for the ranges, and another to judge by")
    data = pack.read_network().data
    ranges = _observed(pack, data, photos[::2], lambda share: tell("looking at ranges", share / 4))
    if not ranges:
        raise StylePackError(
            f"the network of {pack.name!r} has no convolution that int8 would make faster", "choose --precision auto"
        )
    judge = _Judge(pack, data, photos[1::2], lambda share: tell("painting in float32", share / 4))
    hurt: list[str] = []
    left = dict(ranges)
    while True:
        tell(f"{len(left)} of {len(ranges)} convolutions in int8", 0)
        psnr = judge.psnr(left)
        if min(psnr.values()) >= AIM_DB or len(left) == 1:
            break
        if not hurt:
            alone = {}
            for name, limits in ranges.items():
                tell(f"{name} by itself", 0.5 / len(ranges))
                alone[name] = min(judge.psnr({name: limits}).values())
            hurt = sorted(alone, key=alone.__getitem__)
        del left[hurt.pop(0)]
    if poor := {name: near for name, near in psnr.items() if near < GATE_DB}:
        listed = ", ".join(f"{name} {near:.1f} dB" for name, near in poor.items())
        raise StylePackError(
            f"int8 does not come within {GATE_DB:.0f} dB of float32: {listed}", "choose --precision auto"
        )
    return Int8(left, psnr)


class _Judge:
    """The accuracy of paintings against those in float32."""

    def __init__(self, pack: StylePack, data: bytes, photos: Sequence[Pixels], tell: Callable[[float], object]) -> None:
        self._data, self._pack = data, pack
        self._pairs = {size: [pair_of(photo, size) for photo in photos] for size in SIZES}
        self._wanted = self._paintings("f32", {}, tell)

    def psnr(self, ranges: Ranges) -> dict[str, float]:
        """Decibels by the name of a style, the mean of squares being over all photos and sizes."""
        found = self._paintings("int8", ranges, lambda share: None)
        return {name: psnr(self._wanted[name], found[name]) for name in found}

    def _paintings(
        self, precision: str, ranges: Ranges, tell: Callable[[float], object]
    ) -> dict[str, list[NDArray[np.uint8]]]:
        painted: dict[str, list[NDArray[np.uint8]]] = {style.name: [] for style in self._pack.styles}
        for size, pairs in self._pairs.items():
            paint = painter(self._data, size, precision, ranges)
            for style in self._pack.styles:
                weights = np.eye(1, self._pack.rows, style.row, np.float32)
                painted[style.name] += [paint(pair, weights) for pair in pairs]
                tell(1 / (len(self._pairs) * len(self._pack.styles)))
        return painted


def psnr(wanted: Collection[NDArray[np.uint8]], found: Collection[NDArray[np.uint8]]) -> float:
    """Decibels: 255 over the root mean square difference of all the pictures, 99 where they hardly differ."""
    pairs = zip(wanted, found, strict=True)
    squares = sum(float(np.square(a - b.astype(np.float32)).sum(dtype=np.float64)) for a, b in pairs)
    error = squares / sum(picture.size for picture in wanted)
    return min(99.0, 10 * math.log10(255**2 / max(error, 1e-9)))


def pair_of(photo: Pixels, size: Size) -> NDArray[np.uint8]:
    """(2, H, W, 3): a flat photo as two eyes would see it, shifted by some pixels against each other."""
    shift = SHIFT * size[0] // SIZE[0]
    wide = cv2.resize(photo, (size[0] + shift, size[1]), interpolation=cv2.INTER_AREA)
    return np.stack((wide[:, shift:], wide[:, :-shift]))


def _observed(
    pack: StylePack, data: bytes, photos: Sequence[Pixels], tell: Callable[[float], object]
) -> dict[str, tuple[float, float]]:
    """The range of every convolution's input over all photos and styles, without its tails."""
    observe = observer(data, SIZE)
    ranges: dict[str, tuple[float, float]] = {}
    for photo in photos:
        pair = pair_of(photo, SIZE)
        for style in pack.styles:
            for name, values in observe(pair, np.eye(1, pack.rows, style.row, np.float32)):
                low, high = np.percentile(values.ravel()[::EVERY], (TAIL, 100 - TAIL))
                before = ranges.get(name, (0.0, 0.0))
                ranges[name] = (min(before[0], float(low)), max(before[1], float(high)))
            tell(1 / (len(photos) * len(pack.styles)))
    return {name: limits for name, limits in ranges.items() if limits[1] > 0}
