"""The jobs of `allaprima stylize`: the files painted together, and their outputs.

The whole list is made and checked before the first job, so that a mistake costs no time.
"""

import os
from dataclasses import dataclass
from os.path import realpath
from pathlib import Path

from allaprima.app.core.console import say
from allaprima.app.core.errors import RecordingError, SettingsError
from allaprima.app.core.files import check_free
from allaprima.app.core.reading import Unreadable, check_file
from allaprima.app.core.shell import looking, quoted
from allaprima.app.recording.picture import PICTURE_SUFFIXES
from allaprima.app.recording.video import VIDEO_SUFFIXES
from allaprima.app.sources.recorded import pictures, video
from allaprima.app.sources.recorded.pairs import FOLDERS, LOOKED_FOR, find_pairs, side_and_key

_SLASHES = tuple(filter(None, (os.sep, os.altsep)))


@dataclass(frozen=True, slots=True)
class Job:
    """One job: one file with a `layout` of `sources.layout`, or the two files of a "pair".

    `outputs` are as many files; only a pair that goes into one file has one, with the eyes side by side.
    """

    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    layout: str

    @property
    def is_video(self) -> bool:
        return self.inputs[0].suffix.lower() in video.SUFFIXES


def plan(inputs: list[Path], out: Path | str, stereo: str, overwrite: bool) -> list[Job]:
    """The jobs for `inputs` (files and folders) into `out`: a folder if it is one, ends in a slash or has no suffix, or
    has none of a known kind where there are several inputs; else a file.

    Raises `RecordingError` for inputs that are missing or of no known kind, `SettingsError` where outputs collide,
    cannot hold what is to be written, or, of one job alone, exist.
    """
    try:
        groups = _groups(inputs, stereo)
        slash, out = str(out).endswith(_SLASHES), Path(out)
        known = out.suffix.lower() in (*PICTURE_SUFFIXES, *VIDEO_SUFFIXES)
        if slash or out.is_dir() or not out.suffix or (len(groups) > 1 and not known):
            jobs = [_into_folder(group, out, stereo) for group in groups]
        elif len(groups) > 1:
            raise SettingsError(
                f"{len(groups)} inputs do not fit in the one file {out}", f"name a folder: -o {out.stem}"
            )
        else:
            jobs = [_into_file(groups[0], out, stereo)]
        _check_outputs(jobs, overwrite)
    except OSError as error:
        raise RecordingError(f"{error.filename}: {error.strerror}", looking(Path(error.filename or "."))) from error
    return jobs


def _groups(inputs: list[Path], stereo: str) -> list[tuple[Path, ...]]:
    """The input files that are painted together, in the order given; folders replaced by what they hold."""
    for path in inputs:
        if not path.is_dir():
            try:
                check_file(path)
            except Unreadable as error:
                raise RecordingError(f"{path} {error}", looking(path)) from error
    if len(inputs) == 2 and all(path.is_file() for path in inputs):
        left, right = (_known(path) for path in inputs)
        if stereo == "pair" or (stereo == "auto" and _name_one_pair(left, right)):
            if len({path.suffix.lower() in video.SUFFIXES for path in inputs}) == 2:
                raise RecordingError(
                    f"{left} and {right} are no pair: one is a video", "two pictures, or two videos: stylize LEFT RIGHT"
                )
            return [(left, right)]
    groups: list[tuple[Path, ...]] = []
    for path in inputs:
        if path.is_dir():
            groups += _in_folder(path, stereo)
        elif stereo == "pair":
            raise RecordingError(f"{path} alone is no pair", "give LEFT and RIGHT, a folder of pairs, or --stereo sbs")
        else:
            groups.append((_known(path),))
    return groups


