"""`allaprima run`: paint a live source into a headset."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli.shared import live_flags, values
from allaprima.app.cli.shared.result import report, result_of
from allaprima.app.core.console import say
from allaprima.app.core.interruption import Interruption

if TYPE_CHECKING:
    from allaprima.app.live.request import Request
    from allaprima.app.settings import Settings

HELP = "paint what the cameras see, live, into the headset"
CODECS = ("ffv1", "h264")
HOLD = "where one of two cameras skips a frame, show its last one again, for at most N periods (0 to 3; default: 0)"
FAULTS = "make drop, delay, freeze, lose-left, lose-right, wrong-size or die happen at a pair, for so many; repeatable"


def configure(parser: ArgumentParser) -> None:
    add_source_flags(parser)
    live_flags.add_flags(parser)
    add = parser.add_argument_group("recording (docs/recording.md)").add_argument
    add("--record", type=Path, metavar="FILE.mkv", help="record what the cameras see; the key r ends it, or begins")
    add_recording_flags(parser)
    parser.epilog = """examples:
  allaprima run                                    the synthetic room, in a window
  allaprima run --style great-wave --layout anaglyph
  allaprima run --stroke-size 1.4 --keep-colour    larger strokes, in the colours of what is seen
  allaprima run --source cameras:0,1 --camera-size 640x480 --camera-fps 60
  allaprima run --source camera:0 --stereo sbs --swap-eyes
  allaprima run --source headset                   the headset's own cameras, if SteamVR has them
  allaprima run --source cameras:http://left.local/stream,http://right.local/stream
  allaprima run --fault lose-left@200+90           what happens when a cable comes loose
  allaprima run --source recording/ --loop         a folder of left/ and right/ pictures
  allaprima run --source walk_sbs.mp4 --video painted.mp4
  allaprima run --record walk.mkv                  record the cameras while painting
  allaprima run --no-window --seconds 20 --report report/ --json
  allaprima run --headset openvr --reconnect       SteamVR or nothing; tried again when it is lost
  allaprima run --headset simulated                no headset, even if there is one
  allaprima run --source cameras:0,1 --rig rig.toml --rectify shader   the GPU rectifies, which spares the processor
  allaprima run --rig rig.toml                     with this rig's trims: keys v e z d change and save them

