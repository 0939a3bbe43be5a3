"""`allaprima calibrate capture`: collects views of the board while somebody shows it around."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli.calibrate import board_flags, source_flags
from allaprima.app.cli.shared import arguments, values
from allaprima.app.core.clock import NS
from allaprima.app.core.console import print_json, print_lines, rewrite, say
from allaprima.app.core.errors import CalibrationError
from allaprima.app.core.interruption import Interruption

if TYPE_CHECKING:
    from allaprima.app.guided.collector import Collector
    from allaprima.app.mirror.picture_window import PictureWindow
    from allaprima.app.sources.source import StereoSource
    from allaprima.calibration.board import Board
    from allaprima.calibration.capture import Look

HELP = "collect views of the board from cameras or a recording, hands-free"

_WINDOW = (1280, 720)
_FRAME_NS = NS // 30  # the window leaves the processor to the search for the board
_DONE_NS = 2 * NS  # so long the window says that it is done


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder for the views; existing ones stay")
    source_flags.add_flags(parser)
    board_flags.add_flags(parser)
    parser.add_argument("--views", type=values.count, default=20, metavar="N", help="stop after N views (default: 20)")
    arguments.add_settings(parser, "mirror.window")
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima calibrate capture views/ --source cameras:0,1
  allaprima calibrate capture views/ --source camera:0 --stereo sbs --camera-size 2560x720
  allaprima calibrate capture views/ --source cameras:http://left.local/stream,http://right.local/stream --no-window
  allaprima calibrate capture views/ --source board_sbs.mkv --board charuco:11x7 --views 30

Hold the board still for a moment, near and far, tilted, in every corner of the picture. A window shows both cameras
as a mirror does, the covered area, and where to move the board next. When a view is taken, the window flashes and the
terminal beeps. Keys: m switches mirroring, f full screen; esc, q or ctrl-C ends the capture and keeps all views.
Without a display, the terminal shows the progress, and preview.jpg in the folder shows the covered area. Run the
cameras with the size and focus of later use. `calibrate solve` takes a folder of separate pictures without capture."""


def execute(args: argparse.Namespace) -> int:
    from contextlib import ExitStack

    from allaprima.app.guided.collector import Collector

    board = board_flags.board_of(args)
    settings = source_flags.settings_of(args)
    with ExitStack() as stack:
        source = stack.enter_context(source_flags.opened(args, settings))
        window = _open_window(settings.mirror.window)
        if window:
            stack.callback(window.close)
        collector = Collector(source, board, args.folder, args.views, lambda look: _say(look, args.views))
        interruption = stack.enter_context(Interruption(collector))
        try:
            collector.start()
            if window:
                _watch(collector, window, source, board, args.views)
            while collector.running:
                collector.looks.take(1.0)
        finally:
            collector.stop()
    if sys.stderr.isatty():
        rewrite("", end="\n")
    _report(collector, board, args)
    return interruption.exit_code


def _report(collector: Collector, board: Board, args: argparse.Namespace) -> None:
    """The result; an error if there are no views although the user did not end the capture."""
    progress, pairs = collector.last.progress, collector.verdicts.total()
    if not progress.count and not collector.quit:
        most = collector.verdicts.most_common(1)
        guess = collector.last.guess
        raise CalibrationError(
            f"no view of a {board} was taken in {pairs} pairs of {args.source} "
            f"(most often: {most[0][0].value if most else 'no pairs came'})",
            f"it looks like --board {guess[0]}x{guess[1]}"
            if guess
            else "show all of the board to both cameras, well lit, and hold it still; or name it: --board 9x6",
        )
    result = {
        "views": progress.count,
        "pairs": pairs,
        "verdicts": {verdict.value: times for verdict, times in collector.verdicts.items()},
        "coverage": progress.coverage,
        "tilted": progress.tilted,
        "folder": str(args.folder),
    }
    if args.json:
        print_json(result)
        return
    left, right = progress.coverage
    spec = f"--board {args.board} --square {args.square * 1000:g}mm"
    print_lines(
        f"{progress.count} views in {args.folder}, over {left:.0%} of the left and {right:.0%} of the right picture"
    )
    if progress.count:
        print_lines(f"allaprima calibrate solve {args.folder} {spec} -o rig.toml")


def _open_window(wanted: bool) -> PictureWindow | None:
    from allaprima.app.mirror.picture_window import PictureWindow
    from allaprima.app.mirror.window import display_available

    if not wanted:
        return None
    if not display_available():
        say("no display, so no window (--no-window says so too)")
        return None
    return PictureWindow("Alla Prima: show the board", _WINDOW)


def _watch(collector: Collector, window: PictureWindow, source: StereoSource, board: Board, wanted: int) -> None:
    """The window, until the collector ends, or a little longer if it has all it wanted."""
    from allaprima.app.core.clock import now_ns
    from allaprima.app.guided.picture import CapturePicture

    picture = CapturePicture(board, wanted)
    frame, look, drawn_ns = None, collector.last, 0
    until_ns: int | None = None
    while until_ns is None or now_ns() < until_ns:
        frame = collector.frames.take(_FRAME_NS / NS) or frame
        look = collector.looks.take() or look
        if frame and min(window.size) > 0 and now_ns() - drawn_ns >= _FRAME_NS:
            drawn_ns = now_ns()
            window.show(picture.draw(frame, look, window.size, drawn_ns, getattr(source, "status", "")))
        for command in window.poll():
            if command.name == "quit":
                collector.quit, until_ns = True, 0
            elif command.name == "layout":
                picture.mirrored = not picture.mirrored
        if until_ns is None and not collector.running and collector.looks.empty:
            until_ns = now_ns() + (_DONE_NS if look.progress.count >= wanted else 0)


def _say(look: Look, wanted: int) -> None:
    """One line, replaced, on a terminal; elsewhere a line a view."""
    from allaprima.calibration.capture import ViewQuality

    progress, taken = look.progress, look.verdict is ViewQuality.TAKEN
    where = f"; next {progress.advice}" if progress.count else ""
    line = f"{progress.count} of {wanted} views, {min(progress.coverage):.0%} covered, {progress.tilted} tilted{where}"
    if look.guess:
        line = f"it looks like --board {look.guess[0]}x{look.guess[1]}"
    if sys.stderr.isatty():
        rewrite(f"{look.verdict.value}  ({line})", bell=taken)
    elif taken:
        say(line)
