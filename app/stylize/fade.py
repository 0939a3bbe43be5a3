"""A crossfade, eased in and out."""

from dataclasses import dataclass

import numpy as np

from allaprima.app.stylize.blend import Weights


@dataclass(frozen=True, slots=True, eq=False)
class Fade:
    """From the weights `before` to `after` in `length_ns` from `began_ns` on, on any clock; a length of 0 is over."""

    before: Weights
    after: Weights
    began_ns: int = 0
    length_ns: int = 0

    def at(self, t_ns: int) -> Weights:
        """(rows,) float32, not to be changed: `before` until it began, `after` once it is over."""
        u = (t_ns - self.began_ns) / self.length_ns if self.length_ns > 0 else 1.0
        if u >= 1:
            return self.after
        u = max(0.0, u)
        return self.before + np.float32(u * u * (3 - 2 * u)) * (self.after - self.before)
