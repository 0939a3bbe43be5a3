"""Parts of the view that are painted in a style of their own, or not at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.frame import Painted, StereoFrame
from allaprima.app.depth.depth import Plane
from allaprima.app.matte.distances import Distances
from allaprima.app.matte.matte import Coefficients, alphas, fitted, mixed, shrunk

NOTHING = 0.02
"""Share up to which a zone has nothing in it, and is not painted."""

Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """What is nearer than `border_m` metres, or `beyond` it; `weights` (rows,) of its style, unpainted if None."""

    border_m: float
    beyond: bool
    weights: Weights | None = None

    def share(self, distances: Distances) -> Plane:
        """(2, rows, columns) 0..1."""
        nearer = distances.nearer(self.border_m)
        return distances.sure(1 - nearer if self.beyond else nearer)


def composed(
    painted: Painted,
    pair: StereoFrame,
    distances: Distances,
    zones: Sequence[Zone],
    paint: Callable[[Weights], Painted],
) -> tuple[Painted, Coefficients | None]:
    """`painted` (2, H, W, 3) of `pair` with each of the `zones` in its style, by `paint`; and the matte of what is left
    unpainted, None if that is nothing.
    """
    unpainted = None
    for zone in zones:
        share = zone.share(distances)
        if share.max() <= NOTHING:
            continue
        if zone.weights is None:
            unpainted = share if unpainted is None else np.minimum(unpainted + share, 1)
            continue
        matte = fitted(share, distances.weights, pair.left, pair.right)
        below = np.asarray(painted)  # fetched before the next pass, which may use the same memory
        size = below.shape[2], below.shape[1]
        seen = np.stack([shrunk(eye, size) for eye in (pair.left, pair.right)])
        painted = mixed(below, np.asarray(paint(zone.weights)), alphas(matte, seen))
    if unpainted is None:
        return painted, None
    return painted, fitted(unpainted, distances.weights, pair.left, pair.right)
