"""`allaprima bench stability`: every style of a pack and what it is held against, measured in one run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache, partial
from statistics import fmean
from typing import Any

import numpy as np

from allaprima.app.bench import scenes
from allaprima.app.bench.painters import PackPainter
from allaprima.app.bench.scenes import Scene
from allaprima.app.bench.stability import gates
from allaprima.app.bench.stability.canvases import Canvases
from allaprima.app.bench.stability.looks import NOTHING, Looks, Missing, open_looks
from allaprima.app.bench.stability.measures import Measured, Values, measure
from allaprima.app.bench.stability.real import aloe_scene, street_scene
from allaprima.app.bench.stability.settings import BASELINES, Settings
from allaprima.app.bench.stability.subjects import subjects
from allaprima.app.packs.pack import Style, StylePack

Groups = Mapping[str, Mapping[str, Values]]
"""Of "styles" and of each baseline: the values by style name."""


@dataclass(frozen=True, slots=True)
class Result:
    """The `report`, ready for JSON; what each style painted, and the unpainted pictures."""

    report: dict[str, Any]
    painted: dict[str, Measured]
    raw: Measured


def run(
    pack: StylePack,
    styles: Sequence[Style],
    settings: Settings,
    progress: Callable[[str, float], object],
    missing: Missing,
) -> Result:
    """Measure `styles` of `pack` and the baselines. `progress` is called with the present step and the
    finished share, `missing` with one line for each figure that cannot be measured. Raises `EngineError`
    and `StylePackError`.
    """
    with ExitStack() as stack:
        painter = stack.enter_context(closing(PackPainter(pack, settings.engine, settings.precision)))
        stylizer = painter.stylizer(settings.size)  # fails now, before anything is drawn
        measuring = subjects(painter, styles, settings, stack, missing)
        part = 0.1 / scenes.steps(settings.quick)
        exact = scenes.exact_scenes(settings.size, settings.quick, lambda: progress("drawing the scenes", part))
        shown = exact + real_scenes(settings, missing)
        looks = _looks(pack, settings, exact[0], missing)
        gatys = settings.gatys if looks else 0
        hung = cache(partial(Canvases, shown))
        whole = sum(subject.cost for subject in measuring)
        measured: dict[str, dict[str, Measured]] = {}
        for subject in measuring:
            tell = partial(_tell, progress, subject.name, 0.9 * subject.cost / whole)
            ours = subject.group == "styles"  # the others are there to be compared with
            canvases = hung(subject.canvas, subject.kind)
            found = measure(subject.paint, shown, canvases, settings.drift_frames if ours else 0, tell)
            found.values.update(looks.of(subject.paint, subject.style) if looks else NOTHING)
            if ours and gatys and looks and subject.style:
                found.values["gatys_iterations"] = looks.gatys(subject.paint, subject.style, gatys)
            measured.setdefault(subject.group, {})[subject.name] = found
    values = {group: {name: found.values for name, found in of.items()} for group, of in measured.items()}
    report = {
        "pack": pack.name,
        **_means(values),
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


def real_scenes(settings: Settings, missing: Missing) -> list[Scene]:
    """The real pairs that are there; `missing` is called for the others. Raises `RecordingError`."""
    real: list[Scene] = []
    for name, open_scene in (("aloe", aloe_scene), ("kitti_street", street_scene)):
        folder = settings.stereo / name
        scene = open_scene(folder, settings.size)
        if scene is None:
            missing(f"no stereo pairs in {folder}: nothing is measured on them; name the folder above it: --stereo DIR")
        else:
            real.append(scene)
    return real


def mean_of(of: Iterable[Values]) -> Values:
    """The mean of each key over those that have it; None where none has."""
    rows = list(of)
    means: Values = {}
    for key in dict.fromkeys(key for row in rows for key in row):
        known = [value for row in rows if (value := row.get(key)) is not None]
        means[key] = fmean(known) if known else None
    return means


def _means(values: Groups) -> dict[str, Any]:
    """`mean`, `styles` and `baselines` of the report; what is a comparison is made here."""
    styles = {name: dict(own) for name, own in values["styles"].items()}
    for name, own in styles.items():
        plain = values.get("plain", {}).get(name, {}).get("output_std")
        own["output_std_plain_ratio"] = (own["output_std"] or 0.0) / plain if plain else None
    mean = mean_of(styles.values())
    mean["e_view_worst"] = max(own["e_view"] or 0.0 for own in styles.values())
    baselines = {group: mean_of(values[group].values()) if group in values else None for group in BASELINES}
    return {"mean": mean, "styles": styles, "baselines": baselines}


def _looks(pack: StylePack, settings: Settings, room: Scene, missing: Missing) -> Looks | None:
    stand_ins = np.stack([moment.pair[0] for moment in room.moments])
    count = settings.photo_count
    return open_looks(pack, settings.vgg, settings.paintings, settings.photos, count, stand_ins, missing)


def _tell(progress: Callable[[str, float], object], name: str, whole: float, share: float) -> None:
    progress(name, whole * share)
