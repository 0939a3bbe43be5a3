"""`allaprima bench start`."""

from __future__ import annotations

import argparse
from typing import Any, TextIO

from allaprima.app.cli.shared import flags, values
from allaprima.app.core.console import print_json

HELP = "measure the time from the command to the first painted pair, stage by stage"
SIZE = (640, 480)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", default="synthetic", help="source of the first pair (default: synthetic)")
    flags.add_settings(
        parser, "stylize.pack", "stylize.size", "stylize.engine", auto={"stylize.size": "{}x{}".format(*SIZE)}
    )
    parser.add_argument(
        "--rounds", type=values.count, default=5, metavar="N", help="starts of each kind (default: %(default)s)"
    )
    flags.add_json(parser)
    parser.epilog = """examples:
  allaprima bench start
  allaprima bench start --rounds 9 --json

"cold": the cache holds no compiled network; "warm": it does. In both cases the system's file cache holds the files."""


def execute(args: argparse.Namespace) -> int:
    from rich.progress import BarColumn, TextColumn

    from allaprima.app.bench.start import run
    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.packs.pack import load_pack
    from allaprima.app.stylize.prepare import network_size

    stylize = flags.settings_of(args).stylize
    size = network_size(SIZE, stylize.size or SIZE)
    pack = load_pack(stylize.pack)
    with Bars(TextColumn("{task.description}", markup=False), BarColumn()) as bars:
        bar = bars.add_task("", total=1.0)
        report = run(
            pack.folder, args.source, size, stylize.engine, args.rounds,
            lambda name, share: bars.update(bar, description=name, advance=share),
        )  # fmt: skip
    if args.json:
        print_json(report)
    else:
        print_start(report)
    return 0


def print_start(report: dict[str, Any], stream: TextIO | None = None) -> None:
    """A row a stage, cold and warm; milliseconds."""
    from rich import box
    from rich.table import Table

    from allaprima.app.report.terminal import terminal

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("stage, ms")
    for name in ("cold", "warm"):
        table.add_column(name, justify="right")
    for stage, cold in report["cold"]["stages_ms"].items():
        table.add_row(stage, *("-" if ms is None else f"{ms:.0f}" for ms in (cold, report["warm"]["stages_ms"][stage])))
    table.add_section()
    table.add_row("total", f"{report['cold']['total_ms']:.0f}", f"{report['warm']['total_ms']:.0f}", style="bold")
    terminal(stream).print(table)
