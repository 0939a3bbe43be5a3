"""Opens everything a session needs, and closes it again in the right order."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.context import GraphicsContext, SurfacelessContext, draws_in_software
from allaprima.app.compositor.cuda_interop import CudaLift, cuda_runtime
from allaprima.app.compositor.hud import Hud
from allaprima.app.compositor.lift import HostLift, Lift
from allaprima.app.compositor.trims import KeptTrims
from allaprima.app.core.clock import Clock, SystemClock
from allaprima.app.core.errors import GraphicsError, SettingsError
from allaprima.app.core.journal import Event, Opening
from allaprima.app.core.view import StereoRig
from allaprima.app.core.watchdog import Watchdog
from allaprima.app.headset.choosing import choose_headset, openers
from allaprima.app.headset.motion import Following
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.headset.worn import Worn
from allaprima.app.latency.monitor import LatencyMonitor
from allaprima.app.live.audience import Audience
from allaprima.app.live.controls import Controls
from allaprima.app.live.pipeline import Pipeline
from allaprima.app.live.session import Session
from allaprima.app.mirror.window import MirrorWindow, display_available
from allaprima.app.packs.pack import StylePack, load_pack
from allaprima.app.recording.opening import check_name
from allaprima.app.recording.recordist import Recordist
from allaprima.app.recording.stereo_recording import RIG_SUFFIX, VIDEO_SUFFIX, check_new
from allaprima.app.recording.video import Codec
from allaprima.app.settings import Settings
from allaprima.app.sources.cameras.device import CaptureMode
from allaprima.app.sources.cameras.opening import PREFIXES, CameraOptions
from allaprima.app.sources.faulty import Fault, FaultySource
from allaprima.app.sources.opening import open_source
from allaprima.app.sources.rectified import Rectified, rectification_of, rectified_source
from allaprima.app.sources.reel import Playback
from allaprima.app.sources.rig import load_rig, save_trims, stereo_rig
from allaprima.app.sources.source import LiveSource, StereoSource
from allaprima.app.sources.synthetic.loop import Progress
from allaprima.app.stylize.blend import parse_blend
from allaprima.app.stylize.brushes import Brushes
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.fade import Fade
from allaprima.app.stylize.governor import Governor
from allaprima.app.stylize.palette import Palette
from allaprima.app.stylize.prepare import Size, network_size
from allaprima.app.stylize.reenactment import Reenactment, Setting
from allaprima.app.stylize.stylizer import Stylizer
from allaprima.app.stylize.torch.on_device import OnDevice, on_device
from allaprima.calibration.rectify import Rectification
from allaprima.calibration.rig import RigCalibration, Trims

_UNCALIBRATED = (
    "allaprima: these cameras are not calibrated: sizes and distances will be off\n"
    "  hint: allaprima calibrate capture, then --rig rig.toml"
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a command asks for beyond the settings."""

    source: str = "synthetic"
    pairs: int | None = None
    as_fast_as_possible: bool = False
    loop: bool = False
    input_layout: str = "auto"
    paint_size: tuple[int, int] | None = None
    wrap: Callable[[StereoSource, Clock], StereoSource] | None = None
    """Puts another source around the one that was opened."""
    video: Path | None = None
    rig: Path | None = None
    faults: tuple[Fault, ...] = ()
    record: Path | None = None
    record_painted: bool = False
    codec: Codec = "ffv1"
    reenact: bool = False
    """Paint a recording as its wearer chose while it was made."""


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
    headset: Worn
    watchdog: Watchdog
    recordist: Recordist
    lift: Lift


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
        if request.record:
            check_new(request.record)
        rig_file = rig_file_of(request)
        calibration = load_rig(rig_file) if rig_file else None
        trims = calibration.trims if calibration else Trims()
        delay_ns = camera_delay_ns(settings, calibration)
        pack = load_pack(settings.stylize.pack)
        blend = parse_blend(settings.stylize.style, pack) if settings.stylize.style else None
        window = _open_window(settings, stack)
        context: GraphicsContext = window or stack.enter_context(SurfacelessContext())
        motion = Following()  # a source without poses leaves the head still
        watchdog = Watchdog(settings.headset.watchdog_s)
        headset = _open_headset(settings, clock, motion, watchdog)  # before what takes long: it may not be there
        stack.callback(headset.close)
        raw = stack.enter_context(open_requested(settings, request, clock, progress))
        if window and raw.length == 1 and not request.as_fast_as_possible:  # a still is there to be looked at
            raw = stack.enter_context(open_requested(settings, replace(request, loop=True), clock, progress))
        source, rig, pending = _calibrated(raw, calibration, settings.compositor.rectify)
        if isinstance(raw, LiveSource) and not calibration and request.source.startswith(PREFIXES):
            print(_UNCALIBRATED, file=sys.stderr)
        chosen_engine = {name: getattr(settings.stylize, name) for name in ("engine", "device", "precision", "threads")}
        cuda, no_cuda = _cuda(settings.stylize.engine, context)

        def load(size: Size) -> Stylizer | OnDevice:
            stylizer = open_stylizer(pack, size, **chosen_engine)
            return on_device(stylizer, pending) if cuda else stylizer

        size = network_size(source.size, request.paint_size)
        brushes = Brushes(load, size, pack.rows, settings.stylize.stroke_size, pending)
        stack.callback(brushes.close)
        palette = Palette(pack, clock, settings.stylize.crossfade_s)
        palette.strength = settings.stylize.strength
        if blend:
            palette.begin(blend)
        governor = _governor(settings.stylize.target_rate, source)
        pipeline = Pipeline(source, brushes, palette, clock, request.pairs, governor)
        controls = Controls(palette, pipeline, settings.mirror.layout, hud=settings.mirror.hud)
        controls.keep_colour = settings.stylize.keep_colour
        if request.reenact and isinstance(raw, Playback):
            pipeline.reenactment = _reenactment(raw.events, settings, palette)
        controls.trims, controls.distance_m = trims, settings.compositor.projection_distance_m

        guided = _guided(settings.compositor.guided, context)
        lift = _lift(cuda, no_cuda, brushes, controls)
        stack.callback(lift.close)
        compositor = Compositor(rig, controls.distance_m, trims, guided, pending, lift)
        stack.callback(compositor.close)
        hud = Hud()
        stack.callback(hud.close)
        recordist = _recordist(request, raw, headset.eye_size, rig_file, delay_ns)
        stack.callback(recordist.close)
        if not request.record_painted:
            write = partial(recordist.write, rig=raw.rig)
            if isinstance(source, Rectified):  # the cameras' own pictures: its replay is rectified by the rig beside it
                source.on_raw = write
            else:
                pipeline.on_captured = write
        if request.record:
            recordist.start()
        audience = Audience(
            headset, compositor, clock, settings.mirror.layout, window, request.video, hud=hud, recordist=recordist
        )
        stack.callback(audience.close)
        monitor = LatencyMonitor(clock)
        kept = KeptTrims(partial(save_trims, rig_file), trims) if rig_file else None
        session = Session(
            pipeline, compositor, headset, hud, audience, controls, monitor, clock, motion, delay_ns, kept
        )
        yield Parts(
            session,
            source,
            brushes,
            pack,
            palette,
            pipeline,
            monitor,
            controls,
            audience,
            context,
            headset,
            watchdog,
            recordist,
            lift,
        )


