"""What a training is asked for, and what is to be done for it, checked before hours are spent on it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from allaprima.app.core.errors import SettingsError, SourceError
from allaprima.models.judging.weights import find_weights
from allaprima.models.networks.network import build
from allaprima.models.packing.paintings import Painting, paintings_of, plain_name
from allaprima.models.packing.reading import OpenPack, open_pack
from allaprima.models.photos import picture_files
from allaprima.models.recipe import Recipe
from allaprima.models.training.real_views import RealViews

PHOTOS = "name a folder of a few hundred ordinary ones, of rooms, streets, people: --photos DIR"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for: the flags of `allaprima styles train`, by the same names. `start` is `--from`; None is what
    the recipe says, or what follows from the rest.
    """

    style: Sequence[Path]
    name: Sequence[str] = ()
    into: str | None = None
    start: str | None = None
    unfreeze: bool = False
    output: Path | None = None
    title: str | None = None
    about: Path | None = None
    photos: Path | None = None
    videos: Path | None = None
    stereo: Path | None = None
    vgg: Path | None = None
    iterations: int | None = None
    settle: float | None = None
    stroke_size: float = 1.0
    strength: float = Recipe.strength
    stability: float = Recipe.stability
    crop: int = Recipe.crop
    family: str = Recipe.family
    seed: int = Recipe.seed
    pairs: int | None = None
    run: Path | None = None
    resume: bool = False
    export_only: bool = False


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


def planned(request: Request, folders: PackFolders) -> Plan:
    """Raises `AllaPrimaError` for what cannot work, before anything is written."""
    if request.unfreeze and not request.into:
        raise SettingsError("--unfreeze goes with --into", "leave it away: a new pack is trained whole anyway")
    if request.crop % 8:
        raise SettingsError(f"--crop {request.crop}: that is not a multiple of 8", f"--crop {request.crop // 8 * 8}")
    try:
        build(request.family, rows=1)
    except ValueError as error:
        raise SettingsError(f"--family {request.family}: not a network family", f"--family {Recipe.family}") from error
    paintings = paintings_of(request.style, request.about, request.name)
    for painting in paintings:
        if not painting.file.is_file():
            raise SourceError(f"there is no picture {painting.file}", "name a painting: --style IMG")

    base = open_pack(folders.find(request.into)) if request.into else None
    recipe = Recipe(family=request.family)
    if base:
        recipe = Recipe.adding(base.sha256) if not request.unfreeze else replace(recipe, base=base.sha256)
        recipe = replace(recipe, family=base.family)
        for painting in paintings:
            if painting.name in base.names:
                raise SettingsError(
                    f"{base.folder} has a style {painting.name!r} already", "choose another: --name NAME"
                )
    start = open_pack(folders.find(request.start)) if request.start else None
    if start:
        recipe = replace(recipe, start=start.sha256, family=start.family)
    recipe = replace(
        recipe,
        settle=recipe.settle if request.settle is None else request.settle,
        iterations=request.iterations or recipe.iterations,
        pairs=request.pairs or recipe.pairs,
        crop=request.crop,
        strength=request.strength,
        stroke=max(64, round(Recipe.stroke * request.stroke_size)),
        stability=request.stability,
        seed=request.seed,
    )
    pack = request.output or chosen_folder(base, paintings, folders)
    plain_name(pack.name)
    continued = request.resume or request.export_only or (base and base.folder.resolve() == pack.resolve())
    if (pack / "card.toml").exists() and not continued:
        raise SettingsError(
            f"there is a pack in {pack} already", f"add to it with --into {pack}, or name another: -o DIR"
        )
    real = None
    if request.videos or request.stereo:
        real = RealViews.found(request.videos, request.stereo, request.crop)
    return Plan(
        recipe=recipe,
        paintings=paintings,
        photos=chosen_photos(request.photos),
        base=base,
        start=start,
        pack=pack,
        run=request.run or pack.with_name(f"{pack.name}.{paintings[0].name}.run" if base else f"{pack.name}.run"),
        title=request.title or (base.title if base else pack.name),
        vgg=find_weights(request.vgg),
        real=real,
    )


def chosen_folder(base: OpenPack | None, paintings: Sequence[Painting], folders: PackFolders) -> Path:
    """One's own pack gets its new style where it is; of one that came with the program, a copy does."""
    if base is None:
        return folders.own / paintings[0].name
    return folders.own / f"my-{base.folder.name}" if folders.is_shipped(base.folder) else base.folder


def chosen_photos(named: Path | None) -> Path:
    """The folder of photos. Raises `SourceError`."""
    data = os.environ.get("ALLAPRIMA_DATA")
    photos = named or (Path(data) / "photos" if data else None)
    if photos is None or not picture_files(photos):
        raise SourceError(f"no photos {f'in {photos}' if photos else 'to train on'}", PHOTOS)
    return photos
