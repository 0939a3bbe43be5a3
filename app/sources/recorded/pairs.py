"""Finds the pairs of left and right files in a folder."""

import re
from collections.abc import Iterable
from pathlib import Path

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.shell import moving

FOLDERS = (("left", "right"), ("image_l", "image_r"), ("image_2", "image_3"), ("image_0", "image_1"), ("l", "r"))
LOOKED_FOR = (
    "folders "
    + ", ".join("/".join(pair) for pair in FOLDERS)
    + "; files *_left.*/*_right.*, *_l.*/*_r.*, left*.*/right*.*"
)

_SUFFIX = re.compile(r"^(?P<key>.*?)(?:[ _.-](?P<a>(?i:left|right|l|r))|(?P<b>L|R|Left|Right))$")
_PREFIX = re.compile(r"^(?P<a>(?i:left|right))(?P<b>)(?:[ _.-]|(?=\d)|$)(?P<key>.*)$")


def side_and_key(stem: str) -> tuple[str, str] | None:
    """("left" or "right", the common part of a pair) of a file name without its suffix; None if it names no side."""
    match = _PREFIX.match(stem) or _SUFFIX.match(stem)
    if match is None:
        return None
    word = match["a"] or match["b"]
    return ("left" if word[0] in "lL" else "right"), match["key"]


def _natural(key: str) -> list[tuple[int, int | str]]:
    """Sorts frame2 before frame10."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", key) if part]


def _files(folder: Path, suffixes: Iterable[str]) -> list[Path]:
    wanted = set(suffixes)
    return [p for p in folder.iterdir() if p.suffix.lower() in wanted and not p.name.startswith(".") and p.is_file()]


def find_pairs(folder: Path, suffixes: Iterable[str]) -> list[tuple[Path, Path]]:
    """(left, right) files in natural order of their shared name; empty when the folder names no sides.

    Raises `RecordingError` naming the file that lacks a partner, or two that claim the same place.
    """
    suffixes = frozenset(suffixes)
    children = {p.name.lower(): p for p in folder.iterdir() if p.is_dir()}
    sides: dict[str, dict[str, Path]] = {"left": {}, "right": {}}
    for names in FOLDERS:
        if all(name in children for name in names):
            for side, name in zip(sides, names, strict=True):
                for path in _files(children[name], suffixes):
                    named = side_and_key(path.stem)
                    _put(sides[side], named[1] if named and named[0] == side else path.stem, path)
            break
    else:
        return pair_up(_files(folder, suffixes), str(folder))
    return _paired(sides, str(folder))


def pair_up(files: Iterable[Path], where: str) -> list[tuple[Path, Path]]:
    """`find_pairs` of the given files, without those that name no side; errors name `where`."""
    sides: dict[str, dict[str, Path]] = {"left": {}, "right": {}}
    for path in files:
        if named := side_and_key(path.stem):
            _put(sides[named[0]], named[1], path)
    return _paired(sides, where)


def _paired(sides: dict[str, dict[str, Path]], where: str) -> list[tuple[Path, Path]]:
    left, right = sides["left"], sides["right"]
    lonely = sorted(left.keys() ^ right.keys(), key=_natural)
    if lonely:
        path = left.get(lonely[0]) or right[lonely[0]]
        missing = "right" if lonely[0] in left else "left"
        raise RecordingError(
            f"{path} has no {missing} partner ({len(left)} left, {len(right)} right pictures in {where})",
            "add the missing picture or remove the lonely one",
        )
    return [(left[key], right[key]) for key in sorted(left, key=_natural)]


def _put(side: dict[str, Path], key: str, path: Path) -> None:
    if key in side:
        raise RecordingError(
            f"{side[key]} and {path} are the same frame of the same eye", f"keep one of them: {moving(path)}"
        )
    side[key] = path