def _cuda(engine: str, context: GraphicsContext) -> tuple[Any, str]:
    """CUDA's runtime, to draw with what it paints; or None, and why not."""
    if engine != "torch":
        return None, "only the torch engine paints where OpenGL could draw"
    try:
        return cuda_runtime(context.description), ""
    except GraphicsError as error:
        return None, error.message + (f" ({error.hint})" if error.hint else "")


def _lift(cuda: Any, no_cuda: str, brushes: Brushes, controls: Controls) -> Lift:
    """The shortest way there is for what is painted; says so where it could have been shorter."""

    def tell(message: str) -> None:
        print(f"allaprima: {message}", file=sys.stderr)
        controls.notice = message

    stylizer = brushes.in_hand.stylizer
    if isinstance(stylizer, OnDevice):
        return CudaLift(cuda, tell)
    if stylizer.device != "CUDA":
        return HostLift(f"the network runs on the {stylizer.device}")
    tell(f"painted pairs take the way through the processor's memory: {no_cuda}")
    return HostLift(no_cuda)


def open_requested(settings: Settings, request: Request, clock: Clock, progress: Progress | None) -> StereoSource:
    """The source of the request, at the settings' rate, or as fast as it is painted."""
    chosen = settings.source
    mode = CaptureMode(chosen.camera_size, chosen.camera_fps or chosen.rate, chosen.mjpeg, chosen.exposure_ms)
    cameras = CameraOptions(mode, chosen.swap_eyes, (chosen.left_delay_ms, chosen.right_delay_ms), chosen.hold)
    source = open_source(
        request.source,
        size=settings.source.size,
        rate_hz=settings.source.rate,
        pace="fast" if request.as_fast_as_possible else "recorded",
        loop=request.loop,
        layout=request.input_layout,
        clock=clock,
        progress=progress,
        cameras=cameras,
    )
    if request.faults:
        source = FaultySource(source, request.faults, clock)
    return request.wrap(source, clock) if request.wrap else source


