"""Opens everything a session needs, and closes it again in the right order."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial

from allaprima.app.compositor.context import GraphicsContext, SurfacelessContext
from allaprima.app.compositor.hud import Hud
from allaprima.app.core.clock import Clock, SystemClock
from allaprima.app.core.interruption import postponed
from allaprima.app.core.notes import noted
from allaprima.app.core.threads.mailbox import Latest
from allaprima.app.core.threads.watchdog import Watchdog
from allaprima.app.headset.motion import Following
from allaprima.app.latency.monitor import LatencyMonitor
from allaprima.app.live.audience import Audience
from allaprima.app.live.cameras_and_rig import calibration_of, camera_delay_ns, kept_trims, open_calibrated
from allaprima.app.live.controls import Controls
from allaprima.app.live.depth import open_depth, open_safety
from allaprima.app.live.drawing import cuda_of, open_compositor, upload_of
from allaprima.app.live.headset_and_window import open_headset, open_web, open_window
from allaprima.app.live.painting import open_networks, palette_of, pipeline_of, reenactment_of
from allaprima.app.live.parts import Parts
from allaprima.app.live.recordings import check_files, record_captured, recordist_of
from allaprima.app.live.request import Request
from allaprima.app.live.session import Session
from allaprima.app.packs.pack import load_pack
from allaprima.app.settings_and_flags import Settings
from allaprima.app.sources.opening import names_recording
from allaprima.app.sources.synthetic.loop import Progress
from allaprima.app.stylize.blend import parse_blend


@contextmanager
def assembled(
    settings: Settings, request: Request, clock: Clock | None = None, progress: Progress | None = None
) -> Iterator[Parts]:
    """Open source, network, GL context, headset and mirror, and make the session; cheap checks come first.

    `progress(done, all)` is called while the synthetic room is drawn for the first time. If a part cannot be opened,
    closes the parts opened before and raises that part's `AllaPrimaError`.
    """
    clock = clock or SystemClock()
    with noted("settings", lambda: asdict(settings)), ExitStack() as stack:
        check_files(request)
        rig_file, calibration, trims = calibration_of(request)
        delay_ns = camera_delay_ns(settings, calibration)
        pack = load_pack(settings.stylize.pack)
        blend = parse_blend(settings.stylize.style, pack) if settings.stylize.style else None
        monitor = LatencyMonitor(clock)
        web = open_web(settings, pack, monitor, clock, stack)  # before slow steps, because its port may be taken
        window = open_window(settings, stack)
        context: GraphicsContext = window or stack.enter_context(SurfacelessContext())
        motion = Following()  # a source without poses leaves the head still
        watchdog = Watchdog(settings.headset.watchdog_s)
        watched = window is not None
        open_pairs = partial(open_calibrated, settings, request, calibration, watched, clock, progress, stack)
        recorded = open_pairs() if names_recording(request.source) else None  # at once: a headset is tried for seconds
        headset = open_headset(settings, clock, motion, watchdog)  # before slow steps, because it may be missing
        stack.callback(headset.close)
        raw, source, rig, pending = recorded or open_pairs()
        cuda, no_cuda = cuda_of(settings.stylize.engine, context)
        networks = open_networks(settings, pack, source, pending, cuda)
        stack.callback(networks.close)
        palette = palette_of(settings, pack, blend, clock)
        depth = open_depth(settings, raw, source, calibration, pending)
        painted_by_depth = networks.in_hand.stylizer.canvas > 0 or settings.compositor.projection == "depth"
        pipeline = pipeline_of(settings, request, source, networks, palette, clock, depth)
        safety = open_safety(settings, depth, on_a_head=pipeline.live and not headset.simulated)
        if depth:
            depth.needed = painted_by_depth or safety is not None
        controls = Controls(palette, pipeline, settings.mirror.layout, hud=settings.mirror.hud)
        controls.keep_colour = settings.stylize.keep_colour
        pipeline.reenactment = reenactment_of(request, raw, settings, palette)
        controls.trims, controls.distance_m = trims, settings.compositor.projection_distance_m

        notices: Latest[str] = Latest()
        upload = upload_of(cuda, no_cuda, networks, notices)
        stack.callback(upload.close)
        compositor = open_compositor(
            settings, context, rig, trims, pending, upload, depth if painted_by_depth else None
        )
        stack.callback(compositor.close)
        hud = Hud()
        stack.callback(hud.close)
        recordist = recordist_of(request, raw, headset.eye_size, rig_file, delay_ns)
        stack.callback(recordist.close)
        record_captured(request, recordist, raw, source, pipeline)
        with postponed():
            audience = Audience(
                headset,
                compositor,
                clock,
                settings.mirror.layout,
                notices,
                window,
                request.video,
                hud=hud,
                recordist=recordist,
                web=web,
            )
            stack.callback(audience.close)
        kept = kept_trims(rig_file, trims)
        session = Session(
            pipeline,
            compositor,
            headset,
            hud,
            audience,
            controls,
            monitor,
            clock,
            notices,
            motion,
            delay_ns,
            kept,
            safety,
        )
        yield Parts(
            session,
            source,
            networks,
            pack,
            palette,
            pipeline,
            monitor,
            controls,
            notices,
            audience,
            context,
            headset,
            watchdog,
            recordist,
            upload,
        )
