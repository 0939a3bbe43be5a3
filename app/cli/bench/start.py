"""`allaprima bench start`."""

from __future__ import annotations

import argparse
from typing import Any, TextIO

from allaprima.app.core.console import print_json
from allaprima.app.core.errors import SettingsError

HELP = "from the command to the first painted pair, stage by stage"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--pack", metavar="FOLDER|NAME", help="style pack (default: the one that comes along)")
    add("--source", default="synthetic", help="what to read the first pair from (default: %(default)s)")
    add("--size", default="640x480", metavar="WxH", help="of each eye (default: %(default)s)")
    add("--engine", default="auto", metavar="NAME", help="auto, openvino, onnxruntime or torch")
    add("--runs", type=int, default=5, metavar="N", help="starts of each kind (default: %(default)s)")
    add("--json", action="store_true", help="print one JSON object on standard output")
    parser.epilog = """examples:
  allaprima bench start
  allaprima bench start --runs 9 --json

"cold": no compiled network in the cache; "warm": it is there. Both with the files in the system's own cache."""


def execute(args: argparse.Namespace) -> int:
    from rich.progress import BarColumn, TextColumn

    from allaprima.app.bench.start import run
    from allaprima.app.cli.bench.speed import sizes_of
    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.packs.pack import default_pack, load_pack
    from allaprima.app.stylize.engines import ENGINES

    if args.runs < 1:
        raise SettingsError(f"--runs {args.runs}: a number of starts is 1 or more", "like --runs 5")
    if args.engine not in ("auto", *ENGINES):
        raise SettingsError(f"there is no engine '{args.engine}'", f"choose auto, {', '.join(ENGINES)}")
    (size,) = sizes_of(args.size)[:1]
    pack = load_pack(args.pack) if args.pack else default_pack()
    with Bars(TextColumn("{task.description}", markup=False), BarColumn()) as bars:
        bar = bars.add_task("", total=1.0)
        report = run(
            pack.folder, args.source, size, args.engine, args.runs,
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