def _calibrated(
    raw: StereoSource, calibration: RigCalibration | None, rectify: str
) -> tuple[StereoSource, StereoRig, Rectification | None]:
    """The source of the session, the cameras that its pictures are shown as from, and what has yet to be done to them.

    With "shader" the pairs pass as they came: painter and compositor each rectify what they need of them.
    """
    if not calibration:
        return raw, raw.rig, None
    if rectify == "shader":
        rectification = rectification_of(raw, calibration)
        return raw, stereo_rig(rectification, calibration.head), rectification
    source = rectified_source(raw, calibration)
    return source, source.rig, None


def _open_headset(settings: Settings, clock: Clock, motion: Following, watchdog: Watchdog) -> Worn:
    """The headset of the settings, in the current GL context; says why others were not chosen.

    Only the simulated one's head follows `motion`; it is also what stands in for a real one that is lost.
    """
    chosen = settings.headset

    def simulated(eye_size: tuple[int, int] = (chosen.eye_width, chosen.eye_height)) -> SimulatedHeadset:
        return SimulatedHeadset(clock, eye_size, chosen.refresh_hz, motion)

    candidates = openers(clock, simulated)
    choice = choose_headset(chosen.kind, candidates)
    for name, error in choice.refused.items():
        print(f"allaprima: not {name}: {error.message}" + (f" ({error.hint})" if error.hint else ""), file=sys.stderr)
    if choice.kind == "simulated":
        return Worn(choice.headset, clock, watchdog=watchdog, simulated=True)
    return Worn(choice.headset, clock, simulated, candidates[choice.kind] if chosen.reconnect else None, watchdog)


def rig_file_of(request: Request) -> Path | None:
    """The rig file asked for, else the one that a recording was made with and keeps beside it."""
    if request.rig:
        return request.rig
    beside = Path(request.source).with_suffix(RIG_SUFFIX)
    return beside if request.source.endswith(VIDEO_SUFFIX) and beside.is_file() else None


def camera_delay_ns(settings: Settings, calibration: RigCalibration | None) -> int:
    """From exposure to the stamp: as the settings say, else the rig file."""
    delay_ms = settings.source.camera_delay_ms
    if delay_ms is None:
        delay_ms = calibration.camera_delay_ms if calibration else 0.0
    return round(delay_ms * 1e6)


def _guided(chosen: str, context: GraphicsContext) -> bool:
    """Whether the camera guides a smaller painting. Software GL pays for it with time that the network needs."""
    return chosen == "on" or (chosen == "auto" and not draws_in_software(context.description))


def _recordist(
    request: Request, source: StereoSource, eye_size: tuple[int, int], rig_file: Path | None, delay_ns: int
) -> Recordist:
    """Records what the source brings, or what the eyes see."""
    opening = Opening(source.size, source=source.name, rate_hz=source.rate_hz, camera_delay_ns=delay_ns)
    if request.record_painted:
        opening = replace(opening, size=eye_size, content="painted", rate_hz=None, camera_delay_ns=0)
        rig_file = None
    return Recordist(opening, request.codec, request.record, rig_file=rig_file)


def _governor(target_rate: float | None, source: StereoSource) -> Governor | None:
    """Of that rate, None being the source's own; none where the rate is 0."""
    if target_rate == 0:
        return None
    target_hz = target_rate or source.rate_hz
    if target_hz is None:
        raise SettingsError(
            f"{source.name} has no rate of its own to be held: it is read as fast as it is painted",
            "name one: --governor 30",
        )
    return Governor(target_hz)


def _reenactment(events: Sequence[Event], settings: Settings, palette: Palette) -> Reenactment | None:
    """Of `events`, over what the settings say; None where they tell nothing."""
    weights, stylize = palette.blend.weights(palette.pack.rows), settings.stylize
    start = Setting(
        palette.blend,
        Fade(weights, weights),
        strength=stylize.strength,
        crossfade_s=stylize.crossfade_s,
        stroke_size=stylize.stroke_size,
        keep_colour=stylize.keep_colour,
    )
    reenactment = Reenactment(events, palette.pack, start)
    if reenactment.refused:
        what = f"{reenactment.refused} of its wearer's choices cannot be followed"
        print(f"allaprima: {what}: {reenactment.reason}", file=sys.stderr)
    return reenactment if reenactment.told else None


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
