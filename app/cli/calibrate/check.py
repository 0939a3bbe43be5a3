"""`allaprima calibrate check`: whether a rig file still fits its cameras."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.calibrate import board_flags, source_flags
from allaprima.app.cli.shared import arguments, overwriting, values
from allaprima.app.cli.shared.result import report_damage
from allaprima.app.core.console import print_json, print_lines
from allaprima.app.core.errors import CalibrationError, SourceEnded

if TYPE_CHECKING:
    from allaprima.app.core.frame import Pixels, StereoFrame
    from allaprima.app.sources.source import StereoSource
    from allaprima.calibration.epipolar import Matches
    from allaprima.calibration.rectify import Rectification

HELP = "measure how well a rig file fits its cameras, and draw the result"

_GOOD_PX = 1.0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rig", type=Path, metavar="RIG", help="a rig file, or a calibration file of OpenCV or KITTI")
    source_flags.add_flags(parser)
    parser.add_argument("--pairs", type=values.count, default=10, metavar="N", help="pairs to look at (default: 10)")
    board_flags.add_flags(parser, default=None)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="draw the last pair, raw and rectified, as .png"
    )
    overwriting.add_flag(parser)
    arguments.add_json(parser)
    parser.epilog = f"""examples:
  allaprima calibrate check rig.toml --source views/ --board 9x6 -o check.png
  allaprima calibrate check rig.toml --source walk_sbs.mp4 --json
  allaprima calibrate check calib.txt --source street/

Without --board it matches features between both pictures, which is accurate to about half a pixel. The exit code is 1
if the vertical error is {_GOOD_PX:g} px or more, or left and right are swapped."""


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.recording.picture import write_picture
    from allaprima.app.sources.rectified import check_sizes
    from allaprima.app.sources.rig import load_rig
    from allaprima.calibration.epipolar import epipolar_picture
    from allaprima.calibration.rectify import rectification

    board = board_flags.board_of(args) if args.board else None
    overwriting.check(args, args.output)
    with source_flags.opened(args, source_flags.settings_of(args)) as source:
        rig = load_rig(args.rig, source.size)
        check_sizes(rig, source)
        rectified = rectification(rig)
        matches, frame, own = _matched(source, rectified, args, board)
    vertical = matches.vertical_px
    result: dict[str, Any] = {
        "pairs": args.pairs,
        "matches": len(vertical),
        "by": str(board) if board else "features",
        "vertical_px": float(vertical.mean() if board else _median(vertical)),
        "vertical_p95_px": _quantile(vertical, 0.95),
        "disparity_px": _median(matches.disparity_px),
        "swapped": _median(matches.disparity_px) < 0,
        "baseline": rig.baseline_m,
    }
    damaged = report_damage(source, result)
    result["good"] = result["vertical_px"] < _GOOD_PX and not result["swapped"]
    if args.output:
        write_picture(args.output, epipolar_picture(rectified, frame.left, frame.right, own))
        result["files"] = [str(args.output)]
    _print(result, args)
    return damaged if result["good"] else 1


def _matched(
    source: StereoSource, rectified: Rectification, args: argparse.Namespace, board: Any
) -> tuple[Matches, StereoFrame, Matches]:
    """What is seen in both eyes in all pairs, the last pair that had any, and what was seen in that."""
    from allaprima.calibration.board import board_hint
    from allaprima.calibration.epipolar import FEWEST_MATCHES, board_matches, feature_matches

    everything: Matches | None = None
    last: tuple[StereoFrame, Matches] | None = None
    looked = used = strange = 0
    shown: list[Pixels] = []  # that are no good, to guess the board from
    while looked < args.pairs:
        try:
            frame = source.read(10)
        except SourceEnded:
            break
        looked += 1
        if board:
            left, right = board.find(frame.left), board.find(frame.right)
            if not (left and right):
                shown = [*shown, frame.right if left else frame.left][: board_flags.GUESSED]
                continue
            if not (left.whole and right.whole):
                strange += 1
                shown = [frame.right if left.whole else frame.left, *shown][: board_flags.GUESSED]
                continue
            found = board_matches(rectified, left, right)
        else:
            found = feature_matches(rectified.left.remap(frame.left), rectified.right.remap(frame.right))
        if len(found.left):
            used += 1
            everything = everything.joined(found) if everything else found
            last = frame, found
    if board and strange > used:
        raise board_flags.another_board(board, strange, looked, shown)
    if everything is None or last is None or len(everything.left) < FEWEST_MATCHES:
        what = str(board) if board else "thing"
        raise CalibrationError(
            f"no {what} was recognised by both cameras in {looked} pairs of {source.name}",
            board_hint(board, shown) if board else "look at something with detail, or show a board: --board 9x6",
        )
    return everything, *last


def _print(result: dict[str, Any], args: argparse.Namespace) -> None:
    if args.json:
        print_json(result)
        return
    print_lines(
        f"vertical error {result['vertical_px']:.2f} px, 95 % below {result['vertical_p95_px']:.2f} "
        f"({result['matches']} matches by {result['by']})"
    )
    if result["swapped"]:
        print_lines("left and right are swapped: things are further right in the right eye")
    elif not result["good"]:
        print_lines(f"that is seen: calibrate again, or check that nothing has moved (good is below {_GOOD_PX:g} px)")
    for file in result.get("files", []):
        print_lines(f"wrote {file}")


def _median(values: Any) -> float:
    return _quantile(values, 0.5)


def _quantile(values: Any, q: float) -> float:
    import numpy as np

    return float(np.quantile(values, q))
