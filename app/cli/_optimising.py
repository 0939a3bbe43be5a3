"""The slow reference at work: the pixels of each picture, optimised for minutes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from allaprima.app.cli._bars import Bars
from allaprima.app.cli._easel import read_eyes, write_eyes
from allaprima.app.cli._gatys import ITERATIONS
from allaprima.app.cli._live import say
from allaprima.app.cli._worklist import Job, plan
from allaprima.app.core.clock import now_ns
from allaprima.app.core.errors import INTERRUPTED, EngineError, SettingsError
from allaprima.app.core.frame import Pixels
from allaprima.app.packs.pack import default_pack, load_pack
from allaprima.app.stylize.prepare import network_size, resize_into
from allaprima.models.gatys import Steps, optimise
from allaprima.models.losses import style_target
from allaprima.models.packing import painting_file
from allaprima.models.photos import to_pixels, to_tensor
from allaprima.models.recipe import Recipe
from allaprima.models.vgg import FeatureNetwork
from allaprima.models.weights import WeightsMissing, data_folder, find_weights

LEAST_SIDE = 16
MOST_PIXELS = 1_000_000
"""Of one eye: an evaluation remembers about 5 kB a pixel until its gradient is known."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The painting, the name of its style if it is one of a pack's, and how the pack's network was taught: `strength`
    weighs style against content, `stroke` is the painting's shorter side in pixels.
    """

    painting: Path
    style: str | None
    strength: float = Recipe.strength
    stroke: int = Recipe.stroke


@dataclass(frozen=True, slots=True)
class Optimised:
    """`eyes` (2, H, W, 3) after `iterations`; the mean of the eyes' objectives at the start and then."""

    eyes: NDArray[np.uint8]
    iterations: int
    objective: tuple[float, float]


def execute(args: argparse.Namespace, size: tuple[int, int] | int | None) -> int:
    """Every picture in turn. Ctrl-C keeps the one in hand as far as it is, and ends."""
    if args.precision not in ("auto", "f32"):
        raise SettingsError(f"gatys computes in f32, not in {args.precision}", "leave out --precision")
    jobs = plan(args.input, args.output, args.stereo, args.overwrite)
    for job in jobs:
        if job.is_video:
            raise SettingsError(
                f"{job.inputs[0]} is a video; gatys takes minutes a picture", "leave out --engine gatys"
            )
        _eyes(job, size)  # read once more later: a wrong size in a folder is told now, not in an hour
    subject = find_subject(args)
    try:
        vgg = FeatureNetwork(find_weights(args.vgg)).eval()
        target = style_target(subject.painting, vgg, subject.stroke)
    except WeightsMissing as error:
        raise EngineError(error.message, error.hint) from error
    except ValueError as error:
        raise SettingsError(str(error), "give a picture: --painting FILE") from error

    def steps(eye: Pixels) -> Steps:
        return optimise(
            to_tensor(eye)[None],
            target,
            vgg,
            strength=args.strength * subject.strength,
            method=args.method or "adam",
            start=args.start or "photo",
            seed=args.seed or 0,
        )

    started = now_ns()
    files, interrupted = _paint_all(
        jobs, steps, args.iterations or ITERATIONS, size, subject.style or subject.painting.stem
    )
    report = {
        "files": files,
        "style": {subject.style: 1.0} if subject.style else {},
        "painting": str(subject.painting),
        "strength": args.strength,
        "engine": "gatys",
        "precision": "f32",
        "device": "CPU",
        "method": args.method or "adam",
        "start": args.start or "photo",
        "seed": args.seed or 0,
        "interrupted": interrupted,
        "pairs": len(files),
        "seconds": round((now_ns() - started) / 1e9, 3),
    }
    if args.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        for file in files:
            print(*file["outputs"], sep="\n")
    return INTERRUPTED if interrupted else 0


