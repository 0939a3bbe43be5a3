"""The flags that say which board is used."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from allaprima.app.core.errors import CalibrationError, SettingsError

if TYPE_CHECKING:
    from allaprima.app.core.frame import Pixels
    from allaprima.calibration.board import Board

GUESSED = 5
"""Pictures for guessing the board; each takes a tenth of a second."""

_UNITS_M = {"mm": 0.001, "cm": 0.01, "m": 1.0}


def metres(text: str) -> float:
    """A length such as 25mm, 2.5cm or 0.025m; a bare number is millimetres."""
    match = re.fullmatch(r"(\d+|\d*\.\d+) *(mm|cm|m)?", text.strip().lower())
    if not match:
        raise SettingsError(f"{text}: that is not a length", "give a length such as 25mm, 2.5cm or 0.025m")
    return float(match[1]) * _UNITS_M[match[2] or "mm"]


def add_flags(parser: argparse.ArgumentParser, default: str | None = "9x6") -> None:
    note = f" (default: {default})" if default else ""
    parser.add_argument(
        "--board",
        default=default,
        metavar="9x6|charuco:11x7",
        help=f"inner corners of a chessboard, or squares of a ChArUco board{note}",
    )
    parser.add_argument(
        "--square", type=metres, default=0.025, metavar="25mm", help="side of a square as printed (default: 25mm)"
    )


def board_of(args: argparse.Namespace) -> Board:
    """Raises `CalibrationError` for a board that is none."""
    from allaprima.calibration.board import Board

    return Board.parse(args.board, args.square)


def another_board(board: Board, count: int, pairs: int, pictures: list[Pixels]) -> CalibrationError:
    """What to raise where in `count` of `pairs` another board than `board` was found, as in `pictures`."""
    from allaprima.calibration.board import board_hint

    return CalibrationError(
        f"this is no {board}: what was found in {count} of {pairs} pairs has more corners, or others",
        board_hint(board, pictures),
    )
