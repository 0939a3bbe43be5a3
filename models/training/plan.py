"""What a command line of `allaprima styles train` asks for, checked before hours are spent on it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from allaprima.models.judging.weights import find_weights
from allaprima.models.packing.paintings import Painting, paintings_of, plain_name
from allaprima.models.packing.reading import OpenPack, open_pack
from allaprima.models.photos import picture_files
from allaprima.models.recipe import Recipe
from allaprima.models.training.real_views import RealViews

STROKE = Recipe().stroke


@dataclass(frozen=True)
class PackFolders:
    """Where packs are: `find` gives the folder of a path or an installed name; new ones go to `own`; those in `shipped`
    come with the program.
    """

    find: Callable[[str], Path] = Path
    own: Path = Path()
    shipped: Path | None = None

    def is_shipped(self, folder: Path) -> bool:
        """Whether a pack belongs to the program, which would lose a change with its next version."""
        return self.shipped is not None and folder.resolve().is_relative_to(self.shipped.resolve())


UNINSTALLED = PackFolders()


@dataclass(frozen=True)
class Plan:
    """What is to be done. With `base`, the paintings are added to that pack; with `start`, training goes on from it."""

    recipe: Recipe
    paintings: list[Painting]
    photos: Path
    base: OpenPack | None
    start: OpenPack | None
    pack: Path
    run: Path
    title: str
    vgg: Path
    real: RealViews | None


def planned(args: argparse.Namespace, folders: PackFolders) -> Plan:
    """Raises ValueError or OSError for what cannot work, before anything is written."""
    if args.iterations is not None and args.minutes is not None:
        raise ValueError("--iterations and --minutes exclude each other")
    if args.unfreeze and not args.into:
        raise ValueError("--unfreeze goes with --into: a new pack is trained whole anyway")
    for name in ("iterations", "minutes", "pairs", "size_of_strokes", "strength", "threads"):
        value = getattr(args, name)
        if value is not None and not 0 < value < 1e6:
            raise ValueError(f"--{name.replace('_', '-')} {value}: must be more than 0")
    if args.start and args.into:
        raise ValueError("--from trains a whole network and --into adds a row to one: give one of them")
    if args.settle is not None and not 0 <= args.settle < 1:
        raise ValueError(f"--settle {args.settle}: must be at least 0 and less than 1")
    if args.crop < 64 or args.crop % 8:
        raise ValueError(f"--crop {args.crop}: wants a multiple of 8, 64 or more")
    paintings = paintings_of(args.style, args.about, args.name)
    for painting in paintings:
        if not painting.file.is_file():
            raise ValueError(f"there is no picture {painting.file}")

    base = open_pack(folders.find(args.into)) if args.into else None
    recipe = Recipe(family=args.family)
    if base:
        recipe = Recipe.adding(base.sha256) if not args.unfreeze else replace(recipe, base=base.sha256)
        recipe = replace(recipe, family=base.family)
        for painting in paintings:
            if painting.name in base.names:
                raise ValueError(f"{base.folder} has a style {painting.name!r} already; choose another with --name")
    start = open_pack(folders.find(args.start)) if args.start else None
    if start:
        recipe = replace(recipe, start=start.sha256, family=start.family)
    recipe = replace(
        recipe,
        settle=recipe.settle if args.settle is None else args.settle,
        iterations=args.iterations or recipe.iterations,
        pairs=args.pairs or recipe.pairs,
        crop=args.crop,
        strength=args.strength,
        stroke=max(64, round(STROKE * args.size_of_strokes)),
        stability=args.stability,
        seed=args.seed,
    )
    pack = args.pack or chosen_folder(base, paintings, folders)
    plain_name(pack.name)
    continued = args.resume or args.export_only or (base and base.folder.resolve() == pack.resolve())
    if (pack / "card.toml").exists() and not continued:
        raise ValueError(f"there is a pack in {pack} already: add to it with --into {pack}, or name another with -o")
    return Plan(
        recipe=recipe,
        paintings=paintings,
        photos=chosen_photos(args.photos),
        base=base,
        start=start,
        pack=pack,
        run=args.run or pack.with_name(f"{pack.name}.{paintings[0].name}.run" if base else f"{pack.name}.run"),
        title=args.title or (base.title if base else pack.name),
        vgg=find_weights(args.vgg),
        real=RealViews.found(args.videos, args.stereo, args.crop) if args.videos or args.stereo else None,
    )


def chosen_folder(base: OpenPack | None, paintings: Sequence[Painting], folders: PackFolders) -> Path:
    """One's own pack gets its new style where it is; of one that came with the program, a copy does."""
    if base is None:
        return folders.own / paintings[0].name
    return folders.own / f"my-{base.folder.name}" if folders.is_shipped(base.folder) else base.folder


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
