"""`allaprima styles train`: a pack of one's own paintings."""

from __future__ import annotations

import argparse
import math
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.shared import arguments
from allaprima.app.core.console import fail, print_json, print_lines, say
from allaprima.app.core.errors import EngineError, OutputError, TrainingError
from allaprima.app.core.shell import install
from allaprima.app.core.values import Value, Within
from allaprima.models.recipe import Recipe

if TYPE_CHECKING:
    from allaprima.app.cli.shared.progress import Bars
    from allaprima.models.training.finish import TrainedStyles
    from allaprima.models.training.plan import Plan

HELP = "train a pack from your own paintings"
RESUME = "what was trained is kept: go on with the same command and --resume"
_NEW, _ADDED = Recipe(), Recipe.adding("")
_STEPS, _TIME = Value(int, Within(1, 1e6)), Value(float, Within(0.01, 1e6))


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """Each painting becomes a style. A new pack takes hours on a CPU. With --into, only a new row is
trained in an existing pack, which takes minutes; its other styles stay the same, bit for bit.

examples:
  allaprima styles train --style mine.jpg --into first --minutes 10
      copies the pack `first` to your own packs and adds the style `mine`
  allaprima styles train --style a.jpg b.jpg --name dawn dusk --into ./my-pack --stroke-size 1.5
  allaprima styles train --style paintings/*.jpg --photos photos/ -o my-pack --iterations 40000
  allaprima styles train --style paintings/*.jpg --from my-pack --settle 0 --minutes 60 -o my-pack-2
  allaprima styles train ... --resume          continue after an interruption
  torchrun --nproc-per-node 4 -m allaprima.app styles train ... --pairs 8        on four GPUs"""
    _add_what(parser)
    _add_how(parser)
    where = parser.add_argument_group("where").add_argument
    where("--run", type=Path, metavar="DIR", help="folder for checkpoints, log, plot and preview (default: PACK.run)")
    where("--resume", action="store_true", help="continue from the run's checkpoint")
    where("--export-only", action="store_true", help="write the pack from the run's present checkpoint")
    where("--device", choices=("auto", "cpu", "cuda"), default="auto", help="(default: %(default)s)")
    where("--no-compile", action="store_true", help="do not use torch.compile; about half the speed")
    where("--threads", type=Value(int, Within(1, 1024)), metavar="N", help="CPU threads (default: all)")
    arguments.add_json(parser)


