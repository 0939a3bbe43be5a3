"""Pictures on disk as a reel: a folder of pairs, one pair, or one picture that holds both eyes."""

from itertools import pairwise
from os.path import lexists
from pathlib import Path
from statistics import median

from allaprima.app.core.clock import NS
from allaprima.app.core.console import say
from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import Pixels
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import StereoRig
from allaprima.app.sources.layout import eye_size, find_layout, split
from allaprima.app.sources.recorded.pictures import read_picture, read_still
from allaprima.app.sources.recorded.sidecar import read_calibration, read_poses, read_times
from allaprima.app.sources.reel import ReelPair

ASSUMED_RATE_HZ = 30.0
KITTI_RATE_HZ = 10.0
"""KITTI's cameras; for folders with its `calib.txt` and no times."""


def _same_size(left: Pixels, right: Pixels, paths: tuple[Path, Path]) -> None:
    if left.shape != right.shape:
        sizes = [f"{path} is {p.shape[1]}x{p.shape[0]}" for path, p in zip(paths, (left, right), strict=True)]
        raise RecordingError(" but ".join(sizes), "both eyes need the same size: scale or crop one of them")


class FolderReel:
    """Pairs of picture files; `times.txt` or `timestamps.txt`, `calib.txt` and `poses.txt` beside them are used."""

    damage = ""

    def __init__(self, folder: Path, pairs: list[tuple[Path, Path]], *, name: str | None = None) -> None:
        self.name, self._pairs, self._next = name or str(folder), pairs, 0
        self._first = self._decode(0)
        self.size = self._first[0].shape[1], self._first[0].shape[0]
        self.length: int | None = len(pairs)
        calibration, poses = folder / "calib.txt", folder / "poses.txt"
        self.rig = read_calibration(calibration, self.size) if lexists(calibration) else StereoRig.assumed(self.size)
        self._poses: list[Pose] | None = read_poses(poses, len(pairs), self.rig) if lexists(poses) else None
        self._times: list[int] | None = None
        self.rate_hz = KITTI_RATE_HZ if lexists(calibration) else ASSUMED_RATE_HZ
        for path in (place / n for place in (folder, pairs[0][0].parent) for n in ("times.txt", "timestamps.txt")):
            if lexists(path) and self._times is None:
                self._times = read_times(path, len(pairs))
                gap = median(b - a for a, b in pairwise(self._times)) if len(pairs) > 1 else 0
                self.rate_hz = NS / gap if gap > 0 else self.rate_hz

    def _decode(self, number: int) -> tuple[Pixels, Pixels]:
        paths = self._pairs[number]
        left, right = read_picture(paths[0]), read_picture(paths[1])
        _same_size(left, right, paths)
        if number:
            _same_size(self._first[0], left, (self._pairs[0][0], paths[0]))
        return left, right

    def next(self) -> ReelPair | None:
        number = self._next
        if number >= len(self._pairs):
            return None
        left, right = self._decode(number) if number else self._first
        self._next += 1
        return ReelPair(
            left, right, self._times[number] if self._times else None, self._poses[number] if self._poses else None
        )

    def rewind(self) -> None:
        self._next = 0

    def close(self) -> None:
        """No file stays open between pairs."""


class StillReel:
    """One picture that holds both eyes."""

    damage = ""
    rate_hz = ASSUMED_RATE_HZ

    def __init__(self, path: Path, layout: str) -> None:
        still = read_still(path)
        if still.note:
            say(f"{path} {still.note}")
        pixels, right = still.pixels, still.right if layout == "auto" else None
        whole = pixels.shape[1], pixels.shape[0]
        found = find_layout(layout if right is None else "mono", whole, path)
        chosen = found.layout
        if found.why and chosen != "mono":
            say(f"{path}: {found.told}")
        self.name = f"{path} ({chosen})"
        self.size = eye_size(whole, chosen)
        self.rig = StereoRig.assumed((round(self.size[0] * found.pixel_aspect * 2), self.size[1] * 2))
        self.length: int | None = 1
        self._pair = ReelPair(*split(pixels, chosen)) if right is None else ReelPair(pixels, right)
        self._played = False

    def next(self) -> ReelPair | None:
        if self._played:
            return None
        self._played = True
        return self._pair

    def rewind(self) -> None:
        self._played = False

    def close(self) -> None:
        """Nothing is open."""
