"""`allaprima replay`: paint a recording as a live session would."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from allaprima.app.cli import _live, run

HELP = "paint a recording: a folder of pairs, a stereo video, two videos, or a picture pair"


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="PATH", help="recording to paint; LEFT,RIGHT where each eye has a file")
    parser.add_argument("--rate", type=_live.positive, metavar="HZ", help="pairs a second (default: as recorded)")
    parser.add_argument("--fast", action="store_true", help="as fast as it is painted and shown; no pair is dropped")
    parser.add_argument("--loop", action="store_true", help="begin again at its end")
    parser.add_argument("--stereo", default="auto", choices=_live.STEREO, help="how it holds its two eyes")
    _live.add_flags(parser)
    parser.epilog = """examples:
  allaprima replay recording/                      left/ and right/, image_l/ and image_r/, *_left.* and *_right.*
  allaprima replay walk_sbs.mp4 --style scream
  allaprima replay left.mp4,right.mp4
  allaprima replay recording/ --no-window --report report/
  allaprima replay recording/ --fast --video painted.mp4 --json"""


def execute(args: Namespace) -> int:
    return run.paint_live(args, fast=args.fast)
