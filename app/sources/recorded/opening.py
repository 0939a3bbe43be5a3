"""Opens a recording of any kind: a folder, a video, two videos, a picture, two pictures."""

from pathlib import Path

from allaprima.app.core.clock import Clock, SystemClock
from allaprima.app.core.errors import RecordingError, SettingsError
from allaprima.app.core.reading import Unreadable, check_file
from allaprima.app.core.shell import looking
from allaprima.app.sources.recorded import pictures, video
from allaprima.app.sources.recorded.folder import FolderReel, StillReel
from allaprima.app.sources.recorded.journal import journal_of
from allaprima.app.sources.recorded.pairs import LOOKED_FOR, find_pairs, side_and_key
from allaprima.app.sources.recorded.stereo_recording import StereoRecordingReel
from allaprima.app.sources.reel import Pace, Playback, Reel
from allaprima.app.sources.source import StereoSource

FASTEST_HZ = 1000.0


def open_recording(
    path: Path | str | tuple[Path | str, Path | str],
    *,
    pace: Pace = "recorded",
    rate_hz: float | None = None,
    loop: bool = False,
    layout: str = "auto",
    frames: int | None = None,
    clock: Clock | None = None,
) -> StereoSource:
    """A source that plays `path`, or a (left, right) pair of paths.

    `rate_hz` overrides the recorded rate; `layout` is one of `layout.LAYOUTS`, for single files. Raises
    `RecordingError` if `path` holds nothing that can be played, `SettingsError` for an impossible rate.
    """
    if rate_hz is not None:
        pace = "rate"
    if pace == "rate" and (rate_hz is None or not 0 < rate_hz <= FASTEST_HZ):
        raise SettingsError(f"cannot play {rate_hz} pairs a second", f"give a rate above 0 and up to {FASTEST_HZ:.0f}")
    reel = open_reel(path, layout)
    return Playback(reel, clock or SystemClock(), pace=pace, rate_hz=rate_hz, loop=loop, frames=frames)


def open_reel(path: Path | str | tuple[Path | str, Path | str], layout: str = "auto") -> Reel:
    """The pairs of `path`, as `open_recording` takes it, one after another and without a pace. Raises
    `RecordingError`.
    """
    return _two(Path(path[0]), Path(path[1])) if isinstance(path, tuple) else _one(Path(path), layout)


def _one(path: Path, layout: str) -> Reel:
    if path.is_dir():
        return _folder(path)
    _check_exists(path)
    suffix = path.suffix.lower()
    if suffix in pictures.SUFFIXES:
        mate = _mate(path) if layout == "auto" else None
        return FolderReel(path.parent / path.stem, [mate], name=str(path)) if mate else StillReel(path, layout)
    journal = journal_of(path)
    if journal == path:
        raise RecordingError(f"{path} is the journal of a recording", f"give the video: {path.with_suffix('.mkv')}")
    if journal:
        return StereoRecordingReel(path, journal, layout)
    return video.VideoReel(path, layout)


def _two(left: Path, right: Path) -> Reel:
    for path in (left, right):
        _check_exists(path)
    if left.suffix.lower() in pictures.SUFFIXES and right.suffix.lower() in pictures.SUFFIXES:
        return FolderReel(left.parent / left.stem, [(left, right)], name=f"{left} + {right.name}")
    return video.TwoVideosReel(left, right)


def _folder(folder: Path) -> Reel:
    try:
        pairs = find_pairs(folder, pictures.SUFFIXES)
        if pairs:
            return FolderReel(folder, pairs)
        films = find_pairs(folder, video.SUFFIXES)
        names = sorted(p.name for p in folder.iterdir())
    except OSError as error:
        raise RecordingError(f"cannot look into {folder}: {error.strerror or error}", looking(folder)) from error
    if len(films) == 1:
        return video.TwoVideosReel(*films[0])
    found = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "") if names else "nothing"
    what = f"{len(films)} pairs of videos" if films else "no pairs"
    raise RecordingError(
        f"{folder} holds {what} (found: {found})",
        f"looked for {LOOKED_FOR}; or left.mp4 and right.mp4; or give one video",
    )


def _check_exists(path: Path) -> None:
    try:
        check_file(path)
    except Unreadable as error:
        raise RecordingError(f"{path} {error}", looking(path)) from error


def _mate(path: Path) -> tuple[Path, Path] | None:
    """(left, right) when `path` names one eye and the other lies beside it."""
    named = side_and_key(path.stem)
    if named is None:
        return None
    for other in sorted(path.parent.iterdir()):
        if other.suffix.lower() in pictures.SUFFIXES and other != path:
            theirs = side_and_key(other.stem)
            if theirs and theirs[1] == named[1] and theirs[0] != named[0]:
                return (path, other) if named[0] == "left" else (other, path)
    return None
