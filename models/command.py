"""The command `allaprima styles train`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from rich.text import Text

from allaprima.models.appraisal import Appraisal, appraise, judging_photos, table_of
from allaprima.models.device import chosen_device
from allaprima.models.network import StyleNetwork, build
from allaprima.models.packing import Painting, paintings_of, plain_name, write_pack
from allaprima.models.parallel import Crew, crew
from allaprima.models.photos import picture_files
from allaprima.models.recipe import Recipe
from allaprima.models.rows import blended, joined, nearest_row, picked
from allaprima.models.train import Pupil, targets, train
from allaprima.models.unpacking import OpenPack, open_pack
from allaprima.models.vgg import FeatureNetwork, WeightsMissing

STROKE = Recipe().stroke
EPILOG = """Each painting becomes a style. A new pack takes hours on a CPU; with --into, only a new row is trained in
a pack that is there, which takes minutes, and its other styles stay what they are, bit by bit.

examples:
  allaprima styles train --style mine.jpg --into first --minutes 10
      a copy of the pack `first` among your own packs, with the style `mine` in it
  allaprima styles train --style a.jpg b.jpg --name dawn dusk --into ./my-pack --size-of-strokes 1.5
  allaprima styles train --style paintings/*.jpg --photos photos/ -o my-pack --iterations 5600
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
    what("--unfreeze", action="store_true", help="with --into, train all of the network; its other styles change too")
    what("-o", "--pack", type=Path, metavar="DIR", help="pack folder to write (default: among your own packs)")
    what("--title", help="title of the pack (default: the folder's name, or the old pack's)")
    what("--about", type=Path, metavar="FILE", help="TOML with title, artist, year ... of each painting")
    what("--preview", type=Path, metavar="IMG", help="picture to paint the previews from")
    what("--note", default="", help="a line for the pack's card, on how it was trained")
    what("--keep-failed", action="store_true", help="keep styles in the pack that are blank, mere tints or weak")
    what("--json", action="store_true", help="print the result as one JSON object on standard output")

    how = parser.add_argument_group("how").add_argument
    how("--photos", type=Path, metavar="DIR", help="photos to train on, a few hundred or more ($ALLAPRIMA_DATA/photos)")
    how("--vgg", type=Path, required=True, metavar="DIR", help="folder with the VGG-19 weights")
    how("--iterations", type=int, metavar="N", help=f"training steps (default: {default.iterations}; with --into 1000)")
    how("--minutes", type=float, metavar="M", help="as many steps as fit into so many minutes, after compiling")
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


@dataclass(frozen=True)
class Shelves:
    """Where packs are: `find` gives the folder of a named or installed one; new ones go to `own`; those that are not
    `writable` come with the program.
    """

    find: Callable[[str], Path] = Path
    own: Path = Path()
    shipped: Path | None = None

    def is_shipped(self, folder: Path) -> bool:
        """Whether a pack belongs to the program, which would lose a change with its next version."""
        return self.shipped is not None and folder.resolve().is_relative_to(self.shipped.resolve())


UNINSTALLED = Shelves()


@dataclass(frozen=True)
class Plan:
    """What is to be done, checked before hours are spent on it."""

    recipe: Recipe
    paintings: list[Painting]
    photos: Path
    base: OpenPack | None
    pack: Path
    run: Path
    title: str
    vgg: Path


def planned(args: argparse.Namespace, shelves: Shelves) -> Plan:
    """Raises ValueError or OSError for what cannot work, before anything is written."""
    if args.iterations is not None and args.minutes is not None:
        raise ValueError("--iterations and --minutes exclude each other")
    if args.unfreeze and not args.into:
        raise ValueError("--unfreeze goes with --into: a new pack is trained whole anyway")
    for name in ("iterations", "minutes", "pairs", "size_of_strokes", "strength", "threads"):
        value = getattr(args, name)
        if value is not None and not 0 < value < 1e6:
            raise ValueError(f"--{name.replace('_', '-')} {value}: must be more than 0")
    if args.crop < 64 or args.crop % 8:
        raise ValueError(f"--crop {args.crop}: wants a multiple of 8, 64 or more")
    paintings = paintings_of(args.style, args.about, args.name)
    for painting in paintings:
        if not painting.file.is_file():
            raise ValueError(f"there is no picture {painting.file}")

    base = open_pack(shelves.find(args.into)) if args.into else None
    recipe = Recipe(family=args.family)
    if base:
        recipe = Recipe.adding(base.sha256) if not args.unfreeze else replace(recipe, base=base.sha256)
        recipe = replace(recipe, family=base.family)
        for painting in paintings:
            if painting.name in base.names:
                raise ValueError(f"{base.folder} has a style {painting.name!r} already; choose another with --name")
    recipe = replace(
        recipe,
        iterations=args.iterations or recipe.iterations,
        pairs=args.pairs or recipe.pairs,
        crop=args.crop,
        strength=args.strength,
        stroke=max(64, round(STROKE * args.size_of_strokes)),
        stability=args.stability,
        seed=args.seed,
    )
    pack = args.pack or chosen_folder(base, paintings, shelves)
    plain_name(pack.name)
    continued = args.resume or args.export_only or (base and base.folder.resolve() == pack.resolve())
    if (pack / "card.toml").exists() and not continued:
        raise ValueError(f"there is a pack in {pack} already: add to it with --into {pack}, or name another with -o")
    return Plan(
        recipe=recipe,
        paintings=paintings,
        photos=chosen_photos(args.photos),
        base=base,
        pack=pack,
        run=args.run or pack.with_name(f"{pack.name}.{paintings[0].name}.run" if base else f"{pack.name}.run"),
        title=args.title or (base.title if base else pack.name),
        vgg=args.vgg,
    )


def chosen_folder(base: OpenPack | None, paintings: Sequence[Painting], shelves: Shelves) -> Path:
    """One's own pack gets its new style where it is; of one that came with the program, a copy does."""
    if base is None:
        return shelves.own / paintings[0].name
    return shelves.own / f"my-{base.folder.name}" if shelves.is_shipped(base.folder) else base.folder


def chosen_photos(named: Path | None) -> Path:
    """The folder of photos. Raises ValueError that says what is wanted."""
    data = os.environ.get("ALLAPRIMA_DATA")
    photos = named or (Path(data) / "photos" if data else None)
    if photos is None or not picture_files(photos):
        raise ValueError(
            f"no photos {f'in {photos}' if photos else 'to train on'}: name a folder of a few hundred ordinary ones, "
            "of rooms, streets, people, with --photos DIR"
        )
    return photos


def begun(plan: Plan) -> Pupil:
    """The network that is going to be trained."""
    if plan.base is None:
        return Pupil.fresh(plan.recipe, len(plan.paintings))
    torch.manual_seed(plan.recipe.seed)
    network, count = plan.base.network, len(plan.paintings)
    features = FeatureNetwork(plan.vgg).eval()
    photos = torch.stack([photo[:, :240, :240] for photo in judging_photos(plan.photos, 3)])
    grams = targets(features, plan.paintings, plan.recipe.stroke, torch.device("cpu"))
    starts = torch.cat(
        [
            nearest_row(network, photos, {name: g[i : i + 1] for name, g in grams.items()}, features)
            for i in range(count)
        ]
    )
    added = blended(network, starts)
    if plan.recipe.frozen:
        for name, parameter in added.named_parameters():
            parameter.requires_grad = name.endswith(("norm.scale", "norm.shift"))
        return Pupil(added, tuple(range(count)), identity=False)
    whole = joined(network, added)
    whole.through.zero_()
    return Pupil(whole, tuple(range(network.rows, whole.rows)))


def trained(plan: Plan, checkpoint: Path) -> tuple[StyleNetwork, dict[str, object]]:
    """A checkpoint's network, joined to the pack that it adds to, and what the card says of its training."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    recipe = Recipe(**state["recipe"])
    if recipe.base != plan.recipe.base:
        raise ValueError(f"{checkpoint} was trained for another pack, or this one has changed; train again with --run")
    network = build(recipe.family, len(state["network"]["through"]))
    network.load_state_dict(state["network"])
    facts = {key: value for key, value in asdict(recipe).items() if value not in ("", False)}
    facts |= {"steps": state["step"], "losses": "VGG-19 Gram relu1_1-relu4_1, content relu3_1"}
    if recipe.frozen:
        assert plan.base is not None
        return joined(plan.base.network, network), facts
    network.through[0] = 1.0
    return network, facts


def finish(
    plan: Plan, checkpoint: Path, preview: Path, note: str = "", keep_failed: bool = False
) -> dict[str, Appraisal]:
    """Appraise what a checkpoint paints and write the pack, without the styles that have failed unless `keep_failed`;
    no pack if none is left. Returns the appraisal of each new style.
    """
    network, facts = trained(plan, checkpoint)
    if note:
        facts["note"] = note
    features = FeatureNetwork(plan.vgg).eval()
    photos = judging_photos(plan.photos)
    first = network.rows - len(plan.paintings)
    appraisals, kept, rows = {}, [], list(range(first))
    for row, painting in enumerate(plan.paintings, first):
        target = targets(features, [painting], plan.recipe.stroke, torch.device("cpu"))
        found = appraise(network, row, target, photos, features)
        appraisals[painting.name] = found
        if keep_failed or not found.faults:
            results = {"measured": asdict(found)} | ({"training": facts} if plan.base else {})
            kept.append(replace(painting, results=results))
            rows.append(row)
    if kept:
        training = plan.base.training if plan.base else facts
        network = picked(network, rows)
        write_pack(network, plan.recipe.family, kept, plan.pack, plan.title, training, preview, plan.base)
    return appraisals


def report(plan: Plan, appraisals: dict[str, Appraisal], keep_failed: bool, as_json: bool) -> int:
    """Say what came out. Returns the exit status."""
    failed = [name for name, appraisal in appraisals.items() if appraisal.faults]
    written = keep_failed or len(failed) < len(appraisals)
    table = Table("style", "style distance", "contrast", "content distance", "verdict")
    for line in table_of(appraisals):
        table.add_row(*map(Text, line))
    console = Console(stderr=True, highlight=False)
    console.print(table)
    if failed:
        left_out = (
            "kept by --keep-failed" if keep_failed else "left out of the pack; keep with --export-only --keep-failed"
        )
        console.print(Text(f"allaprima: error: failed: {', '.join(failed)} ({left_out})"), soft_wrap=True)
    if as_json:
        styles = {name: asdict(a) | {"faults": a.faults} for name, a in appraisals.items()}
        print(json.dumps({"pack": str(plan.pack) if written else None, "styles": styles, "failed": failed}))
    elif written:
        print(plan.pack)
    return 1 if failed else 0


def main(argv: Sequence[str] | None = None, shelves: Shelves = UNINSTALLED) -> int:
    """Train and export. Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted (the checkpoint is kept)."""
    parser = argparse.ArgumentParser(
        "allaprima styles train", allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    configure(parser)
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        plan = planned(args, shelves)
        device = chosen_device(args.device)
        with crew(device) as ours:
            checkpoint = plan.run / "best.pt"
            if not args.export_only:
                checkpoint = learn(plan, args, device, ours)
            elif not checkpoint.exists():
                checkpoint = plan.run / "checkpoint.pt"
            if not ours.leads:
                return 0
            appraisals = finish(plan, checkpoint, args.preview or args.style[0], args.note, args.keep_failed)
            return report(plan, appraisals, args.keep_failed, args.json)
    except KeyboardInterrupt:
        print("interrupted; go on with the same command and --resume", file=sys.stderr)
        return 130
    except OSError as error:
        print(
            f"allaprima: error: {error.filename}: {error.strerror}" if error.filename else f"allaprima: error: {error}",
            file=sys.stderr,
        )
        print("  hint: a training that has begun goes on with the same command and --resume", file=sys.stderr)
        return 1
    except (ValueError, WeightsMissing, FloatingPointError) as error:
        print(f"allaprima: error: {error}", file=sys.stderr)
        return 1


def learn(plan: Plan, args: argparse.Namespace, device: torch.device, ours: Crew) -> Path:
    """Train what is planned; returns the checkpoint."""
    if plan.base and not plan.recipe.frozen:
        print("--unfreeze: the pack's other styles change too", file=sys.stderr)
    return train(
        plan.recipe,
        begun(plan),
        plan.paintings,
        plan.photos,
        plan.vgg,
        plan.run,
        minutes=args.minutes,
        resume=args.resume,
        compiled=not args.no_compile,
        device=device,
        crew=ours,
    )
