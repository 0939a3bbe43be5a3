"""`allaprima calibrate solve`: from pairs of pictures of a board to a rig file."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.calibrate import board_flags, picture_pairs
from allaprima.app.cli.shared import arguments, overwriting
from allaprima.app.core.console import print_json, printable
from allaprima.app.core.errors import CalibrationError, RecordingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from allaprima.app.core.frame import Pixels
    from allaprima.calibration.board import Board
    from allaprima.calibration.solve import Solution, View

HELP = "compute the cameras from pictures of the board, and write the rig file"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "views", nargs="+", metavar="DIR|PATTERN", help="a folder of left and right pictures, or a pattern: 'v/*.png'"
    )
    board_flags.add_flags(parser)
    parser.add_argument("--fisheye", action="store_true", help="lenses of more than about 120 degrees")
    parser.add_argument("--swap-eyes", action="store_true", help="swap the pictures named left and right")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the rig file to write, such as rig.toml")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write a page with pictures into this folder")
    overwriting.add_flag(parser)
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima calibrate solve views/ -o rig.toml
  allaprima calibrate solve views/ --board charuco:11x7 --square 24.6mm -o rig.toml --report report/
  allaprima calibrate solve 'shots/*.jpg' --board 9x6 --fisheye --json

Pairs are left01.jpg and right01.jpg in one folder, or left/01.jpg and right/01.jpg. Views that are blurred or do not
fit are left out, with the reason. So are unreadable pictures; the exit code is then 3. A mean vertical error below
0.3 px is good; the eyes notice 1 px and more."""


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.report.calibration import write_page
    from allaprima.calibration.rig_file import write_rig
    from allaprima.calibration.solve import solve

    board = board_flags.board_of(args)
    overwriting.check(args, args.output, args.report and args.report / "index.html")
    pairs = picture_pairs.find(args.views)
    if args.swap_eyes:
        pairs = [(right, left) for left, right in pairs]
    with _progress() as say:
        views, unseen, broken, size = _seen(pairs, board, say)
        say("solving")
        solution = solve(views, board, size, "fisheye" if args.fisheye else "pinhole")
    unread = [(name, error.message) for name, error in broken]
    solution = dataclasses.replace(solution, dropped=(*unread, *unseen, *solution.dropped))
    files = []
    if args.output:
        write_rig(args.output, solution.rig)
        files.append(args.output)
    if args.report:
        by_name = {_name(pair): pair for pair in pairs}
        shown = [by_name[v.view.name] for v in solution.used]
        pictures = zip(shown, picture_pairs.read(shown), strict=True)
        readable = ((_name(p), *eyes) for p, eyes in pictures if not isinstance(eyes, RecordingError))
        files.append(write_page(args.report, solution, board, readable))
    if args.json:
        print_json(_result(solution, board, len(pairs), files))
    else:
        _print(solution, len(pairs), files)
    return RecordingError.exit_code if broken else 0


def _seen(
    pairs: list[tuple[Path, Path]], board: Board, say: Callable[[str], None]
) -> tuple[list[View], list[tuple[str, str]], list[tuple[str, RecordingError]], tuple[int, int]]:
    """The views that show the board to both cameras, those that do not with the reason, those that cannot be read, and
    the pictures' size.
    """
    from allaprima.calibration.board import board_hint
    from allaprima.calibration.solve import FEWEST_VIEWS, View

    views: list[View] = []
    unseen: list[tuple[str, str]] = []
    broken: list[tuple[str, RecordingError]] = []
    size = 0, 0
    strange = 0
    shown: list[Pixels] = []  # that are no good, to guess the board from
    for number, (paths, pictures) in enumerate(zip(pairs, picture_pairs.read(pairs), strict=True), 1):
        if isinstance(pictures, RecordingError):
            broken.append((_name(paths), pictures))
            continue
        left, right = pictures
        size = left.shape[1], left.shape[0]
        say(f"looking for the board: {number} of {len(pairs)}, seen in {len(views)}")
        seen = board.find(left), board.find(right)
        if not (seen[0] and seen[1]):
            missing = [path.name for path, sighting in zip(paths, seen, strict=True) if sighting is None]
            unseen.append((_name(paths), f"no {board} in {' and '.join(missing)}"))
            shown = [*shown, right if seen[0] else left][: board_flags.GUESSED]
        elif not (seen[0].whole and seen[1].whole):
            strange += 1
            shown = [right if seen[0].whole else left, *shown][: board_flags.GUESSED]
            unseen.append((_name(paths), f"what was found is not the whole of a {board}"))
        else:
            views.append(View(_name(paths), seen[0], seen[1]))
    if broken and len(views) < FEWEST_VIEWS:
        raise broken[0][1]
    if strange > len(views):
        raise board_flags.another_board(board, strange, len(pairs), shown)
    if not views:
        raise CalibrationError(
            f"no {board} was found by both cameras in any of {len(pairs)} pairs", board_hint(board, shown)
        )
    return views, unseen, broken, size


