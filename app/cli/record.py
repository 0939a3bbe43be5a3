"""`allaprima record`: keep what the cameras see."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli.shared import arguments, session_request
from allaprima.app.cli.shared.result import report_damage
from allaprima.app.core.console import print_json, print_lines, say
from allaprima.app.core.errors import RecordingError
from allaprima.app.core.interruption import Interruption, postponed

if TYPE_CHECKING:
    from allaprima.app.live.take import Capture
    from allaprima.app.mirror.viewfinder import Viewfinder
    from allaprima.app.recording.recorder import Recorder

HELP = "record the cameras, without painting"


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.mkv", help="recording to write; its journal is FILE.jsonl")
    session_request.add_source(parser, "source.hold")
    arguments.add_settings(parser, "source.rate")
    parser.add_argument("--loop", action="store_true", help="restart a recording at its end")
    session_request.add_rig(parser, "camera delay, and what is kept of the cameras in the recording")
    parser.add_argument(
        "--codec", default="ffv1", choices=session_request.CODECS, help="ffv1 is lossless; h264 has half the size"
    )
    arguments.add_settings(parser, "mirror.layout", "mirror.window")
    session_request.add_end(parser, "pairs")
    parser.epilog = """examples:
  allaprima record walk.mkv                        the synthetic room, until q or ctrl-C
  allaprima record walk.mkv --source recording/    into one file
  allaprima record walk.mkv --source headset       the headset's own cameras, with head poses
  allaprima record walk.mkv --no-window --seconds 60 --json
  allaprima record walk.mkv --codec h264           near-lossless, half the size
  allaprima replay walk.mkv                        ... and then

`allaprima run --record FILE` records while it paints; with --painted it records the painted eyes."""


def execute(args: Namespace) -> int:
    from contextlib import ExitStack

    from allaprima.app.cli.shared.progress import drawing_progress
    from allaprima.app.core.clock import SystemClock
    from allaprima.app.core.journal import Opening, RigSeen
    from allaprima.app.live.cameras_and_rig import camera_delay_ns, open_requested, rig_file_of
    from allaprima.app.live.take import Capture
    from allaprima.app.mirror.viewfinder import Viewfinder
    from allaprima.app.mirror.window import display_available
    from allaprima.app.recording.recorder import Recorder
    from allaprima.app.recording.recordist import recording_summary
    from allaprima.app.recording.stereo_recording import StereoRecording, check_new
    from allaprima.app.sources.rig import load_rig

    check_new(args.file)
    settings, request = session_request.asked_for(args)
    rig_file = rig_file_of(request)
    delay_ns = camera_delay_ns(settings, load_rig(rig_file) if rig_file else None)
    with ExitStack() as stack:
        progress = stack.enter_context(drawing_progress())
        source = stack.enter_context(open_requested(settings, request, SystemClock(), progress))
        viewfinder = None
        if settings.mirror.window and not display_available():
            say("no display, so no window (--no-window says so too)")
        elif settings.mirror.window:
            viewfinder = Viewfinder("Alla Prima: recording", source.size, settings.mirror.layout)
            stack.callback(viewfinder.close)
        opening = Opening(source.size, source=source.name, rate_hz=source.rate_hz, camera_delay_ns=delay_ns)
        with postponed():
            recorder = Recorder(StereoRecording(args.file, opening, args.codec, rig_file))
            stack.callback(recorder.close)
        recorder.note(RigSeen(source.rig))
        capture = Capture(source, recorder, args.seconds, args.frames)
        interruption = stack.enter_context(Interruption(capture))
        say(f"{source.name} {source.size[0]}x{source.size[1]} -> {args.file} (ctrl-C ends it)")
        try:
            capture.start()
            _watch(capture, recorder, viewfinder, args.seconds)
        finally:
            capture.stop()
    result = {"source": source.name, "eye_size": list(source.size), "codec": args.codec, **recording_summary(recorder)}
    damaged = report_damage(source, result)
    if recorder.fault:
        kept = "; what was recorded until then plays" if recorder.count else ""
        raise RecordingError(recorder.fault.message + kept, recorder.fault.hint)
    if not recorder.count:
        raise RecordingError(f"{args.file}: nothing was recorded, {source.name} brought no pair", "")
    if args.json:
        print_json(result)
    else:
        say("{pairs} pairs, {dropped} lost, {encode_ms} ms to encode one".format(**result))
        print_lines(result["file"], result["journal"])
    return interruption.exit_code or damaged


def _watch(capture: Capture, recorder: Recorder, viewfinder: Viewfinder | None, seconds: float | None) -> None:
    """Show a progress bar in the terminal and the pictures in the window until the capture ends."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

    from allaprima.app.cli.shared.progress import Bars

    columns = (TimeElapsedColumn(), BarColumn(), TextColumn("{task.description}"))
    with Bars(*columns) as bars:
        bar = bars.add_task("", total=None)
        first_ns = None
        while capture.running:
            frame = capture.newest.take(0.02 if viewfinder else 0.1)
            if frame:
                first_ns = frame.t_ns if first_ns is None else first_ns
                lost = f"[red]{recorder.dropped} lost[/]" if recorder.dropped else "none lost"
                done = (frame.t_ns - first_ns) / 1e9
                bars.update(bar, completed=done, total=seconds, description=f"{recorder.count} pairs, {lost}")
            if viewfinder:
                if frame:
                    viewfinder.show(frame)
                if any(command.name == "quit" for command in viewfinder.poll()):
                    capture.quit = True
            if capture.quit:
                break
