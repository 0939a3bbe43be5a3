"""`allaprima bench depth`."""

import argparse
from pathlib import Path
from typing import Any, TextIO

from allaprima.app.cli.shared import arguments
from allaprima.app.core.console import print_json, say

HELP = "measure estimated distances: error, steadiness and cost"
COLUMNS = {
    "median_error": "median error",
    "within_10": "within 10 %",
    "within_2px": "within 2 px",
    "flicker_still": "flicker, still",
    "flicker_turning": "turning",
    "ms": "ms",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="fewer moments of the room")
    parser.add_argument(
        "--stereo",
        type=Path,
        metavar="DIR",
        help="folder with aloe/ and kitti_street/ (default: the data folder's stereo/)",
    )
    arguments.add_set(parser)
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima bench depth
  allaprima bench depth --quick --json > depth.json

docs/depth.md defines each figure. A "!" marks what misses its limit."""


def execute(args: argparse.Namespace) -> int:
    from rich.progress import BarColumn, TextColumn

    from allaprima.app.bench.depth import run
    from allaprima.app.cli.shared.progress import Bars
    from allaprima.models.judging.weights import data_folder

    with Bars(TextColumn("{task.description}", markup=False), BarColumn()) as bars:
        bar = bars.add_task("", total=1.0)
        report = run(
            arguments.settings_of(args).source.size,
            args.quick,
            args.stereo or data_folder() / "stereo",
            lambda name, share: bars.update(bar, description=name, advance=share),
            say,
        )
    if args.json:
        print_json(report)
    else:
        print_depth(report)
    return 0


def print_depth(report: dict[str, Any], stream: TextIO | None = None) -> None:
    """A row a scene and estimator."""
    from allaprima.app.report.terminal import figures_table, terminal

    missed = {(limit["scene"], limit["key"]) for limit in report["limits"] if limit["passed"] is False}
    table = figures_table("scene, depth", *COLUMNS.values())
    for scene, estimators in report["scenes"].items():
        for kind, values in estimators.items():
            marks = {key: "!" if kind == "matched" and (scene, key) in missed else "" for key in COLUMNS}
            table.add_row(f"{scene}, {kind}", *(_figure(key, values[key]) + marks[key] for key in COLUMNS))
    terminal(stream).print(table)


def _figure(key: str, value: float | None) -> str:
    if value is None:
        return "-"
    if key == "ms":
        return f"{value:.1f}"
    return f"{value:.1%}" if key.startswith("within") else f"{value:.2%}"
