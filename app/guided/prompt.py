"""The instructions for the person who holds the calibration board."""

from dataclasses import dataclass
from typing import Literal

from allaprima.calibration.board import Board
from allaprima.calibration.capture import ENOUGH_TILTED, Look, Progress, ViewQuality, place_name

Mood = Literal["calm", "busy", "good", "bad"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """`headline` is read from three metres away, `line` explains it."""

    headline: str
    line: str
    mood: Mood


def prompt(look: Look, board: Board, wanted: int, mirrored: bool) -> Prompt:
    """The instruction after `look`; `wanted` is the number of views. Places are on the (maybe mirrored) screen."""
    match look.verdict:
        case ViewQuality.TAKEN if look.progress.count >= wanted:
            return Prompt("Done", f"{look.progress.count} views taken", "good")
        case ViewQuality.TAKEN:
            then, how = _next(look.progress, mirrored)
            return Prompt(f"Taken: {look.progress.count} of {wanted}", f"{then.lower()}, {how}", "good")
        case ViewQuality.MOVING:
            return Prompt("Hold still", "it is taken when nothing moves", "busy")
        case ViewQuality.BLURRED:
            return Prompt("Blurred", "more light, or hold it stiller", "bad")
        case ViewQuality.KNOWN:
            return Prompt(*_next(look.progress, mirrored), "calm")
        case ViewQuality.ONE_EYE:
            return Prompt("One camera only", "both pictures are the same: is one unplugged?", "bad")
        case ViewQuality.ANOTHER_BOARD:
            return Prompt(f"Not the {board}", _another(look) or "it has more corners, or a part of it is hidden", "bad")
        case ViewQuality.NO_BOARD:
            return _unseen(look, board)


def _next(progress: Progress, mirrored: bool) -> tuple[str, str]:
    if progress.wanted:
        return f"Move to {place_name(progress.wanted, mirrored)}", "into the frame, near or far, tilted"
    if progress.tilted < ENOUGH_TILTED:
        return "Tilt it", "by 30 degrees, to every side"
    return "Nearer or further", "or tilted otherwise"


def _unseen(look: Look, board: Board) -> Prompt:
    if look.left and look.right:
        return Prompt("Show more of it", "both cameras must see the same corners", "calm")
    if look.left or look.right:
        seeing, blind = ("left", "right") if look.left else ("right", "left")
        return Prompt(f"Only the {seeing} camera sees it", f"all of it must be in the {blind} picture, too", "busy")
    return Prompt("Show the board", _another(look) or f"all of the {board}, to both cameras", "calm")


def _another(look: Look) -> str:
    return f"it looks like --board {look.guess[0]}x{look.guess[1]}: end this, and name it" if look.guess else ""
