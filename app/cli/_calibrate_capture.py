"""`allaprima calibrate capture`: collects views of the board while somebody shows it around."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli import _board, _live
from allaprima.app.core.errors import INTERRUPTED, CalibrationError, SourceEnded, Stalled

if TYPE_CHECKING:
    from allaprima.app.sources.source import StereoSource
    from allaprima.calibration.board import Board
    from allaprima.calibration.capture import Verdict, ViewTaker

HELP = "collect views of the board from the cameras, or from a recording, hands free"

_PREVIEW = "preview.jpg"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path, metavar="DIR", help="where views are put, beside those that are there")
    parser.add_argument("--source", required=True, metavar="SOURCE", help="where pairs come from, as for `run`")
    parser.add_argument("--stereo", default="auto", choices=_live.STEREO, help="how a recording holds its two eyes")
    _board.add_flags(parser)
    parser.add_argument("--views", type=_live.count, default=20, metavar="N", help="stop after so many (default: 20)")
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    parser.epilog = """examples:
  allaprima calibrate capture views/ --source SOURCE
  allaprima calibrate capture views/ --source board_sbs.mkv --board charuco:11x7 --views 30

Hold the board still for a moment, near and far, tilted, in every corner of the picture. It beeps when it has taken a
view, and says where to go next; preview.jpg in the folder shows what is covered. ctrl-C ends it; all views stay.
A folder of separate pictures needs no capture: give it to `calibrate solve`."""


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.sources.recording import open_source
    from allaprima.calibration.capture import ViewTaker

    board = _board.board_of(args)
    number = _next_number(args.folder)
    seen: dict[str, int] = {}
    interrupted = False
    with open_source(args.source, pace="fast", layout=args.stereo) as source:
        taker = ViewTaker(board, source.size)
        try:
            while taker.count < args.views:
                verdict = _look(source, board, taker, args.folder, number + taker.count)
                seen[verdict.value] = seen.get(verdict.value, 0) + 1
                _say(verdict, taker, args.views)
        except SourceEnded:
            pass
        except KeyboardInterrupt:
            interrupted = True
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if not taker.count and not interrupted:
        most = max(seen, key=lambda reason: seen[reason]) if seen else "no pairs came"
        raise CalibrationError(
            f"no view of a {board} was taken in {sum(seen.values())} pairs of {args.source} (most often: {most})",
            "show all of the board to both cameras, well lit, and hold it still; or name it: --board 9x6",
        )
    result = {
        "views": taker.count,
        "pairs": sum(seen.values()),
        "verdicts": seen,
        "coverage": taker.coverage,
        "tilted": taker.tilted,
        "folder": str(args.folder),
    }
    if args.json:
        print(json.dumps(result))
    else:
        left, right = taker.coverage
        spec = f"--board {args.board} --square {args.square * 1000:g}mm"
        print(f"{taker.count} views in {args.folder}, over {left:.0%} of the left and {right:.0%} of the right picture")
        print(f"allaprima calibrate solve {args.folder} {spec} -o rig.toml")
    return INTERRUPTED if interrupted else 0


def _look(source: StereoSource, board: Board, taker: ViewTaker, folder: Path, number: int) -> Verdict:
    """The next pair, kept if it is good."""
    from allaprima.app.recording.picture import write_picture
    from allaprima.calibration.capture import Verdict, preview

    while True:
        try:
            frame = source.read(1)
            break
        except Stalled:
            continue
    left = board.find(frame.left)
    right = board.find(frame.right) if left else None
    verdict = taker.consider(left, right)
    if verdict is Verdict.TAKEN:
        write_picture(folder / f"left{number:03}.png", frame.left)
        write_picture(folder / f"right{number:03}.png", frame.right)
        write_picture(folder / _PREVIEW, preview(taker, frame.left, frame.right))
    return verdict


def _next_number(folder: Path) -> int:
    """After the highest number there, so that nothing is overwritten."""
    taken = [re.fullmatch(r"(?:left|right)(\d+)", p.stem) for p in folder.glob("*.*")] if folder.is_dir() else []
    return max((int(match[1]) for match in taken if match), default=0) + 1


def _say(verdict: Verdict, taker: ViewTaker, wanted: int) -> None:
    """One line, replaced, on a terminal; elsewhere a line a view."""
    from allaprima.calibration.capture import Verdict

    left, right = taker.coverage
    taken = verdict is Verdict.TAKEN
    where = f"; next towards {taker.wanted}" if taker.count else ""
    line = f"{taker.count} of {wanted} views, {min(left, right):.0%} covered, {taker.tilted} tilted{where}"
    if sys.stderr.isatty():
        bell = "\a" if taken else ""
        print(f"\r\x1b[2K{bell}{verdict.value}  ({line})", end="", file=sys.stderr, flush=True)
    elif taken:
        print(line, file=sys.stderr, flush=True)
