"""`allaprima bench start`."""

import argparse
from typing import Any, TextIO

from allaprima.app.cli.shared import arguments, values
from allaprima.app.core.console import print_json

HELP = "measure the time from the command to the first painted pair, stage by stage"
SIZE = (640, 480)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", default="synthetic", help="source of the first pair (default: synthetic)")
    arguments.add_settings(
        parser, "stylize.pack", "stylize.size", "stylize.engine", auto={"stylize.size": "{}x{}".format(*SIZE)}
    )
    parser.add_argument(
        "--rounds", type=values.count, default=5, metavar="N", help="starts of each kind (default: %(default)s)"
    )
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima bench start
  allaprima bench start --rounds 9 --json

"cold": the cache holds no compiled network; "warm": it does. In both cases the system's file cache holds the files."""


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.bench.start import run
    from allaprima.app.cli.shared.progress import share_bar
    from allaprima.app.packs.pack import load_pack
    from allaprima.app.stylize.prepare import network_size

    stylize = arguments.settings_of(args).stylize
    size = network_size(SIZE, stylize.size or SIZE)
    pack = load_pack(stylize.pack)
    with share_bar() as progress:
        report = run(pack.folder, args.source, size, stylize.engine, args.rounds, progress)
    if args.json:
        print_json(report)
    else:
        print_start(report)
    return 0


def print_start(report: dict[str, Any], stream: TextIO | None = None) -> None:
    """A row a stage, cold and warm; milliseconds."""
    from allaprima.app.report.terminal import figures_table, terminal

    table = figures_table("stage, ms", "cold", "warm")
    for stage, cold in report["cold"]["stages_ms"].items():
        table.add_row(stage, *("-" if ms is None else f"{ms:.0f}" for ms in (cold, report["warm"]["stages_ms"][stage])))
    table.add_section()
    table.add_row("total", f"{report['cold']['total_ms']:.0f}", f"{report['warm']['total_ms']:.0f}", style="bold")
    terminal(stream).print(table)
