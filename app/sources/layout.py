"""Layouts of two eyes in one picture."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import Pixels

Layout = Literal["mono", "sbs", "sbs-swapped", "tb", "tb-swapped"]
"""One eye for both; side by side (left eye on the left); top-bottom (left eye on top); and those with eyes swapped."""
LAYOUTS: tuple[str, ...] = ("auto", "mono", "sbs", "half-sbs", "sbs-swapped", "tb", "half-tb", "tb-swapped")
"""What can be asked for: in half layouts each eye is squeezed to half its width or height."""
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
_SBS, _TB = "sbs|side[ _.-]?by[ _.-]?side", "tab|ou|over[ _.-]?under|top[ _.-]?(?:and[ _.-]?)?bottom"
_SURE: tuple[tuple[str, Layout], ...] = (
    (rf"(?:(?:h|half|f|full)[ _.-]?)?(?:{_SBS})|3dh", "sbs"),
    (rf"(?:half|full)[ _.-]?(?:tb|{_TB})|over[ _.-]?under|top[ _.-]?(?:and[ _.-]?)?bottom|3dv|htab|ftab", "tb"),
)
_SHORT: tuple[tuple[str, Layout], ...] = (("lr", "sbs"), ("rl", "sbs-swapped"), (rf"[hf]?(?:tb|{_TB})", "tb"))
"""Words that mean other things, too: they count at the end of the name, or where it speaks of 3D."""
_OF_3D = re.compile(r"(?:^|[^a-z0-9])(?:3d|stereo(?:scopic)?|vr|vr180|vr360|180|360)(?:[^a-z0-9]|$)")
_HALF = re.compile(r"^(?:h|half)[ _.-]?")
_FULL = re.compile(r"^(?:f|full)[ _.-]?")
_SUFFIXES: dict[str, Layout] = {".jps": "sbs-swapped", ".pns": "sbs-swapped"}
TOP_BOTTOM_ASPECTS = (8 / 9, 2 / 3, 5 / 8)
"""Two 16:9, 4:3 and 5:4 pictures on top of each other. Other upright pictures are more likely plain ones."""
_WIDEST_EYE = 2.9
_WORDS = {"sbs": "side by side", "tb": "one above the other"}


@dataclass(frozen=True, slots=True)
class Found:
    """A layout, the shape of an eye's pixels (width by height), and why: "" if it was asked for, or nothing was found.

    `half` eyes are squeezed, though the file's own pixel shape does not say so.
    """

    layout: Layout
    pixel_aspect: Fraction = Fraction(1)
    half: bool = False
    why: str = ""

    @property
    def told(self) -> str:
        """For people: what was found, why, and the flag that overrules it."""
        half = ", each squeezed to half" if self.half else ""
        swapped = ", right eye first" if self.layout.endswith("swapped") else ""
        placed = _WORDS[self.layout.removesuffix("-swapped")]
        other = " or --stereo " + ("sbs" if "sbs" in self.layout else "tb") if self.half else ""
        return f"both eyes are {placed}{swapped}{half} ({self.why}); otherwise give --stereo mono{other}"


def find_layout(
    asked: str,
    size: tuple[int, int],
    path: Path,
    tag: str = "",
    pixel_aspect: Fraction = Fraction(1),
    *,
    spherical: bool = False,
    by_shape: bool = True,
) -> Found:
    """The layout that was `asked` for, else that of the `tag` (as Matroska calls it), of a word in the file's name
    (`_sbs`, `HSBS`, `_tb`), or of the shape. `pixel_aspect` is that of the file. Raises `RecordingError` if the picture
    cannot be halved that way.
    """
    if asked not in LAYOUTS:
        raise RecordingError(f"unknown stereo layout {asked!r}", f"use one of {', '.join(LAYOUTS)}")
    word, why = "", ""
    if asked != "auto":
        layout: Layout = asked.removeprefix("half-")  # type: ignore[assignment]
        word = "half" if asked.startswith("half") else "full"
    else:
        layout, word, why = _detected(size, path, tag, by_shape)
    side = size[0] if layout.startswith("sbs") else size[1] if layout.startswith("tb") else 2
    if side % 2:
        raise RecordingError(
            f"{path} is {size[0]}x{size[1]}: an odd side cannot hold two equal eyes as {layout}",
            "crop it by one pixel, or give --stereo mono",
        )
    if layout == "mono":
        return Found(layout, pixel_aspect, why=why)
    squeezed = Fraction(2) if layout.startswith("sbs") else Fraction(1, 2)
    if pixel_aspect != 1:
        width, height = eye_size(size, layout)
        believed = not spherical and 1 / _WIDEST_EYE <= width / height * pixel_aspect <= _WIDEST_EYE
        return Found(layout, pixel_aspect if believed else Fraction(1), why=why)
    half = bool(_HALF.match(word)) or (not _FULL.match(word) and not spherical and _is_screen(size))
    return Found(layout, squeezed if half else Fraction(1), half, why)


def choose_layout(asked: str, size: tuple[int, int], path: Path, tag: str = "") -> Layout:
    """The layout of `find_layout`."""
    return find_layout(asked, size, path, tag).layout


def detect_layout(size: tuple[int, int], path: Path, tag: str = "") -> Layout:
    """The layout that is found without being told."""
    return _detected(size, path, tag, True)[0]


def _detected(size: tuple[int, int], path: Path, tag: str, by_shape: bool) -> tuple[Layout, str, str]:
    """(layout, the word of the name that says so, why)."""
    if tag in _TAGS:
        return _TAGS[tag], _word_of(path, _SURE)[0], "the file says so"
    if layout := _SUFFIXES.get(path.suffix.lower()):
        return layout, "full", f"as {path.suffix} is"
    word, named = _word_of(path, _SURE)
    if not named:
        word, named = _word_of(path, _SHORT)
        stem = path.stem.lower()
        at_end = bool(re.search(rf"[_-]{re.escape(word)}$", stem))
        if named and not (at_end or _OF_3D.search(stem) or (by_shape and _of_shape(size) == named)):
            named = None
    if named:
        return named, word, f"its name says {word!r}"
    shaped = _of_shape(size) if by_shape else "mono"
    return shaped, "full", "" if shaped == "mono" else f"by its shape, {size[0]}x{size[1]}"


def _word_of(path: Path, known: tuple[tuple[str, Layout], ...]) -> tuple[str, Layout | None]:
    """The last word of the file's name that is known, and its layout."""
    for words, layout in known:
        found = list(re.finditer(rf"(?:^|(?<=[^a-z0-9]))(?:{words})(?=[^a-z]|$)", path.stem.lower()))
        if found:
            return found[-1][0], layout
    return "", None


def _of_shape(size: tuple[int, int]) -> Layout:
    aspect = size[0] / size[1]
    if aspect >= 2.4:
        return "sbs"
    return "tb" if any(abs(aspect / a - 1) < 0.01 for a in TOP_BOTTOM_ASPECTS) else "mono"


def _is_screen(size: tuple[int, int]) -> bool:
    """Whether a whole picture has the shape of a television, in which two eyes fit only squeezed."""
    return abs(size[0] / size[1] * 9 / 16 - 1) < 0.005


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
