"""`allaprima bench latency`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.shared import arguments, session_request, values
from allaprima.app.cli.shared.result import report, result_of
from allaprima.app.core.console import print_lines
from allaprima.app.core.interruption import Interruption

if TYPE_CHECKING:
    from allaprima.app.core.clock import Clock
    from allaprima.app.sources.source import StereoSource

HELP = "measure the latency stage by stage, and check the stamps"

_PAIRS = 600


def configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--inject",
        type=values.milliseconds,
        default=0.0,
        metavar="MS",
        help="delay every pair by this time, to see it in the report",
    )
    arguments.add_settings(parser, "source.rate", auto={"source.rate": "60"})
    arguments.add_settings(parser.add_argument_group("painting"), "stylize", without=("stylize.crossfade_s",))
    showing = parser.add_argument_group("showing")
    arguments.add_settings(showing, "headset.eye_size", "headset.refresh_hz", "compositor.projection_distance_m")
    arguments.add_settings(showing, "compositor.guided", "mirror.layout", "mirror.hud")
    session_request.add_results(parser)
    parser.epilog = f"""examples:
  allaprima bench latency                          {_PAIRS} painted pairs of the synthetic room
  allaprima bench latency --inject 40 --json
  allaprima bench latency --refresh 90 --report latency/

The room contains a time code, a strip of black and white squares, which the bench reads from the pixels of the
simulated headset. The head stands still. `allaprima bench camera-delay` measures a real camera.

docs/latency.md explains the method."""


def execute(args: Namespace) -> int:
    from allaprima.app.bench.latency.loopback import LoopBack
    from allaprima.app.cli.shared.progress import drawing_progress
    from allaprima.app.headset.simulated import SimulatedHeadset
    from allaprima.app.live.opening import assembled
    from allaprima.app.live.request import Request
    from allaprima.app.live.run import run_session
    from allaprima.app.sources.delayed import DelayedSource
    from allaprima.app.sources.timecode import TimeCodedSource

    coded: list[TimeCodedSource] = []

    def wrap(source: StereoSource, clock: Clock) -> StereoSource:
        coded.append(TimeCodedSource(source))
        return DelayedSource(coded[0], round(args.inject * 1e6), clock) if args.inject else coded[0]

    settings = session_request.settings_of(args).updated("mirror.window", False).updated("headset.kind", "simulated")
    settings = settings.updated("web.address", None)
    pairs = args.frames or (None if args.seconds else _PAIRS)
    request = Request(pairs=pairs, video=args.video, wrap=wrap)
    with (
        drawing_progress() as progress,
        assembled(settings, request, progress=progress) as parts,
        Interruption(parts.session) as interruption,
    ):
        headset = parts.headset.current
        assert isinstance(headset, SimulatedHeadset)  # as the settings say
        loop_back = LoopBack(headset, coded[0], settings.compositor.projection_distance_m)
        summary, files = run_session(parts, args.json, args.seconds, loop_back.look)
        seen = loop_back.summary(parts.monitor.records().painted)
        result = result_of(parts, summary, files) | {
            "injected_ms": args.inject,
            "reported_ms": {
                "by_stamps": summary["latency_ms"]["stages"]["capture"]["p50"],
                "by_loop_back": seen.pop("before_added_ms"),
            },
            "loop_back": seen,
        }
        report(parts, result, summary, args.report, args.json)
    if not args.json:
        print_lines(*_lines(result))
    return interruption.exit_code


def _lines(result: dict[str, Any]) -> list[str]:
    seen, reported = result["loop_back"], result["reported_ms"]
    read = f"time code: {seen['looks'] - seen['unreadable']} of {seen['looks']} frames were readable"
    if not seen["timed"]:
        return [read]
    beyond = seen["beyond_stamps_ms"]
    return [
        f"{read}, {seen['timed']} pairs timed",
        f"from the grab to the eye {seen['latency_ms']['p50']:.1f} ms by the time code, p99 "
        f"{seen['latency_ms']['p99']:.1f}; the stamps say {beyond['p50']:.2f} ms less, {beyond['worst']:.2f} at most",
        f"delay of the source: {result['injected_ms']:g} ms injected, {reported['by_stamps']:.2f} reported by the "
        f"stamps, {reported['by_loop_back']:.2f} by the time code",
    ]
