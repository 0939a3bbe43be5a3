"""`allaprima run`: paint a live source into a headset."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from allaprima.app.cli import _live

HELP = "paint what the cameras see, live, into the headset"


def configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--source", default="synthetic", metavar="synthetic|PATH", help="where pairs come from (default: synthetic)"
    )
    parser.add_argument("--rate", type=_live.positive, metavar="HZ", help="pairs a second (default: the source's own)")
    parser.add_argument("--loop", action="store_true", help="begin a recording again at its end")
    parser.add_argument("--stereo", default="auto", choices=_live.STEREO, help="how a recording holds its two eyes")
    _live.add_flags(parser)
    parser.epilog = """examples:
  allaprima run                                    the synthetic room, in a window
  allaprima run --style great-wave --layout anaglyph
  allaprima run --stroke-size 1.4 --keep-colour    larger strokes, in the colours of what is seen
  allaprima run --source recording/ --loop         a folder of left/ and right/ pictures
  allaprima run --source walk_sbs.mp4 --video painted.mp4
  allaprima run --no-window --seconds 20 --report report/ --json
  allaprima run --headset openvr --reconnect       SteamVR or nothing; tried again when it is lost
  allaprima run --headset simulated                no headset, even if there is one
  allaprima run --rig rig.toml                     with this rig's trims: keys v e z d change and save them

keys in the window: press ? there, or see the README"""


def execute(args: Namespace) -> int:
    return paint_live(args, fast=False)


def paint_live(args: Namespace, fast: bool) -> int:
    """One session from flags to result; `fast` reads a recording as fast as it is painted."""
    import dataclasses

    from allaprima.app.assembly import Request, assembled

    settings = _live.settings_of(args)
    rate = args.rate or settings.source.rate
    settings = dataclasses.replace(
        settings, source=dataclasses.replace(settings.source, rate=rate, size=args.size or settings.source.size)
    )
    request = Request(
        source=args.source,
        pairs=args.frames,
        as_fast_as_possible=fast,
        loop=args.loop,
        input_layout=args.stereo,
        paint_size=args.size,
        video=args.video,
        rig=args.rig,
    )
    with (
        _live.drawing_progress() as progress,
        assembled(settings, request, progress=progress) as parts,
        _live.Interruption(parts.controls) as interruption,
    ):
        stylizer = parts.brushes.in_hand.stylizer
        _live.say(
            f"{parts.source.name} -> {stylizer.engine} {stylizer.precision} on {stylizer.device} "
            f"-> {parts.headset.name} ({parts.context.description})"
        )
        summary, files = _live.run_session(parts, args, args.seconds)
        _live.report(parts, _live.result_of(parts, summary, files), summary, args.report, args.json)
    return interruption.exit_code
