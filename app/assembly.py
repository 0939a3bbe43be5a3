"""Opens everything a session needs, and closes it again in the right order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from allaprima.app.audience import Audience
from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.context import GraphicsContext, SurfacelessContext
from allaprima.app.compositor.hud import Hud
from allaprima.app.controls import Controls
from allaprima.app.core.clock import Clock, SystemClock
from allaprima.app.headset.motion import Following
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.latency.monitor import LatencyMonitor
from allaprima.app.mirror.window import MirrorWindow, display_available
from allaprima.app.pipeline import Pipeline
from allaprima.app.recording.opening import check_name
from allaprima.app.session import Session
from allaprima.app.settings import Settings
from allaprima.app.sources.recording import open_source
from allaprima.app.sources.source import StereoSource
from allaprima.app.sources.synthetic.loop import Progress
from allaprima.app.stylize.blend import parse_blend
from allaprima.app.stylize.brushes import Brushes
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.pack import StylePack, load_pack
from allaprima.app.stylize.palette import Palette
from allaprima.app.stylize.prepare import network_size


@dataclass(frozen=True, slots=True)
class Request:
    """What a command asks for beyond the settings."""

    source: str = "synthetic"
    pairs: int | None = None
    as_fast_as_possible: bool = False
    loop: bool = False
    input_layout: str = "auto"
    paint_size: tuple[int, int] | None = None
    video: Path | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """An assembled session, and those of its parts that commands report on."""

    session: Session
    source: StereoSource
    brushes: Brushes
    pack: StylePack
    palette: Palette
    pipeline: Pipeline
    monitor: LatencyMonitor
    controls: Controls
    audience: Audience
    context: GraphicsContext
    headset: SimulatedHeadset


@contextmanager
def assembled(
    settings: Settings, request: Request, clock: Clock | None = None, progress: Progress | None = None
) -> Iterator[Parts]:
    """Source, network, GL context, headset, mirror and the session over them; what is cheap to check comes first.

    `progress(done, all)` is told while the synthetic room is drawn for the first time. Raises `AllaPrimaError` of
    whatever part cannot be had, after closing those that were opened.
    """
    clock = clock or SystemClock()
    with ExitStack() as stack:
        if request.video:
            check_name(request.video)
        pack = load_pack(settings.stylize.pack)
        blend = parse_blend(settings.stylize.style, pack) if settings.stylize.style else None
        window = _open_window(settings, stack)
        context: GraphicsContext = window or stack.enter_context(SurfacelessContext())
        source = stack.enter_context(_open_source(settings, request, clock, progress))
        if window and source.length == 1 and not request.as_fast_as_possible:  # a still is there to be looked at
            source = stack.enter_context(_open_source(settings, replace(request, loop=True), clock, progress))
        chosen_engine = {name: getattr(settings.stylize, name) for name in ("engine", "precision", "threads")}
        load = partial(open_stylizer, pack, **chosen_engine)
        size = network_size(source.size, request.paint_size)
        brushes = Brushes(load, size, pack.rows, settings.stylize.stroke_size)
        stack.callback(brushes.close)
        palette = Palette(pack, clock, settings.stylize.crossfade_s)
        palette.strength = settings.stylize.strength
        if blend:
            palette.begin(blend)
        pipeline = Pipeline(source, brushes, palette, clock, request.pairs)
        controls = Controls(palette, pipeline, settings.mirror.layout, hud=settings.mirror.hud)
        controls.keep_colour = settings.stylize.keep_colour

        compositor = Compositor(source.rig, settings.compositor.projection_distance_m)
        stack.callback(compositor.close)
        hud = Hud()
        stack.callback(hud.close)
        motion = Following()  # a source without poses leaves the head still
        chosen = settings.headset
        headset = SimulatedHeadset(clock, (chosen.eye_width, chosen.eye_height), chosen.refresh_hz, motion)
        stack.callback(headset.close)
        audience = Audience(headset, compositor, clock, settings.mirror.layout, window, request.video, hud=hud)
        stack.callback(audience.close)
        monitor = LatencyMonitor(clock)
        session = Session(pipeline, compositor, headset, hud, audience, controls, monitor, clock, motion)
        yield Parts(session, source, brushes, pack, palette, pipeline, monitor, controls, audience, context, headset)


def _open_source(settings: Settings, request: Request, clock: Clock, progress: Progress | None) -> StereoSource:
    """The source of the request, at the settings' rate, or as fast as it is painted."""
    return open_source(
        request.source,
        size=settings.source.size,
        rate_hz=settings.source.rate,
        pace="fast" if request.as_fast_as_possible else "recorded",
        loop=request.loop,
        layout=request.input_layout,
        clock=clock,
        progress=progress,
    )


def _open_window(settings: Settings, stack: ExitStack) -> MirrorWindow | None:
    """The mirror's window; None where none is wanted, or there is no display to open one on."""
    if not settings.mirror.window:
        return None
    if not display_available():
        print("allaprima: no display, so no window: drawing offscreen (--no-window says so too)", file=sys.stderr)
        return None
    window = MirrorWindow("Alla Prima", (1280, 720))
    stack.callback(window.close)
    return window