def _add_what(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what")
    what = group.add_argument
    what("--style", nargs="+", type=Path, required=True, metavar="IMG", help="paintings, one style each")
    what("--name", nargs="+", default=[], metavar="NAME", help="names of the styles (default: the file names)")
    base = group.add_mutually_exclusive_group().add_argument
    base("--into", metavar="PACK", help="add the styles to this pack: a folder, or the name of an installed pack")
    base("--from", dest="start", metavar="PACK", help="continue training this pack's whole network on these paintings")
    what("--unfreeze", action="store_true", help="with --into, train the whole network; its other styles change, too")
    what("-o", "--output", type=Path, metavar="DIR", help="pack folder to write (default: among your own packs)")
    what("--title", help="title of the pack (default: the folder's name, or the old pack's)")
    what("--about", type=Path, metavar="FILE", help="TOML file with title, artist, year ... of each painting")
    what(
        "--preview",
        type=Path,
        metavar="IMG",
        help="picture to paint the previews from (default: three of the project's own)",
    )
    what("--note", default="", help="a line about the training for the pack's card")
    what("--keep-failed", action="store_true", help="keep styles that are blank, mere tints or weak")


def _add_how(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how")
    how = group.add_argument
    how("--photos", type=Path, metavar="DIR", help="photos to train on, a few hundred or more ($ALLAPRIMA_DATA/photos)")
    how("--videos", type=Path, metavar="DIR", help="frames of videos, as real second views; one folder per video")
    how("--stereo", type=Path, metavar="DIR", help="folders left and right of stereo pairs, as real second views")
    how("--vgg", type=Path, metavar="FILE|DIR", help="VGG-19 weights (default: found, or downloaded once: 575 MB)")
    length = group.add_mutually_exclusive_group().add_argument
    length(
        "--iterations",
        type=_STEPS,
        metavar="N",
        help=f"training steps (default: {_NEW.iterations}; with --into {_ADDED.iterations})",
    )
    length("--minutes", type=_TIME, metavar="M", help="as many steps as fit into M minutes after compiling")
    how(
        "--settle",
        type=Value(float, Within(0, 0.99)),
        metavar="S",
        help=f"share of steps before the stability loss starts (default: {_NEW.settle}; with --into {_ADDED.settle})",
    )
    how(
        "--stroke-size",
        type=Value(float, Within(0.05, 20)),
        default=1.0,
        metavar="S",
        help=f"1 trains on the painting at {_NEW.stroke} px high, 2 on twice that",
    )
    for name, kind, meaning in (
        ("strength", Value(float, Within(0.01, 1e6)), "weight of style against content: 1 tints, 40 hides the content"),
        ("stability", Value(float, Within(0)), "weight of the consistency between two views"),
        ("crop", Value(int, Within(64, 4096)), "side of the training crops in pixels, a multiple of 8"),
        ("seed", Value(int, Within(0)), "same seed, same loss log"),
    ):
        how(f"--{name}", type=kind, default=getattr(_NEW, name), help=f"{meaning} (default: %(default)s)")
    how("--family", default=_NEW.family, metavar="NAME", help="network family of a new pack (default: %(default)s)")
    how(
        "--pairs",
        type=Value(int, Within(1, 1024)),
        metavar="N",
        help=f"photos per step (default: {_NEW.pairs}; with --into {_ADDED.pairs})",
    )


def execute(args: argparse.Namespace) -> int:
    """0 where every style has become one to ship, else 1. Raises `AllaPrimaError`."""
    try:
        from allaprima.models.training.finish import finish
        from allaprima.models.training.pack import train_pack
        from allaprima.models.training.plan import PackFolders, Request, planned
    except ImportError as error:
        raise EngineError(f"training needs packages that are not installed: {error}", install("train")) from error
    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.packs.pack import load_pack, shipped_folder, user_folder

    request = Request(**{one.name: getattr(args, one.name) for one in fields(Request)})
    plan = planned(request, PackFolders(lambda name: load_pack(name).folder, user_folder(), shipped_folder()))
    try:
        if not args.export_only:
            with Bars() as bars:
                is_main = train_pack(
                    plan,
                    minutes=args.minutes,
                    resume=args.resume,
                    compiled=not args.no_compile,
                    device=args.device,
                    threads=args.threads,
                    report=_Report(bars),
                )
            if not is_main:
                return 0
        result = finish(plan, args.preview, args.note, args.keep_failed)
    except (KeyboardInterrupt, OutputError) as error:
        if isinstance(error, KeyboardInterrupt) or (plan.run / "checkpoint.pt").exists():
            say(RESUME)
        raise
    except OSError as error:
        raise TrainingError(f"{error.filename}: {error.strerror}" if error.filename else str(error), RESUME) from error
    return _print(plan, result, args.json)


class _Report:
    """How a training goes, on standard error."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._bar = bars.add_task("training", total=None, visible=False)

    def message(self, text: str) -> None:
        say(text)

    def step(self, done: int, total: int, style: float) -> None:
        what = f"style {style:.1%} of the photo's"
        self._bars.update(self._bar, completed=done, total=total, description=what, visible=True)


def _print(plan: Plan, result: TrainedStyles, as_json: bool) -> int:
    """Say what came out. Returns the exit status."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("style", "style distance", "contrast", "content distance", "verdict")
    for name, found in result.qualities.items():
        numbers = f"{found.style_distance_ratio:.1%}", f"{found.output_std:.3f}", f"{found.content_distance:.2f}"
        table.add_row(*map(Text, (name, *numbers, "; ".join(found.faults) or "good")))
    Console(stderr=True, highlight=False).print(table)
    if as_json:
        print_json(_facts(plan, result))
    elif result.kept:
        print_lines(plan.pack)
    if not result.failed:
        return 0
    failed = ", ".join(f"{name}{' (kept)' * (name in result.kept)}" for name in result.failed)
    hint = "train it longer; --export-only --keep-failed puts it into the pack all the same"
    return fail(f"failed: {failed}", hint, 1, as_json=False)


def _facts(plan: Plan, result: TrainedStyles) -> dict[str, Any]:
    styles = {
        name: {key: value if math.isfinite(value) else None for key, value in asdict(found).items()}
        | {"faults": found.faults, "kept": name in result.kept}
        for name, found in result.qualities.items()
    }
    return {"pack": str(plan.pack) if result.kept else None, "styles": styles, "failed": result.failed}
