"""`allaprima run`: paint a live source into a headset."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli import _live

if TYPE_CHECKING:
    from allaprima.app.assembly import Request
    from allaprima.app.settings import Settings

HELP = "paint what the cameras see, live, into the headset"
CODECS = ("ffv1", "h264")


def configure(parser: ArgumentParser) -> None:
    add_source_flags(parser)
    _live.add_flags(parser)
    add = parser.add_argument_group("recording (docs/recording.md)").add_argument
    add("--record", type=Path, metavar="FILE.mkv", help="record what the cameras see; the key r ends it, or begins")
    add_recording_flags(parser)
    parser.epilog = """examples:
  allaprima run                                    the synthetic room, in a window
  allaprima run --style great-wave --layout anaglyph
  allaprima run --stroke-size 1.4 --keep-colour    larger strokes, in the colours of what is seen
  allaprima run --source recording/ --loop         a folder of left/ and right/ pictures
  allaprima run --source walk_sbs.mp4 --video painted.mp4
  allaprima run --record walk.mkv                  record the cameras while painting
  allaprima run --no-window --seconds 20 --report report/ --json

keys in the window: press ? there, or see the README"""


def add_source_flags(parser: ArgumentParser) -> None:
    """Where pairs come from."""
    parser.add_argument(
        "--source", default="synthetic", metavar="synthetic|PATH", help="where pairs come from (default: synthetic)"
    )
    parser.add_argument("--rate", type=_live.positive, metavar="HZ", help="pairs a second (default: the source's own)")
    parser.add_argument("--loop", action="store_true", help="begin a recording again at its end")
    parser.add_argument("--stereo", default="auto", choices=_live.STEREO, help="how a recording holds its two eyes")


def add_recording_flags(parser: ArgumentParser) -> None:
    """What is recorded, and how."""
    parser.add_argument("--painted", action="store_true", help="record what the eyes see instead of the cameras")
    parser.add_argument("--codec", default="ffv1", choices=CODECS, help="ffv1: every bit; h264: half its size")


def execute(args: Namespace) -> int:
    return paint_live(args, fast=False)


def asked_for(args: Namespace, fast: bool = False) -> tuple[Settings, Request]:
    """What the flags mean; `fast` reads a recording as fast as it is painted."""
    import dataclasses

    from allaprima.app.assembly import Request

    settings = _live.settings_of(args)
    rate = args.rate or settings.source.rate
    settings = dataclasses.replace(
        settings, source=dataclasses.replace(settings.source, rate=rate, size=args.size or settings.source.size)
    )
    return settings, Request(
        source=args.source,
        pairs=args.frames,
        as_fast_as_possible=fast,
        loop=args.loop,
        input_layout=args.stereo,
        paint_size=args.size,
        video=args.video,
        record=args.record,
        record_painted=args.painted,
        codec=args.codec,
    )


def paint_live(args: Namespace, fast: bool, hashes: Path | None = None) -> int:
    """One session from flags to result. `hashes`: a file for the digests of what was painted."""
    from contextlib import ExitStack

    from allaprima.app.assembly import assembled
    from allaprima.app.recording.hashes import PictureHashes
    from allaprima.app.recording.recordist import told

    settings, request = asked_for(args, fast)
    with (
        _live.drawing_progress() as progress,
        ExitStack() as stack,
        assembled(settings, request, progress=progress) as parts,
        _live.Interruption(parts.controls) as interruption,
    ):
        digests = stack.enter_context(PictureHashes(hashes)) if hashes else None
        parts.pipeline.on_painted = digests.write if digests else None
        stylizer = parts.brushes.in_hand.stylizer
        _live.say(
            f"{parts.source.name} -> {stylizer.engine} {stylizer.precision} on {stylizer.device} "
            f"-> {parts.headset.name} ({parts.context.description})"
        )
        summary, files = _live.run_session(parts, args.seconds)
        result = _live.result_of(parts, summary, files)
        result["recordings"] = [told(take) for take in parts.recordist.close()]
        result["files"] += [take["file"] for take in result["recordings"]]
        for take in result["recordings"]:
            if take["error"]:
                _live.say(f"{take['error']}; what was recorded until then plays")
        if digests:
            result["hashes"] = {"file": str(digests.path), "pairs": digests.count, "digest": digests.digest}
        if damage := getattr(parts.source, "damage", ""):  # recordings have it, cameras have not
            result["damage"] = damage
            _live.say(f"{parts.source.name}: {damage}")
        _live.report(parts, result, summary, args.report, args.json)
    return interruption.exit_code