def find_subject(args: argparse.Namespace) -> Subject:
    """Raises `SettingsError` where the painting is not to be found, `StylePackError` for an unknown style."""
    if args.painting is not None:
        if args.style is not None:
            raise SettingsError("both --style and --painting are given", "give one of them")
        if not args.painting.is_file():
            raise SettingsError(f"there is no painting {args.painting}", "check the path")
    pack = load_pack(args.pack) if args.pack else default_pack()
    strength, stroke = pack.training.get("strength"), pack.training.get("stroke")
    taught: dict[str, Any] = {}
    if isinstance(strength, int | float) and 0 < strength < 1e4:  # a card may hold anything
        taught["strength"] = float(strength)
    if isinstance(stroke, int) and LEAST_SIDE <= stroke <= 4096:
        taught["stroke"] = stroke
    if args.painting is not None:
        return Subject(args.painting, None, **taught)
    style = pack.style(args.style) if args.style else pack.styles[0]
    folder = args.paintings or data_folder() / "paintings"
    painting = painting_file(style.name, folder)
    if painting is None:
        raise SettingsError(
            f"gatys needs the painting of {style.name!r} itself, and it is not in {folder}",
            "name the picture, --painting FILE, or its folder, --paintings DIR",
        )
    return Subject(painting, style.name, **taught)


def _paint_all(
    jobs: list[Job], steps: Callable[[Pixels], Steps], iterations: int, size: tuple[int, int] | int | None, label: str
) -> tuple[list[dict[str, Any]], bool]:
    """What was written, and whether ctrl-C ended it."""
    files: list[dict[str, Any]] = []
    for job in jobs:
        layout, eyes = _eyes(job, size)
        optimised = _paint(eyes, steps, iterations, label)
        done = write_eyes(job, optimised.eyes, layout)
        files.append(
            {
                "inputs": [str(path) for path in job.inputs],
                "outputs": [str(path) for path in job.outputs],
                "layout": done.layout,
                "size": list(done.size),
                "pairs": done.pairs,
                "iterations": optimised.iterations,
                "objective": [round(value, 4) for value in optimised.objective],
            }
        )
        if optimised.iterations < iterations:
            say(f"interrupted after {optimised.iterations} of {iterations} iterations, which {job.outputs[0]} holds")
            return files, True
    return files, False


def _paint(eyes: list[Pixels], steps: Callable[[Pixels], Steps], iterations: int, label: str) -> Optimised:
    """The eyes (one, or two of one size) in step, so that ctrl-C finds both equally far; nothing else links them.
    Raises KeyboardInterrupt only before there is anything to keep.
    """
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    objectives: list[float] = []
    states = None
    with Bars(*columns) as progress:
        bar = progress.add_task(label, total=iterations)
        try:
            for states in islice(zip(*(steps(eye) for eye in eyes), strict=True), iterations + 1):
                objectives.append(sum(objective for _, objective, _ in states) / len(states))
                description = f"{label}, objective {objectives[0]:.2f} -> {objectives[-1]:.2f}"
                progress.update(bar, completed=states[0][0], description=description)
        except KeyboardInterrupt:
            if not objectives:
                raise
    assert states is not None
    painted = [to_pixels(picture[0]) for _, _, picture in states]
    return Optimised(np.stack((painted[0], painted[-1])), states[0][0], (objectives[0], objectives[-1]))


def _eyes(job: Job, requested: tuple[int, int] | int | None) -> tuple[str, list[Pixels]]:
    """(layout, the one eye or both at the size they are painted at). Raises `SettingsError` for a size that would take
    days, or more memory than there is.
    """
    layout, left, right = read_eyes(job)
    if left.shape != right.shape:
        raise SettingsError(f"the eyes of {job.inputs[0]} differ in size", "bring both to one size first")
    width, height = left.shape[1], left.shape[0]
    if requested is not None:
        width, height = network_size((width, height), requested)
    if min(width, height) < LEAST_SIDE or width * height > MOST_PIXELS:
        raise SettingsError(
            f"{job.inputs[0]}: gatys paints {LEAST_SIDE} pixels a side to 1 megapixel, not {width}x{height}",
            "give a size, like --size 640",
        )
    eyes = []
    for eye in [left] if left is right else [left, right]:
        eyes.append(np.empty((height, width, 3), np.uint8))
        resize_into(eye, eyes[-1])
    return layout, eyes