def _name(paths: tuple[Path, Path]) -> str:
    return paths[0].stem if paths[0].parent == paths[1].parent else f"{paths[0].parent.name}/{paths[0].stem}"


def _result(solution: Solution, board: Board, given: int, files: list[Path]) -> dict[str, Any]:
    rig = solution.rig
    return {
        "views": given,
        "views_used": len(solution.used),
        "rms_px": solution.rms_px,
        "left_rms_px": solution.left_rms_px,
        "right_rms_px": solution.right_rms_px,
        "focal_px": sum([*rig.left.focal, *rig.right.focal]) / 4,
        "left_focal_px": rig.left.focal,
        "right_focal_px": rig.right.focal,
        "baseline": rig.baseline_m,
        "vertical_px": solution.vertical_px,
        "coverage": solution.coverage,
        "board": str(board),
        "square_m": board.square_m,
        "size": rig.size,
        "lens": rig.left.lens,
        "per_view": [
            {"name": v.view.name, "rms_px": v.rms_px, "vertical_px": v.vertical_px, "tilt_deg": v.tilt_deg}
            for v in solution.used
        ],
        "dropped": [{"name": name, "reason": reason} for name, reason in solution.dropped],
        "advice": solution.advice,
        "files": [str(file) for file in files],
    }


def _print(solution: Solution, given: int, files: list[Path]) -> None:
    from rich.text import Text

    from allaprima.app.report.terminal import figures_table, terminal

    console = terminal()
    views = figures_table("view", "rms px", "vertical px", "tilt")
    for v in solution.used:
        views.add_row(Text(v.view.name), f"{v.rms_px:.2f}", f"{v.vertical_px:.2f}", f"{v.tilt_deg:.0f}°")
    console.print(views)
    rig = solution.rig
    rows = {
        "views used": f"{len(solution.used)} of {given}",
        "error, both cameras": f"{solution.rms_px:.3f} px, root mean square",
        "error, each alone": f"{solution.left_rms_px:.3f} and {solution.right_rms_px:.3f} px",
        "vertical error": f"{solution.vertical_px:.3f} px, the mean after rectification",
        "focal length": f"{rig.left.focal[0]:.1f} and {rig.right.focal[0]:.1f} px",
        "baseline": f"{rig.baseline_m * 1000:.1f} mm",
        "covered by boards": f"{solution.coverage[0]:.0%} of the left, {solution.coverage[1]:.0%} of the right picture",
    }
    for name, value in rows.items():
        console.print(Text(f"{name:<20} {value}"))
    warnings = [f"left out {name}: {reason}" for name, reason in solution.dropped]
    for line in (*warnings, *(f"advice: {advice}" for advice in solution.advice)):
        console.print(Text(line, style="yellow"))
    for file in files:
        console.print(Text(f"wrote {file}"))


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A line on standard error that is replaced, where that is a terminal; else nothing."""
    from allaprima.app.report.terminal import terminal

    console = terminal(stderr=True)
    if not console.is_terminal:
        yield lambda text: None
        return
    with console.status("") as status:
        yield lambda text: status.update(printable(text))
