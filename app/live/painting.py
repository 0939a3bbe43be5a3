"""Opens the networks, palette and pipeline of a session, set to its first settings."""

import logging
from typing import Any

from allaprima.app.canvas.opening import AutoCanvas
from allaprima.app.core.clock import Clock
from allaprima.app.core.errors import SettingsError
from allaprima.app.depth.feed import DepthFeed
from allaprima.app.live.pipeline import Pipeline
from allaprima.app.live.request import Request
from allaprima.app.packs.pack import StylePack
from allaprima.app.settings_and_flags import Settings
from allaprima.app.sources.reel import Playback
from allaprima.app.sources.source import StereoSource
from allaprima.app.stylize.blend import Blend
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.fade import Fade
from allaprima.app.stylize.governor import Governor
from allaprima.app.stylize.network_cache import NetworkCache
from allaprima.app.stylize.palette import Palette
from allaprima.app.stylize.prepare import Size, network_size
from allaprima.app.stylize.reenactment import Reenactment, Setting
from allaprima.app.stylize.stylizer import Stylizer
from allaprima.app.stylize.torch.on_device import OnDevice, on_device
from allaprima.app.stylize.zoning import zone_styles
from allaprima.calibration.rectify import Rectification

_LOG = logging.getLogger(__name__)


def open_networks(
    settings: Settings, pack: StylePack, source: StereoSource, pending: Rectification | None, cuda: Any
) -> NetworkCache:
    """The network of the settings, at their size; painted pairs stay on the GPU if `cuda` is given."""
    chosen_engine = {name: getattr(settings.stylize, name) for name in ("engine", "device", "precision", "threads")}

    def load(size: Size) -> Stylizer | OnDevice:
        stylizer = open_stylizer(pack, size, **chosen_engine)
        return on_device(stylizer, pending) if cuda else stylizer

    size = network_size(source.size, settings.stylize.size)
    return NetworkCache(load, size, pack.rows, settings.stylize.stroke_size, pending)


def palette_of(settings: Settings, pack: StylePack, blend: Blend | None, clock: Clock) -> Palette:
    """A palette with the settings' style, strength and crossfade."""
    palette = Palette(pack, clock, settings.stylize.crossfade_s)
    palette.strength = settings.stylize.strength
    if blend:
        palette.begin(blend)
    return palette


def pipeline_of(
    settings: Settings,
    request: Request,
    source: StereoSource,
    networks: NetworkCache,
    palette: Palette,
    clock: Clock,
    depth: DepthFeed | None = None,
) -> Pipeline:
    """The pipeline from the source to painted pairs, with the settings' target rate; its canvas lies on the surfaces
    that `depth` knows.
    """
    governor = _governor(settings.stylize.target_rate, source)
    canvas = None
    if channels := networks.in_hand.stylizer.canvas:
        full, distance_m = network_size(source.size, settings.stylize.size), settings.compositor.projection_distance_m
        canvas = AutoCanvas(channels, source.rig, full, distance_m, depth_of=depth.of if depth else None)
    styles = zone_styles(settings.stylize, palette.pack)
    pipeline = Pipeline(source, networks, palette, clock, request.pairs, governor, canvas, depth, styles)
    pipeline.impasto = settings.stylize.impasto
    pipeline.near_m, pipeline.far_m = settings.stylize.near_m, settings.stylize.far_m
    return pipeline


def _governor(target_rate: float | None, source: StereoSource) -> Governor | None:
    """A governor of the target rate (None: the source's rate); None if the rate is 0."""
    if target_rate == 0:
        return None
    target_hz = target_rate or source.rate_hz
    if target_hz is None:
        raise SettingsError(
            f"{source.name} has no rate of its own to be held: it is read as fast as it is painted",
            "name one: --governor 30",
        )
    return Governor(target_hz)


def reenactment_of(request: Request, source: StereoSource, settings: Settings, palette: Palette) -> Reenactment | None:
    """The reenactment of a recording's events over the settings; None if there are none, or none are wanted."""
    if not request.reenact or not isinstance(source, Playback):
        return None
    weights, stylize = palette.blend.weights(palette.pack.rows), settings.stylize
    start = Setting(
        palette.blend,
        Fade(weights, weights),
        strength=stylize.strength,
        crossfade_s=stylize.crossfade_s,
        stroke_size=stylize.stroke_size,
        keep_colour=stylize.keep_colour,
        impasto=stylize.impasto,
        near_m=stylize.near_m,
        far_m=stylize.far_m,
    )
    reenactment = Reenactment(source.events, palette.pack, start)
    if reenactment.refused:
        what = f"{reenactment.refused} of its wearer's choices cannot be followed"
        _LOG.warning("%s: %s", what, reenactment.reason)
    return reenactment if reenactment.has_changes else None