def _in_folder(folder: Path, stereo: str) -> list[tuple[Path, ...]]:
    others = _without_sides(folder) if stereo == "auto" else []
    if stereo in ("auto", "pair") and not others and (pairs := find_pairs(folder, pictures.SUFFIXES)):
        return list(pairs)
    if stereo == "pair":
        raise RecordingError(f"{folder} holds no pairs of pictures", f"looked for {LOOKED_FOR}")
    files = sorted(
        path
        for path in folder.iterdir()  # hidden ones are macOS' shadows of pictures (`._a.jpg`), and none themselves
        if path.suffix.lower() in pictures.SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
    films = [path for path in folder.iterdir() if path.suffix.lower() in video.SUFFIXES]
    if films:
        say(f"{folder}: {len(films)} videos are left out, such as {min(films).name}; name them to have them painted")
    if not files:
        raise RecordingError(f"{folder} holds no pictures", f"known are {' '.join(sorted(pictures.SUFFIXES))}")
    return _mates(files) if others else [(path,) for path in files]


def _without_sides(folder: Path) -> list[Path]:
    """The pictures right in `folder` whose names name no eye: with one of them it is no recording, in which a missing
    eye is a fault. None count beside folders of the eyes.
    """
    names = {path.name.lower() for path in folder.iterdir() if path.is_dir()}
    if any(names.issuperset(sides) for sides in FOLDERS):
        return []
    return [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in pictures.SUFFIXES
        and not path.name.startswith(".")
        and side_and_key(path.stem) is None
        and path.is_file()
    ]


def _mates(files: list[Path]) -> list[tuple[Path, ...]]:
    """The two eyes of one moment together, all others by themselves."""
    sides = {path: side_and_key(path.stem) for path in files}
    by_side = {named: path for path, named in sides.items() if named}
    groups: list[tuple[Path, ...]] = []
    for path, named in sides.items():
        mate = by_side.get(("right" if named[0] == "left" else "left", named[1])) if named else None
        if named is None or mate is None or by_side[named] != path:
            groups.append((path,))
        elif named[0] == "left":
            groups.append((path, mate))
    pairs = sum(len(group) == 2 for group in groups)
    if pairs:
        say(f"{pairs} of {len(groups)} are pairs of a left and a right picture; otherwise give --stereo mono")
    return groups


def _name_one_pair(left: Path, right: Path) -> bool:
    """Whether two names differ in nothing but the eye, in the order left, right."""
    one, other = side_and_key(left.stem), side_and_key(right.stem)
    return bool(one and other and (one[0], other[0]) == ("left", "right") and one[1] == other[1])


def _known(path: Path) -> Path:
    if path.suffix.lower() not in pictures.SUFFIXES | video.SUFFIXES:
        raise RecordingError(
            f"{path} is neither a picture nor a video by its name",
            f"known are {' '.join(sorted(pictures.SUFFIXES | video.SUFFIXES))}",
        )
    return path


def _layout(group: tuple[Path, ...], stereo: str) -> str:
    return "pair" if len(group) == 2 else stereo


def _into_file(group: tuple[Path, ...], out: Path, stereo: str) -> Job:
    job = Job(group, (out,), _layout(group, stereo))
    kinds = VIDEO_SUFFIXES if job.is_video else PICTURE_SUFFIXES
    if out.suffix.lower() not in kinds:
        raise SettingsError(
            f"{out}: what comes of {group[0].name} cannot be written as {out.suffix}", f"end it in {' or '.join(kinds)}"
        )
    return job


def _into_folder(group: tuple[Path, ...], out: Path, stereo: str) -> Job:
    """Names are kept, with the folder where both files of a pair have one name. Two videos become one, side by side."""
    kinds, fallback = (
        (VIDEO_SUFFIXES, ".mp4") if group[0].suffix.lower() in video.SUFFIXES else (PICTURE_SUFFIXES, ".png")
    )
    files = group[:1] if fallback == ".mp4" else group
    same_name = len(files) == 2 and files[0].stem == files[1].stem
    outputs = tuple(
        (out / path.parent.name if same_name else out)
        / f"{path.stem}{path.suffix.lower() if path.suffix.lower() in kinds else fallback}"
        for path in files
    )
    return Job(group, outputs, _layout(group, stereo))


def _check_outputs(jobs: list[Job], overwrite: bool) -> None:
    inputs = {realpath(path) for job in jobs for path in job.inputs}
    claimed: dict[str, Path] = {}
    for job in jobs:
        for output in job.outputs:
            resolved = realpath(output)
            if resolved in inputs:
                raise SettingsError(f"{output} is one of the inputs", "-o OTHER")
            if resolved in claimed:
                raise SettingsError(
                    f"{claimed[resolved]} and {job.inputs[0]} would both become {output}",
                    f"paint them in two runs: stylize {quoted(job.inputs[0])} -o OTHER/",
                )
            claimed[resolved] = job.inputs[0]
            check_free([output], overwrite or len(jobs) > 1)  # of several, those that are there are kept
