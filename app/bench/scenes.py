"""What is painted to be measured: stereo pairs at several moments, and where their points are in one another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from allaprima.app.bench.planes import LayeredPlanes
from allaprima.app.core.frame import Eye
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import StereoRig
from allaprima.app.sources.synthetic.path import RATE_HZ, head_path, phase_of
from allaprima.app.sources.synthetic.source import SyntheticRoom
from allaprima.app.sources.synthetic.truth import Correspondence

Pair = NDArray[np.uint8]
"""(2, H, W, 3) RGB, left eye first."""
Both = tuple[Correspondence, Correspondence]
"""Of the left eye's picture and of the right one's."""

LAGS = (1, 10)
"""Frames back: flicker, and what swims slowly."""
MARGIN = 16
"""Pixels by which a scene's `wide` pair is larger, so that crops of it can be shifted."""
ROOM_FRAMES = (20, 80, 140, 200)
PLANES_FRAMES = (20, 60)


@dataclass(frozen=True, slots=True)
class Moment:
    """A `pair`, frame `frame` of its scene's film, the same scene `before` by each lag, and the truth between them.

    `across` says where the left picture's points are in the right one, and the reverse; `back[lag]` where those of both
    pictures were in `before[lag]`. `disparity` (H, W) pixels >= 0 of the left picture, true where `across[0].seen`.
    """

    frame: int
    pair: Pair
    across: Both
    disparity: NDArray[np.float32]
    before: Mapping[int, Pair]
    back: Mapping[int, Both]


@dataclass(frozen=True, slots=True)
class Film:
    """Everything between the moments of an exact scene, by frame number.

    `draw(n)` is the pair; `points(n, eye, m, other)` is where the points of one picture are in another. `head(n)` is
    head-to-world and `rig` the cameras; None for pictures that no head has seen.
    """

    draw: Callable[[int], Pair]
    points: Callable[[int, Eye, int, Eye], Correspondence]
    head: Callable[[int], Pose] | None = None
    rig: StereoRig | None = None
    rate_hz: float = RATE_HZ


@dataclass(frozen=True, slots=True)
class Scene:
    """`exact`: the truth is known, not measured, and there is a `film`. `wide` is a pair larger by `MARGIN` on both
    sides.
    """

    name: str
    exact: bool
    moments: tuple[Moment, ...]
    wide: Pair | None = None
    film: Film | None = None


def exact_scenes(size: tuple[int, int], quick: bool, progress: Callable[[], object]) -> list[Scene]:
    """The synthetic room and the layered planes at `size` (width, height); `quick` has fewer moments of both.

    `progress` is called after each of the `steps(quick)` moments.
    """
    return [_room(size, _fewer(ROOM_FRAMES, quick), progress), _planes(size, _fewer(PLANES_FRAMES, quick), progress)]


def steps(quick: bool) -> int:
    """How often `exact_scenes` reports progress."""
    return len(_fewer(ROOM_FRAMES, quick)) + len(_fewer(PLANES_FRAMES, quick))


def _fewer(frames: Sequence[int], quick: bool) -> Sequence[int]:
    return frames[: len(frames) // 2] if quick else frames


def _wide(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] + MARGIN, size[1] + MARGIN


def _moments(film: Film, frames: Sequence[int], progress: Callable[[], object]) -> tuple[Moment, ...]:
    """The moments of an exact film at `frames`."""
    draw, points = film.draw, film.points
    moments = []
    for n in frames:
        across = points(n, "left", n, "right"), points(n, "right", n, "left")
        back = {lag: (points(n, "left", n - lag, "left"), points(n, "right", n - lag, "right")) for lag in LAGS}
        before = {lag: draw(n - lag) for lag in LAGS}
        moments.append(Moment(n, draw(n), across, -across[0].flow[..., 0], before, back))
        progress()
    return tuple(moments)


def _room(size: tuple[int, int], frames: Sequence[int], progress: Callable[[], object]) -> Scene:
    room = SyntheticRoom(size, cache=False)
    seen = lru_cache(maxsize=2)(room.seen_points)  # both eyes' of a frame, which several others are compared with
    film = Film(
        lambda n: np.stack(room.draw(n)),
        lambda n, eye, m, other: seen(n, eye).at(m, other),
        lambda n: head_path(room.seed, phase_of(n)),
        room.rig,
    )
    wide = np.stack(SyntheticRoom(_wide(size), cache=False).draw(frames[0]))
    return Scene("room", True, _moments(film, frames, progress), wide, film)


def _planes(size: tuple[int, int], frames: Sequence[int], progress: Callable[[], object]) -> Scene:
    planes = LayeredPlanes(size)
    film = Film(planes.draw, planes.correspondence)
    return Scene("planes", True, _moments(film, frames, progress), LayeredPlanes(_wide(size)).draw(frames[0]), film)
