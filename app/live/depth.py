"""Opens what tells a session how far away everything is."""

import logging

from allaprima.app.core.errors import SettingsError
from allaprima.app.depth.depth import DepthEstimator
from allaprima.app.depth.exact import ExactDepth
from allaprima.app.depth.feed import DepthFeed, ImmediateDepth, ThreadedDepth
from allaprima.app.depth.matched import MatchedDepth
from allaprima.app.depth.safety import USUAL_M, SafetyView
from allaprima.app.settings_and_flags import CompositorSettings, Settings
from allaprima.app.sources.source import StereoSource
from allaprima.app.sources.synthetic.source import SyntheticRoom
from allaprima.calibration.rectify import Rectification
from allaprima.calibration.rig import RigCalibration

_LOG = logging.getLogger(__name__)


def open_depth(
    settings: Settings,
    raw: StereoSource,
    source: StereoSource,
    calibration: RigCalibration | None,
    pending: Rectification | None,
) -> DepthFeed | None:
    """The depth of `source`'s pairs; None where all is taken to be at the projection distance. Says why if that was not
    asked for. Raises `SettingsError` for the exact depth of anything but the synthetic room, and where nothing knows
    the distances that `settings` cannot do without.
    """
    chosen, user = settings.compositor, _in_need(settings)
    room = raw if isinstance(raw, SyntheticRoom) else None
    estimator: DepthEstimator
    if chosen.depth == "flat":
        if user:
            raise SettingsError(f"{user} has nothing to go by: --depth flat knows no distances", "--depth auto")
        return None
    if chosen.depth == "exact":
        if room is None:
            raise SettingsError("only the synthetic room knows its exact depth", "--depth matched")
        estimator = ExactDepth(source.rig, lambda pair: room.seen_points(pair.seq, "left").depth)
    elif pending is not None:
        _stay_flat(chosen, user, "depth is matched on rectified pictures only", "--rectify cpu")
        return None
    elif room is None and calibration is None:
        hint = "allaprima calibrate capture, then --rig rig.toml"
        _stay_flat(chosen, user, "without a calibration no depth is matched", hint)
        return None
    else:
        estimator = MatchedDepth(source.rig, chosen.projection_distance_m)
    return ThreadedDepth(estimator) if source.rate_hz is not None else ImmediateDepth(estimator)


def open_safety(settings: Settings, depth: DepthFeed | None, on_a_head: bool) -> SafetyView | None:
    """The safety view of the settings; by default one for cameras `on_a_head`. Says so if there can be none."""
    within_m = settings.headset.safety_m
    if within_m is None:
        within_m = USUAL_M if on_a_head else 0.0
    if within_m and depth is None:
        _LOG.info("without distances there is no safety view: what comes near stays painted")
    if not within_m or depth is None:
        return None
    depth.often = True
    return SafetyView(within_m)


def _in_need(settings: Settings) -> str:
    """The flag that makes no sense without depth; empty if there is none."""
    given = {
        "--projection depth": settings.compositor.projection == "depth" and settings.compositor.depth == "flat",
        "--near": settings.stylize.near_m > 0,
        "--far": settings.stylize.far_m > 0,
        "--safety": bool(settings.headset.safety_m),
    }
    return next((flag for flag, needs in given.items() if needs), "")


def _stay_flat(settings: CompositorSettings, user: str, why: str, hint: str) -> None:
    if user:
        raise SettingsError(f"{user} has nothing to go by: {why}", hint)
    level = logging.WARNING if settings.depth == "matched" else logging.INFO
    _LOG.log(level, "%s: all is taken to be %g m away", why, settings.projection_distance_m, extra={"hint": hint})
