"""Pairs of pictures named on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.core.errors import RecordingError

if TYPE_CHECKING:
    from allaprima.app.core.frame import Pixels


def find(given: Sequence[str]) -> list[tuple[Path, Path]]:
    """(left, right) files of a folder, of files, or of patterns with `*`.

    Raises `RecordingError` when there are none, or one lacks its partner.
    """
    from allaprima.app.sources.recorded import pictures
    from allaprima.app.sources.recorded.pairs import LOOKED_FOR, find_pairs, pair_up

    if len(given) == 1 and Path(given[0]).is_dir():
        pairs = find_pairs(Path(given[0]), pictures.SUFFIXES)
    else:
        files = {path for text in given for path in _expanded(text) if path.suffix.lower() in pictures.SUFFIXES}
        pairs = pair_up(sorted(files), " ".join(given[:3]))
    if not pairs:
        raise RecordingError(f"{' '.join(given[:3])} holds no pairs of pictures", f"looked for {LOOKED_FOR}")
    return pairs


def read(pairs: Sequence[tuple[Path, Path]]) -> Iterator[tuple[Pixels, Pixels] | RecordingError]:
    """The pictures, one pair after another; for a pair that cannot be read the reason.

    Raises `RecordingError` naming the first two that differ in size.
    """
    from allaprima.app.sources.recorded.pictures import read_picture

    size: tuple[int, int] | None = None
    first = None
    for paths in pairs:
        try:
            left, right = (read_picture(path) for path in paths)
        except RecordingError as error:
            yield error
            continue
        first = first or paths[0]
        for path, picture in zip(paths, (left, right), strict=True):
            here = picture.shape[1], picture.shape[0]
            size = size or here
            if here != size:
                raise RecordingError(
                    f"{path} is {here[0]}x{here[1]} but {first} is {size[0]}x{size[1]}",
                    "a camera is calibrated on pictures of one size: leave out the others",
                )
        yield left, right


def _expanded(text: str) -> list[Path]:
    """The existing file of that name, else the files that match the pattern."""
    path = Path(text)
    if path.exists() or not any(c in text for c in "*?["):
        if not path.is_file():
            raise RecordingError(
                f"{path} {'is a folder' if path.is_dir() else 'does not exist'}", "name one folder, or pictures"
            )
        return [path]
    fixed = path.parent
    while any(c in str(fixed) for c in "*?["):
        fixed = fixed.parent
    return list(fixed.glob(str(path.relative_to(fixed))))
