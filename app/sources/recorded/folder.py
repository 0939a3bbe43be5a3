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
from allaprima.app.core.shell import scaling
from allaprima.app.core.view import StereoRig
from allaprima.app.sources.layout import eye_size, find_layout, split
from allaprima.app.sources.recorded.pictures import read_picture, read_still
from allaprima.app.sources.recorded.sidecar import read_calibration, read_poses, read_times
from allaprima.app.sources.reel import ReelPair

ASSUMED_RATE_HZ = 30.0
KITTI_RATE_HZ = 10.0
"""KITTI's cameras; for folders with its `calib.txt` and no times."""


class FolderReel:
    """Pairs of picture files; `times.txt` or `timestamps.txt`, `calib.txt` and `poses.txt` beside them are used.

    A pair that cannot be read, or is of another size than the first, is reported and left out. Raises `RecordingError`
    if that is so for all of them.
    """

    def __init__(self, folder: Path, pairs: list[tuple[Path, Path]], *, name: str | None = None) -> None:
        self.name, self._pairs, self._next = name or str(folder), pairs, 0
        self._broken: dict[int, RecordingError] = {}
        self._like: list[tuple[Path, Pixels]] = []  # the first picture that was read: all have its size
        self._ahead = self._read()
        if self._ahead is None:
            raise self._broken[0]
        self.size = self._ahead[1].shape[1], self._ahead[1].shape[0]
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

    @property
    def left_out(self) -> int:
        """Pairs that could not be read, so far."""
        return len(self._broken)

    @property
    def damage(self) -> str:
        """What was left out so far; empty if nothing was."""
        return f"{len(self._broken)} of {len(self._pairs)} pairs are left out" if self._broken else ""

    def _read(self) -> tuple[int, Pixels, Pixels] | None:
        """The next pair that can be read, and its number; None after the last."""
        while self._next < len(self._pairs):
            number, self._next = self._next, self._next + 1
            if number in self._broken:
                continue
            paths = self._pairs[number]
            try:
                left, right = read_picture(paths[0]), read_picture(paths[1])
                _check_sizes(*self._like, (paths[0], left), (paths[1], right))
            except RecordingError as error:
                if len(self._pairs) > 1:
                    say(f"left out: {error.message}")
                self._broken[number] = error
                continue
            self._like = self._like or [(paths[0], left)]
            return number, left, right
        return None

    def next(self) -> ReelPair | None:
        found, self._ahead = self._ahead or self._read(), None
        if found is None:
            return None
        number, left, right = found
        return ReelPair(
            left, right, self._times[number] if self._times else None, self._poses[number] if self._poses else None
        )

    def rewind(self) -> None:
        self._next, self._ahead = 0, None

    def close(self) -> None:
        """No file stays open between pairs."""


def _check_sizes(*pictures: tuple[Path, Pixels]) -> None:
    """Raises `RecordingError` for the first two that differ in size."""
    for (path, picture), (other, pixels) in pairwise(pictures):
        if picture.shape != pixels.shape:
            sizes = [f"{p} is {x.shape[1]}x{x.shape[0]}" for p, x in ((path, picture), (other, pixels))]
            raise RecordingError(
                " but ".join(sizes), f"both eyes need one size: {scaling(other, picture.shape[1::-1])}"
            )


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
