"""`allaprima calibrate board`: a board on paper, at its true size."""

import argparse
from pathlib import Path

from allaprima.app.cli.calibrate import board_flags
from allaprima.app.cli.shared import arguments, overwriting
from allaprima.app.core.console import print_result

HELP = "write a calibration board to print at its true size"


def configure(parser: argparse.ArgumentParser) -> None:
    board_flags.add_flags(parser)
    parser.add_argument("--paper", default="a4", choices=("a4", "a3", "letter"), help="(default: a4)")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("board.pdf"), metavar="FILE", help=".pdf or .png (default: board.pdf)"
    )
    overwriting.add_flag(parser)
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima calibrate board                                      a chessboard of 9x6 inner corners, 25 mm, A4
  allaprima calibrate board --board charuco:11x7 -o charuco.pdf  may be partly hidden, so it reaches the corners
  allaprima calibrate board --paper letter --square 24mm -o board.png

Print it at 100 % ("actual size"), check the printed ruler with a real one, and glue the board to something flat."""


def execute(args: argparse.Namespace) -> int:
    from allaprima.calibration.sheet import board_sheet, write_sheet

    board = board_flags.board_of(args)
    overwriting.check(args, args.output)
    write_sheet(args.output, board_sheet(board, args.paper))
    result = {"file": str(args.output), "board": str(board), "square_m": board.square_m, "paper": args.paper}
    on = f"{board.square_m * 1000:g} mm squares, on {args.paper.upper()}. Print it at 100 %."
    print_result(args.json, result, f"{args.output}: {board}, {on}")
    return 0
