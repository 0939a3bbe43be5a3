"""The command `allaprima styles train`."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from rich.text import Text

from allaprima.models.judging.quality import evaluation_photos
from allaprima.models.judging.vgg import FeatureNetwork
from allaprima.models.judging.weights import WeightsMissing
from allaprima.models.recipe import Recipe
from allaprima.models.training.device import chosen_device
from allaprima.models.training.distributed import ProcessGroup, process_group
from allaprima.models.training.finish import TrainedStyles, finish
from allaprima.models.training.plan import STROKE, UNINSTALLED, PackFolders, Plan, planned
from allaprima.models.training.student import Student
from allaprima.models.training.train import train

EPILOG = """Each painting becomes a style. A new pack takes hours on a CPU; with --into, only a new row is trained in
a pack that is there, which takes minutes, and its other styles stay what they are, bit by bit.

examples:
  allaprima styles train --style mine.jpg --into first --minutes 10
      a copy of the pack `first` among your own packs, with the style `mine` in it
  allaprima styles train --style a.jpg b.jpg --name dawn dusk --into ./my-pack --size-of-strokes 1.5
  allaprima styles train --style paintings/*.jpg --photos photos/ -o my-pack --iterations 40000
  allaprima styles train --style paintings/*.jpg --from my-pack --settle 0 --minutes 60 -o my-pack-2
  allaprima styles train ... --resume          go on after an interruption
  torchrun --nproc-per-node 4 -m allaprima.app styles train ... --pairs 8        on four GPUs"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of `allaprima styles train`."""
    default = Recipe()
    parser.epilog = EPILOG
    what = parser.add_argument_group("what").add_argument
    what("--style", nargs="+", type=Path, required=True, metavar="IMG", help="paintings, one style each")
    what("--name", nargs="+", default=[], metavar="NAME", help="what to call them (default: after their files)")
    what("--into", metavar="PACK", help="add them to this pack: a folder, or the name of an installed one")
    what("--from", dest="start", metavar="PACK", help="go on training all of this pack's network, for its paintings")
    what("--unfreeze", action="store_true", help="with --into, train all of the network; its other styles change too")
    what("-o", "--pack", type=Path, metavar="DIR", help="pack folder to write (default: among your own packs)")
    what("--title", help="title of the pack (default: the folder's name, or the old pack's)")
    what("--about", type=Path, metavar="FILE", help="TOML with title, artist, year ... of each painting")
    what(
        "--preview",
        type=Path,
        metavar="IMG",
        help="picture to paint the previews from (default: three of the project's own)",
    )
    what("--note", default="", help="a line for the pack's card, on how it was trained")
    what("--keep-failed", action="store_true", help="keep styles in the pack that are blank, mere tints or weak")
    what("--json", action="store_true", help="print the result as one JSON object on standard output")

    how = parser.add_argument_group("how").add_argument
    how("--photos", type=Path, metavar="DIR", help="photos to train on, a few hundred or more ($ALLAPRIMA_DATA/photos)")
    how("--videos", type=Path, metavar="DIR", help="frames of videos, for real second views; a folder for each video")
    how("--stereo", type=Path, metavar="DIR", help="folders left and right of stereo pairs, for the same")
    how("--vgg", type=Path, metavar="FILE|DIR", help="VGG-19 weights (default: found, or downloaded once: 575 MB)")
    how("--iterations", type=int, metavar="N", help=f"training steps (default: {default.iterations}; with --into 1000)")
    how("--minutes", type=float, metavar="M", help="as many steps as fit into so many minutes, after compiling")
    how(
        "--settle",
        type=float,
        metavar="S",
        help="share of the way before stability is asked for (default: "
        f"{default.settle}; with --into {Recipe.adding('').settle})",
    )
    how("--size-of-strokes", type=float, default=1.0, metavar="S", help=f"1: the painting {STROKE} px high; 2: twice")
    for name, kind, meaning in (
        ("strength", float, "style against content: 1 tints, 40 paints over what is shown"),
        ("stability", float, "weight of the consistency between two views"),
        ("crop", int, "side of the training crops in pixels, a multiple of 8"),
        ("family", str, "network family of a new pack"),
        ("seed", int, "same seed, same loss log"),
    ):
        how(f"--{name}", type=kind, default=getattr(default, name), help=f"{meaning} (default: %(default)s)")
    how("--pairs", type=int, metavar="N", help=f"photos painted each step (default: {default.pairs}; with --into 2)")

    where = parser.add_argument_group("where").add_argument
    where("--run", type=Path, metavar="DIR", help="folder for checkpoints, log, plot and preview (default: PACK.run)")
    where("--resume", action="store_true", help="go on from the run's checkpoint")
    where("--export-only", action="store_true", help="write the pack from the run's checkpoint as it is")
    where("--device", choices=("auto", "cpu", "cuda"), default="auto", help="(default: %(default)s)")
    where("--no-compile", action="store_true", help="do without torch.compile, at about half the speed")
    where("--threads", type=int, metavar="N", help="CPU threads (default: all)")


def learn(plan: Plan, args: argparse.Namespace, device: torch.device, group: ProcessGroup) -> None:
    """Train what is planned into the plan's run folder."""
    if plan.base and not plan.recipe.frozen:
        print("--unfreeze: the pack's other styles change too", file=sys.stderr)
    if plan.base:
        photos = evaluation_photos(plan.photos, 3)
        features = FeatureNetwork(plan.vgg).eval()
        student = Student.added(plan.recipe, plan.base.network, plan.paintings, photos, features)
    elif plan.start:
        student = Student.continued(plan.start, plan.paintings)
    else:
        student = Student.fresh(plan.recipe, len(plan.paintings))
    train(
        plan.recipe,
        student,
        plan.paintings,
        plan.photos,
        plan.vgg,
        plan.run,
        real=plan.real,
        minutes=args.minutes,
        resume=args.resume,
        compiled=not args.no_compile,
        device=device,
        group=group,
    )


def report(plan: Plan, result: TrainedStyles, as_json: bool) -> int:
    """Say what came out. Returns the exit status."""
    table = Table("style", "style distance", "contrast", "content distance", "verdict")
    for name, found in result.qualities.items():
        numbers = f"{found.style_distance_ratio:.1%}", f"{found.output_std:.3f}", f"{found.content_distance:.2f}"
        table.add_row(*map(Text, (name, *numbers, "; ".join(found.faults) or "good")))
    console = Console(stderr=True, highlight=False)
    console.print(table)
    if failed := ", ".join(f"{name}{' (kept)' * (name in result.kept)}" for name in result.failed):
        hint = "train it longer; --export-only --keep-failed puts it into the pack all the same"
        console.print(Text(f"allaprima: error: failed: {failed}\n  hint: {hint}"), soft_wrap=True)
    if as_json:
        styles = {
            name: {key: value if math.isfinite(value) else None for key, value in asdict(found).items()}
            | {"faults": found.faults, "kept": name in result.kept}
            for name, found in result.qualities.items()
        }
        pack = str(plan.pack) if result.kept else None
        print(json.dumps({"pack": pack, "styles": styles, "failed": result.failed}))
    elif result.kept:
        print(plan.pack)
    return 1 if result.failed else 0


def fault(message: str, as_json: bool, hint: str = "") -> int:
    """Say why there is no result. Returns the exit status."""
    print(f"allaprima: error: {message}", *([f"  hint: {hint}"] if hint else []), sep="\n", file=sys.stderr)
    if as_json:
        print(json.dumps({"error": {"message": message, "hint": hint, "exit_code": 1}}))
    return 1


def main(argv: Sequence[str] | None = None, folders: PackFolders = UNINSTALLED) -> int:
    """Train and export. Exit codes: 0 done, 1 failed, 2 usage, 130, 143, 129 interrupted (checkpoint kept)."""
    parser = argparse.ArgumentParser(
        "allaprima styles train", allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    configure(parser)
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        plan = planned(args, folders)
        device = chosen_device(args.device)
        with process_group(device) as group:
            if not args.export_only:
                learn(plan, args, device, group)
            if not group.is_main:
                return 0
        result = finish(plan, args.preview, args.note, args.keep_failed)
        return report(plan, result, args.json)
    except KeyboardInterrupt as error:
        print("interrupted; go on with the same command and --resume", file=sys.stderr)
        return getattr(error, "exit_code", 130)
    except OSError as error:
        message = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return fault(message, args.json, "what was trained is kept: go on with the same command and --resume")
    except (ValueError, WeightsMissing, FloatingPointError) as error:
        return fault(str(error), args.json)