keys in the window: press ? there, or see the README"""


def add_source_flags(parser: ArgumentParser) -> None:
    """Where pairs come from."""
    parser.add_argument(
        "--source",
        default="synthetic",
        metavar="SOURCE",
        help="synthetic (default), cameras:LEFT,RIGHT, camera:ONE, headset, or the path of a recording",
    )
    parser.add_argument("--rate", type=values.positive, metavar="HZ", help="pairs a second (default: the source's own)")
    parser.add_argument("--loop", action="store_true", help="begin a recording again at its end")
    parser.add_argument(
        "--stereo", default="auto", choices=live_flags.STEREO, help="how one file or camera holds its two eyes"
    )
    add_camera_flags(parser)


def add_camera_flags(parser: ArgumentParser) -> None:
    """What is asked of cameras."""
    add = add_mode_flags(parser)
    add("--swap-eyes", action="store_true", help="the left camera is the right one")
    add("--hold", type=int, metavar="N", help=HOLD)
    add("--fault", action="append", default=[], metavar="KIND@PAIR[+PAIRS]", help=FAULTS)


def add_mode_flags(parser: ArgumentParser) -> Callable[..., Action]:
    """The mode that is asked of a camera. Returns what adds more flags beside these."""
    add = parser.add_argument_group("cameras (allaprima devices lists them)").add_argument
    add(
        "--camera-size",
        type=values.size,
        metavar="WxH",
        help="size of frames to ask for (default: the camera's own)",
    )
    add("--camera-fps", type=values.positive, metavar="HZ", help="frames a second to ask for")
    add("--no-mjpeg", action="store_true", help="do not ask for compressed frames")
    add("--exposure", type=values.positive, metavar="MS", help="fixed exposure in milliseconds (default: automatic)")
    return add


def add_recording_flags(parser: ArgumentParser) -> None:
    """What is recorded, and how."""
    parser.add_argument("--painted", action="store_true", help="record what the eyes see instead of the cameras")
    parser.add_argument("--codec", default="ffv1", choices=CODECS, help="ffv1: every bit; h264: half its size")


def execute(args: Namespace) -> int:
    return paint_live(args, fast=False)


def asked_for(args: Namespace, fast: bool = False) -> tuple[Settings, Request]:
    """What the flags mean; `fast` reads a recording as fast as it is painted."""
    import dataclasses

    from allaprima.app.live.request import Request
    from allaprima.app.sources.faulty import parse_fault

    settings = live_flags.settings_of(args)
    rate = args.rate or settings.source.rate
    settings = dataclasses.replace(
        settings, source=dataclasses.replace(settings.source, rate=rate, size=args.size or settings.source.size)
    )
    settings = with_cameras(settings, args)
    return settings, Request(
        source=args.source,
        pairs=args.frames,
        as_fast_as_possible=fast,
        loop=args.loop,
        input_layout=args.stereo,
        paint_size=args.size,
        video=args.video,
        rig=args.rig,
        faults=tuple(parse_fault(text) for text in getattr(args, "fault", ())),
        record=args.record,
        record_painted=args.painted,
        codec=args.codec,
        reenact=getattr(args, "reenact", False),
    )


def paint_live(args: Namespace, fast: bool, hashes: Path | None = None) -> int:
    """One session from flags to result. `hashes`: a file for the digests of what was painted."""
    from contextlib import ExitStack

    from allaprima.app.cli.shared.progress import drawing_progress
    from allaprima.app.live.opening import assembled
    from allaprima.app.live.run import run_session
    from allaprima.app.recording.hashes import PictureHashes
    from allaprima.app.recording.recordist import told
    from allaprima.app.sources.source import LiveSource

    settings, request = asked_for(args, fast)
    with (
        drawing_progress() as progress,
        ExitStack() as stack,
        assembled(settings, request, progress=progress) as parts,
        Interruption(parts.session) as interruption,
    ):
        digests = stack.enter_context(PictureHashes(hashes)) if hashes else None
        parts.pipeline.on_painted = digests.write if digests else None
        stylizer = parts.brushes.in_hand.stylizer
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
        result["recordings"] = [told(take) for take in parts.recordist.close()]
        result["files"] += [take["file"] for take in result["recordings"]]
        for take in result["recordings"]:
            if take["error"]:
                say(f"{take['error']}; what was recorded until then plays")
        if digests:
            result["hashes"] = {"file": str(digests.path), "pairs": digests.count, "digest": digests.digest}
        if damage := getattr(parts.source, "damage", ""):  # recordings have it, cameras have not
            result["damage"] = damage
            say(f"{parts.source.name}: {damage}")
        report(parts, result, summary, args.report, args.json)
    return interruption.exit_code


def with_cameras(settings: Settings, args: Namespace) -> Settings:
    """The flags of `run` that speak of cameras, over the settings; `replay` has none of them."""
    from allaprima.app.core.errors import SettingsError
    from allaprima.app.sources.cameras.address import names_headset
    from allaprima.app.sources.cameras.opening import PREFIXES

    cameras = args.source.startswith(PREFIXES) or names_headset(args.source)
    if getattr(args, "swap_eyes", False) and not cameras:
        hint = "name the files as RIGHT,LEFT, or give --stereo sbs-swapped"
        raise SettingsError(f"--swap-eyes is for cameras: the eyes of {args.source} cannot be swapped", hint)
    flags = {
        "source.swap_eyes": True if getattr(args, "swap_eyes", False) else None,
        "source.hold": getattr(args, "hold", None),
    }
    return with_camera_mode(_with_flags(settings, flags), args)


def with_camera_mode(settings: Settings, args: Namespace) -> Settings:
    """The flags of `add_camera_flags`, over the settings."""
    flags = {
        "source.camera_size": getattr(args, "camera_size", None),
        "source.camera_fps": getattr(args, "camera_fps", None),
        "source.exposure_ms": getattr(args, "exposure", None),
        "source.mjpeg": False if getattr(args, "no_mjpeg", False) else None,
    }
    return _with_flags(settings, flags)


def _with_flags(settings: Settings, flags: Mapping[str, object]) -> Settings:
    """None is a flag that was not given."""
    for key, flag in flags.items():
        if flag is not None:
            settings = settings.updated(key, flag, "the command line")
    return settings
