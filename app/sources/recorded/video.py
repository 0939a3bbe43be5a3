"""Videos as a reel: one file with both eyes, or one file per eye."""

from fractions import Fraction
from pathlib import Path

from allaprima.app.core.clock import NS
from allaprima.app.core.console import say
from allaprima.app.core.errors import RecordingError
from allaprima.app.core.shell import scaling
from allaprima.app.core.view import StereoRig
from allaprima.app.sources.layout import eye_size, find_layout, split
from allaprima.app.sources.recorded.film import Film, Shown
from allaprima.app.sources.reel import ReelPair

SUFFIXES = frozenset({".mp4", ".mkv", ".avi", ".mov", ".webm", ".m4v", ".mpg", ".mpeg", ".ts", ".ogv"})


def _since(film: Film, picture: Shown) -> int:
    """Nanoseconds from the film's start."""
    return picture.t_ns - film.start_ns


def _shorter(left: Film, right: Film) -> int | None:
    """How many pictures of the left film have one of the right film, if both know how many they have."""
    if left.length is None or right.length is None:
        return None
    return min(left.length, round(right.length * left.rate_hz / right.rate_hz))


def assumed_rig(size: tuple[int, int], pixel_aspect: Fraction) -> StereoRig:
    """The rig of eyes of `size` (width, height) in pixels of that shape."""
    return StereoRig.assumed((round(size[0] * pixel_aspect * 100), size[1] * 100))


class VideoReel:
    """One video whose pictures hold both eyes. `own` is a recording of this program, whose layout needs no telling, and
    of which no picture may be left out. `pixel_aspect` is the width of an eye's pixels by their height.
    """

    def __init__(self, path: Path, layout: str, own: bool = False) -> None:
        self.film = film = Film(path, strict=own)
        spherical = bool(film.projection)
        try:
            found = find_layout(layout, film.size, path, film.stereo_mode, film.pixel_aspect, spherical=spherical)
        except RecordingError:
            film.close()
            raise
        self.layout, self.pixel_aspect = found.layout, found.pixel_aspect
        self.name = f"{path} ({self.layout})"
        self.size = eye_size(film.size, self.layout)
        self.rig = assumed_rig(self.size, self.pixel_aspect)
        if not own and found.why and found.layout != "mono":
            say(f"{path}: {found.told}")
        if spherical:
            say(f"{path} is a spherical film ({film.projection}): it is taken for a flat one, and looks bent")
        self.rate_hz, self.length = film.rate_hz, film.length
        self.rewind, self.close = film.rewind, film.close

    @property
    def damage(self) -> str:
        """The damage noticed so far; empty if there is none."""
        return self.film.damage

    def next(self) -> ReelPair | None:
        picture = self.film.next()
        if picture is None:
            return None
        return ReelPair(*split(picture.pixels, self.layout), picture.t_ns, duration_ns=picture.duration_ns)


class TwoVideosReel:
    """One video per eye: with each left picture the right one that is nearest in time. Ends with the shorter one."""

    def __init__(self, left: Path, right: Path) -> None:
        self.film = self._left = Film(left)
        try:
            self._right = Film(right)
        except RecordingError:
            self._left.close()
            raise
        if self._left.size != self._right.size:
            sizes = [f"{f.path} is {f.size[0]}x{f.size[1]}" for f in (self._left, self._right)]
            self.close()
            raise RecordingError(" but ".join(sizes), f"both eyes need one size: {scaling(right, self._left.size)}")
        self.name = f"{left} + {right.name}"
        self.size = self._left.size
        self.pixel_aspect = self.film.pixel_aspect
        self.rig = assumed_rig(self.size, self.pixel_aspect)
        self.rate_hz = self._left.rate_hz
        self.length = _shorter(self._left, self._right)
        rates = [f"{film.path.name} has {film.rate_hz:.5g}" for film in (self._left, self._right)]
        if abs(self._left.rate_hz / self._right.rate_hz - 1) > 0.001:
            say(f"{' but '.join(rates)} pictures a second: each left one gets the right one that is nearest in time")
        self._near = self._after = self._right.next()

    @property
    def damage(self) -> str:
        """The damage noticed so far; empty if there is none."""
        return "; ".join(f"{film.path.name}: {film.damage}" for film in (self._left, self._right) if film.damage)

    def next(self) -> ReelPair | None:
        left = self._left.next()
        right = None if left is None else self._nearest(left)
        if left is None or right is None:
            return None
        skew_ns = _since(self._right, right) - _since(self._left, left)
        return ReelPair(left.pixels, right.pixels, left.t_ns, skew_ns=skew_ns, duration_ns=left.duration_ns)

    def _nearest(self, left: Shown) -> Shown | None:
        """The right eye's picture nearest to `left`; None if the right film ended more than half a period before."""
        at = _since(self._left, left)
        while (after := self._after) is not None and self._near is not None:
            if abs(_since(self._right, after) - at) > abs(_since(self._right, self._near) - at):
                return self._near
            self._near, self._after = after, self._right.next()
        late_ns = NS / min(self._left.rate_hz, self._right.rate_hz) / 2
        near = self._near
        return None if near is None or at - _since(self._right, near) > late_ns else near

    def rewind(self) -> None:
        self._left.rewind()
        self._right.rewind()
        self._near = self._after = self._right.next()

    def close(self) -> None:
        self._left.close()
        self._right.close()
