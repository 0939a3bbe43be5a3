"""`allaprima bench speed`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.app.cli.shared import arguments, overwriting, values
from allaprima.app.core.console import print_json, say
from allaprima.app.core.errors import SettingsError
from allaprima.app.core.values import Size, Value
from allaprima.app.settings_and_flags import declared

if TYPE_CHECKING:
    from allaprima.app.bench.speed.contenders import Variant

HELP = "measure milliseconds per pair, and compare with the processor's peak"


def configure(parser: argparse.ArgumentParser) -> None:
    arguments.add_settings(parser, "stylize.pack")
    add = parser.add_argument
    add("--sizes", default="320x240,640x480,1280x720", metavar="WxH,WxH", help="of each eye (default: %(default)s)")
    add("--engines", metavar="NAME[:PRECISION],...", help="openvino, onnxruntime, torch; or one in a precision, as "
        "openvino:f32 (default: openvino, that in f32 and in int8, and the others that are installed)")  # fmt: skip
    add("--rounds", type=values.count, default=15, metavar="N", help="number of timings of each (default: %(default)s)")
    add("--report", type=Path, metavar="DIR", help="write speed.json and speed.md into this folder")
    overwriting.add_flag(parser)
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima bench speed
  allaprima bench speed --sizes 640x480 --json
  allaprima bench speed --engines torch --sizes 640x480,1440x1440

Figures are medians of interleaved rounds: compare within a run, not between runs. docs/performance.md defines them."""


def sizes_of(text: str) -> tuple[Size, ...]:
    """The sizes named, as networks take them. Raises `SettingsError`."""
    from allaprima.app.stylize.prepare import network_size

    size = Value(Size, declared()["stylize.size"].value.within)
    try:
        sizes = [size(part.strip()) for part in text.split(",")]
    except SettingsError as error:
        raise SettingsError(f"--sizes {error.message}", "like --sizes 320x240,640x480") from None
    return tuple(dict.fromkeys(network_size(one, one) for one in sizes))


def variants_of(text: str | None) -> tuple[Variant, ...]:
    """The named engines, each with its precision; the default ones without a name. Raises `SettingsError`."""
    from allaprima.app.bench.speed.contenders import VARIANTS, Variant
    from allaprima.app.stylize.engines import ENGINES

    if text is None:
        return VARIANTS
    variants = []
    for part in text.split(","):
        engine, _, precision = part.strip().partition(":")
        values.listed(engine, ENGINES, "engine")
        values.listed(precision or "auto", declared()["stylize.precision"].value.choices, "precision")
        variants.append(Variant(engine, precision or "auto"))
    return tuple(variants)


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.bench.speed.run import SpeedSettings, run
    from allaprima.app.bench.speed.table import print_speed, write_speed
    from allaprima.app.cli.shared.progress import share_bar
    from allaprima.app.core.clock import SystemClock
    from allaprima.app.latency.report import check_folder
    from allaprima.app.packs.pack import load_pack

    settings = SpeedSettings(sizes=sizes_of(args.sizes), variants=variants_of(args.engines), rounds=args.rounds)
    pack = load_pack(arguments.settings_of(args).stylize.pack)
    if args.report:
        check_folder(args.report)
        overwriting.check(args, args.report / "speed.json")
    with share_bar() as progress:
        report = run(pack, settings, SystemClock(), progress, say)
    if args.report:
        for path in write_speed(args.report, report):
            say(f"wrote {path}")
    if args.json:
        print_json(report)
    else:
        print_speed(report)
    return 0
