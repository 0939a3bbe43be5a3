"""Opens what tells a session how far away everything is."""

import logging

from allaprima.app.core.errors import SettingsError
from allaprima.app.depth.depth import DepthEstimator
from allaprima.app.depth.exact import ExactDepth
from allaprima.app.depth.feed import DepthFeed, ImmediateDepth, ThreadedDepth
from allaprima.app.depth.matched import MatchedDepth
from allaprima.app.settings_and_flags import CompositorSettings
from allaprima.app.sources.source import StereoSource
from allaprima.app.sources.synthetic.source import SyntheticRoom
from allaprima.calibration.rectify import Rectification
from allaprima.calibration.rig import RigCalibration

_LOG = logging.getLogger(__name__)


def open_depth(
    settings: CompositorSettings,
    raw: StereoSource,
    source: StereoSource,
    calibration: RigCalibration | None,
    pending: Rectification | None,
) -> DepthFeed | None:
    """The depth of `source`'s pairs; None where all is taken to be at the projection distance. Says why if that was not
    asked for. Raises `SettingsError` for the exact depth of anything but the synthetic room.
    """
    if settings.projection == "depth" and settings.depth == "flat":
        raise SettingsError(
            "--projection depth has nothing to draw by: --depth flat knows no distances", "--depth auto"
        )
    room = raw if isinstance(raw, SyntheticRoom) else None
    estimator: DepthEstimator
    if settings.depth == "flat":
        return None
    if settings.depth == "exact":
        if room is None:
            raise SettingsError("only the synthetic room knows its exact depth", "--depth matched")
        estimator = ExactDepth(source.rig, lambda pair: room.seen_points(pair.seq, "left").depth)
    elif pending is not None:
        _say_flat(settings, "depth is matched on rectified pictures only", "--rectify cpu")
        return None
    elif room is None and calibration is None:
        _say_flat(
            settings, "without a calibration no depth is matched", "allaprima calibrate capture, then --rig rig.toml"
        )
        return None
    else:
        estimator = MatchedDepth(source.rig, settings.projection_distance_m)
    return ThreadedDepth(estimator) if source.rate_hz is not None else ImmediateDepth(estimator)


def _say_flat(settings: CompositorSettings, why: str, hint: str) -> None:
    level = logging.WARNING if settings.depth == "matched" else logging.INFO
    _LOG.log(level, "%s: all is taken to be %g m away", why, settings.projection_distance_m, extra={"hint": hint})
