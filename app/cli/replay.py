"""`allaprima replay`: paint a recording as a live session would."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from allaprima.app.cli import run
from allaprima.app.cli.shared import arguments, session_request

HELP = "paint a recording, a folder of pairs, a stereo video, two videos or a picture pair"

_CHOICES = {
    f"stylize.{name}"
    for name in ("style", "strength", "crossfade_s", "stroke_size", "keep_colour", "impasto", "near_m", "far_m")
}


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="PATH", help="recording to paint; LEFT,RIGHT where each eye has a file")
    arguments.add_settings(parser, "source.rate")
    parser.add_argument("--fast", action="store_true", help="play as fast as pairs are painted and shown; drop none")
    parser.add_argument("--loop", action="store_true", help="restart at the end")
    session_request.add_stereo(parser)
    parser.add_argument(
        "--no-events",
        dest="reenact",
        action="store_false",
        help="ignore the wearer's choices in the recording; so do --style, --strength, --crossfade, --stroke-size, "
        "--keep-colour, --impasto, --near, --far, and from then on the keys that change what is painted",
    )
    run.add_painting(parser)
    parser.add_argument(
        "--hashes", type=Path, metavar="FILE", help="write one line per painted pair: stamps, pose and digests"
    )
    parser.epilog = """examples:
  allaprima replay walk.mkv                        what `allaprima run --record walk.mkv` has written, as it was painted
  allaprima replay walk.mkv --no-events            ... with the pack's first style from end to end
  allaprima replay recording/                      left/ and right/, image_l/ and image_r/, *_left.* and *_right.*
  allaprima replay walk_sbs.mp4 --style scream
  allaprima replay left.mp4,right.mp4
  allaprima replay recording/ --no-window --report report/
  allaprima replay recording/ --fast --video painted.mp4 --json
  allaprima replay walk.mkv --fast --no-window --precision f32 --hashes walk.hashes   the same file every time"""


def execute(args: Namespace) -> int:
    chosen = {*arguments.given(args), *(text.partition("=")[0].strip() for text in args.set)}
    args.reenact = args.reenact and not chosen & _CHOICES
    return run.paint_live(args, args.fast, args.hashes)
