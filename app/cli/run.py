"""`allaprima run`: paint a live source into a headset."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from allaprima.app.cli.shared import arguments, session_request
from allaprima.app.cli.shared.result import report, report_damage, result_of
from allaprima.app.core.console import say
from allaprima.app.core.interruption import Interruption

HELP = "paint the view of the cameras live in the headset"


def configure(parser: ArgumentParser) -> None:
    session_request.add_source(parser, "source.hold", default="auto")
    arguments.add_settings(parser, "source.rate")
    parser.add_argument("--loop", action="store_true", help="restart a recording at its end")
    add_painting(parser)
    add = parser.add_argument_group("recording (docs/recording.md)").add_argument
    add("--record", type=Path, metavar="FILE.mkv", help="record the cameras; the key r stops and starts recording")
    add("--painted", action="store_true", help="record the painted eyes instead of the cameras")
    add("--codec", default="ffv1", choices=session_request.CODECS, help="ffv1 is lossless; h264 has half the size")
    parser.epilog = """examples:
  allaprima run                                    the cameras, or else the synthetic room, in a window
  allaprima run --source synthetic                 the room, even with cameras
  allaprima run --style great-wave --layout anaglyph
  allaprima run --stroke-size 1.4 --keep-colour    larger strokes, in the colours of the camera
  allaprima run --source cameras:0,1 --camera-size 640x480 --camera-fps 60
  allaprima run --source camera:0 --stereo sbs --swap-eyes
  allaprima run --source headset                   the headset's own cameras, through SteamVR
  allaprima run --source cameras:http://left.local/stream,http://right.local/stream
  allaprima run --fault lose-left@200+90           simulate a loose cable
  allaprima run --source recording/ --loop         a folder of left/ and right/ pictures
  allaprima run --source walk_sbs.mp4 --video painted.mp4
  allaprima run --record walk.mkv                  record the cameras while painting
  allaprima run --record painted.mkv --painted     record the painted eyes
  allaprima run --no-window --seconds 20 --report report/ --json
  allaprima run --headset openvr --reconnect       only SteamVR; reconnect when it is lost
  allaprima run --web lan                          the picture on visitors' phones, and the operator's page
  allaprima run --headset simulated                no headset, even if one is connected
  allaprima run --source cameras:0,1 --rig rig.toml --rectify shader   rectify on the GPU, to relieve the processor
  allaprima run --rig rig.toml                     use this rig's trims; the keys v e z d change and save them

keys in the window: press ? there, or see docs/controls.md"""


def add_painting(parser: ArgumentParser) -> None:
    """The flags of a session: how it paints, where it shows that, and when it ends."""
    arguments.add_settings(parser.add_argument_group("painting"), "stylize")
    showing = parser.add_argument_group("showing")
    arguments.add_settings(showing, "headset", "compositor", "mirror", "web")
    session_request.add_rig(showing)
    session_request.add_results(parser)


def execute(args: Namespace) -> int:
    if args.source == "auto":
        from allaprima.app.sources.cameras import listing

        session_request.asked_for(args)  # cameras are looked for once the flags are right
        args.source, why = listing.usual_source(listing.list_cameras())
        session_request.check_swapped(args, args.source)
        say(f"--source {args.source}: {why} (allaprima devices)")
    return paint_live(args, fast=False)


def paint_live(args: Namespace, fast: bool, hashes: Path | None = None) -> int:
    """One session from flags to result. `hashes`: a file for the digests of what was painted."""
    from contextlib import ExitStack

    from allaprima.app.cli.shared.progress import drawing_progress
    from allaprima.app.live.opening import assembled
    from allaprima.app.live.run import run_session
    from allaprima.app.recording.hashes import PictureHashes
    from allaprima.app.recording.recordist import recording_summary
    from allaprima.app.sources.source import LiveSource

    settings, request = session_request.asked_for(args, fast)
    with (
        drawing_progress() as progress,
        ExitStack() as stack,
        assembled(settings, request, progress=progress) as parts,
        Interruption(parts.session) as interruption,
    ):
        digests = stack.enter_context(PictureHashes(hashes)) if hashes else None
        parts.pipeline.on_painted = digests.write if digests else None
        stylizer = parts.networks.in_hand.stylizer
        say(
            f"{parts.source.name} -> {stylizer.engine} {stylizer.precision} on {stylizer.device} "
            f"-> {parts.headset.name} ({parts.context.description})"
        )
        if reenactment := parts.pipeline.reenactment:
            say(f"as its wearer chose, with {reenactment.changes} changes on the way (--no-events: as you say)")
        summary, files = run_session(parts, args.json, args.seconds)
        result = result_of(parts, summary, files)
        if reenactment:
            taken_over = parts.pipeline.reenactment is None
            result["reenacted"] = {
                "changes": reenactment.changes, "refused": reenactment.refused, "taken_over": taken_over,
            }  # fmt: skip
        if isinstance(parts.source, LiveSource) and (cameras := parts.source.statistics()):
            result["cameras"] = cameras
        result["recordings"] = [recording_summary(take) for take in parts.recordist.close()]
        result["files"] += [take["file"] for take in result["recordings"]]
        for take in result["recordings"]:
            if take["error"]:
                say(f"{take['error']}; what was recorded until then plays")
        if digests:
            result["hashes"] = {"file": str(digests.path), "pairs": digests.count, "digest": digests.digest}
        damaged = report_damage(parts.source, result)
        report(parts, result, summary, args.report, args.json)
    return interruption.exit_code or damaged
