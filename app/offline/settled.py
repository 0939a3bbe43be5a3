"""Distances in stereo pictures and films, of which nothing but the pictures is known."""

from allaprima.app.core.clock import NS
from allaprima.app.core.errors import SettingsError
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.core.view import StereoRig
from allaprima.app.depth.matched import MatchedDepth
from allaprima.app.matte.distances import Distances

_PERIOD_NS = NS // 30
_LOOKS = 20  # at the first pair, until its distances have arrived

_FLAT_M = 2.0


class Settled:
    """Matches the pairs of one picture or film, each as soon as it is shown: nobody watches the first one arrive."""

    def __init__(self) -> None:
        self._matched: MatchedDepth | None = None
        self._t_ns = 0

    def of(self, left: Pixels, right: Pixels) -> tuple[StereoFrame, Distances]:
        """The next pair and its distances, as if `StereoRig.assumed` had taken it. Raises `SettingsError` for one eye
        alone, the same array twice.
        """
        if left is right:
            raise SettingsError(
                "what is near and far is seen by two eyes, and here is one", "give LEFT and RIGHT, or --stereo sbs"
            )
        rig = StereoRig.assumed((left.shape[1], left.shape[0]))
        first, self._matched = self._matched is None, self._matched or MatchedDepth(rig, _FLAT_M)
        for _ in range(_LOOKS if first else 1):
            self._t_ns += _PERIOD_NS
            pair = StereoFrame(left, right, 0, self._t_ns)
            depth = self._matched.depth(pair, None)
        return pair, Distances.of(depth, rig, None, pair.t_ns)
