"""Layouts of two eyes in one picture."""

import re
from pathlib import Path
from typing import Literal

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import Pixels

Layout = Literal["mono", "sbs", "sbs-swapped", "tb", "tb-swapped"]
"""One eye for both; side by side (left eye on the left); top-bottom (left eye on top); and those with eyes swapped."""
LAYOUTS: tuple[str, ...] = ("auto", "mono", "sbs", "sbs-swapped", "tb", "tb-swapped")
SWAPPED: dict[Layout, Layout] = {
    "mono": "mono",
    "sbs": "sbs-swapped",
    "sbs-swapped": "sbs",
    "tb": "tb-swapped",
    "tb-swapped": "tb",
}
"""Each layout with swapped eyes."""

_TAGS: dict[str, Layout] = {
    "mono": "mono",
    "left_right": "sbs",
    "right_left": "sbs-swapped",
    "top_bottom": "tb",
    "bottom_top": "tb-swapped",
    "side by side": "sbs",
    "top and bottom": "tb",
}
_NAMES: tuple[tuple[str, Layout], ...] = (
    ("sbs|lr|3dh|side-?by-?side", "sbs"),
    ("rl", "sbs-swapped"),
    ("tb|ou|3dv|over-?under|top-?bottom", "tb"),
)
TOP_BOTTOM_ASPECTS = (8 / 9, 2 / 3, 5 / 8)
"""Two 16:9, 4:3 and 5:4 pictures on top of each other. Other upright pictures are more likely plain ones."""


def detect_layout(size: tuple[int, int], path: Path, tag: str = "") -> Layout:
    """From the container's `stereo_mode`, else a word in the file's name (`_sbs`, `_tb`, `_ou`), else the aspect."""
    if tag in _TAGS:
        return _TAGS[tag]
    for words, layout in _NAMES:
        if re.search(rf"(?:^|[^a-z])(?:{words})(?:[^a-z]|$)", path.stem.lower()):
            return layout
    aspect = size[0] / size[1]
    if aspect >= 2.4:
        return "sbs"
    if any(abs(aspect / a - 1) < 0.01 for a in TOP_BOTTOM_ASPECTS):
        return "tb"
    return "mono"


def choose_layout(asked: str, size: tuple[int, int], path: Path, tag: str = "") -> Layout:
    """`asked`, or the detected layout for "auto"; raises `RecordingError` if the picture cannot be halved that way."""
    if asked not in LAYOUTS:
        raise RecordingError(f"unknown stereo layout {asked!r}", f"use one of {', '.join(LAYOUTS)}")
    layout: Layout = detect_layout(size, path, tag) if asked == "auto" else asked  # type: ignore[assignment]
    side = size[0] if layout.startswith("sbs") else size[1] if layout.startswith("tb") else 2
    if side % 2:
        raise RecordingError(
            f"{path} is {size[0]}x{size[1]}: an odd side cannot hold two equal eyes as {layout}",
            "crop it by one pixel, or give --stereo mono",
        )
    return layout


def eye_size(size: tuple[int, int], layout: Layout) -> tuple[int, int]:
    """(width, height) of each eye in a picture of `size`."""
    width, height = size
    return (width // 2 if layout.startswith("sbs") else width, height // 2 if layout.startswith("tb") else height)


def split(pixels: Pixels, layout: Layout) -> tuple[Pixels, Pixels]:
    """(left, right), each C-contiguous and read-only. In mono both are the same array."""
    width, height = eye_size((pixels.shape[1], pixels.shape[0]), layout)
    first, second = pixels[:height, :width], pixels[-height:, -width:]
    if layout == "mono":
        second = first = pixels
    else:
        first, second = first.copy(), second.copy()
    first.flags.writeable = second.flags.writeable = False
    return (second, first) if layout.endswith("swapped") else (first, second)
