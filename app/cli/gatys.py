"""`allaprima gatys`: the slow reference, which paints a picture without a network."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.cli import stylize
from allaprima.app.cli.shared import arguments, values
from allaprima.app.core.console import print_result, say
from allaprima.app.core.errors import EngineError, SettingsError
from allaprima.app.core.shell import install
from allaprima.app.core.values import Value, Within

if TYPE_CHECKING:
    from allaprima.app.core.frame import Pixels
    from allaprima.app.offline.batch import Batch
    from allaprima.app.offline.gatys import Optimised
    from allaprima.app.offline.jobs import Job
    from allaprima.models.judging.gatys import Steps

HELP = "optimise one picture for minutes with the losses of the network's training"


def configure(parser: argparse.ArgumentParser) -> None:
    stylize.add_files(parser)
    arguments.add_settings(parser, "stylize.style", "stylize.strength", "stylize.size", "stylize.pack")
    add = parser.add_argument
    add(
        "--iterations",
        type=values.count,
        default=200,
        metavar="N",
        help="number of iterations (default: %(default)s); ctrl-C ends them early",
    )
    add("--painting", type=Path, metavar="FILE", help="take the style from this picture instead of --style")
    add("--paintings", type=Path, metavar="DIR", help="the styles' paintings (default: $ALLAPRIMA_DATA/paintings)")
    add(
        "--method",
        choices=("adam", "lbfgs"),
        default="adam",
        help="lbfgs: fewer iterations, each twice as long (default: adam)",
    )
    add("--start", choices=("photo", "noise"), default="photo", help="start of the optimisation (default: photo)")
    add("--seed", type=Value(int, Within(0)), default=0, metavar="N", help="seed of the noise (default: 0)")
    add(
        "--vgg", type=Path, metavar="FILE|DIR", help="VGG-19 weights (default: the data folder's, else downloaded once)"
    )
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima gatys photo.jpg -o slow.png --style scream --iterations 300 --size 640
  allaprima gatys photo.jpg -o slow.png --painting my-painting.jpg

It optimises the pixels of the picture in float32, with the losses of the network's training. It optimises each eye
separately; only the network makes both eyes agree. It needs torch, as training does."""


def execute(args: argparse.Namespace) -> int:
    """Every picture in turn. Ctrl-C keeps the one in hand as far as it is, and ends. torch is imported only here."""
    try:
        from allaprima.app.offline import gatys
    except ImportError as error:
        raise EngineError(f"gatys needs packages that are not installed: {error}", install("train")) from error
    from allaprima.app.core.clock import now_ns
    from allaprima.app.offline.batch import Batch
    from allaprima.app.offline.jobs import plan

    chosen = arguments.settings_of(args).stylize
    if args.painting and "stylize.style" not in arguments.given(args):  # the file's style is for the pack's network
        chosen = dataclasses.replace(chosen, style=None)
    jobs = plan(args.input, args.output, args.stereo, args.overwrite)
    if films := [job.inputs[0] for job in jobs if job.is_video]:
        raise SettingsError(f"{films[0]} is a video; gatys takes minutes a picture", "allaprima stylize paints videos")
    batch = Batch(jobs, args.overwrite)
    batch.each(lambda job: gatys.eyes_of(job, chosen.size))  # now, not in an hour: a wrong size in a folder
    subject = gatys.find_subject(args.painting, chosen.style, chosen.pack, args.paintings)
    steps = gatys.steps_towards(subject, args.vgg, chosen.strength, args.method, args.start, args.seed)
    started = now_ns()
    label = subject.style or subject.painting.stem
    files, exit_code = _paint_all(batch, steps, args.iterations, chosen.size, label)
    report = {
        "files": files,
        **batch.summary(),
        "style": {subject.style: 1.0} if subject.style else {},
        "painting": str(subject.painting),
        "strength": chosen.strength,
        "engine": "gatys",
        "precision": "f32",
        "device": "CPU",
        "method": args.method,
        "start": args.start,
        "seed": args.seed,
        "interrupted": bool(exit_code),
        "pairs": len(files),
        "seconds": round((now_ns() - started) / 1e9, 3),
    }
    print_result(args.json, report, *(output for file in files for output in file["outputs"]))
    batch.report_broken()
    return exit_code or batch.exit_code


def _paint_all(
    batch: Batch, steps: Callable[[Pixels], Steps], iterations: int, size: tuple[int, int] | int | None, label: str
) -> tuple[list[dict[str, Any]], int]:
    """What was written, and the exit code: not 0 if ctrl-C or another signal ended it."""
    from allaprima.app.offline.files import write_eyes
    from allaprima.app.offline.gatys import eyes_of

    exit_code = 0

    def paint(job: Job) -> dict[str, Any] | None:
        nonlocal exit_code
        if exit_code:
            return None
        layout, eyes = eyes_of(job, size)
        optimised = _paint(eyes, steps, iterations, label)
        done, exit_code = write_eyes(job, optimised.eyes, layout), optimised.exit_code
        if exit_code:
            say(f"interrupted after {optimised.iterations} of {iterations} iterations, which {job.outputs[0]} holds")
        objective = [round(value, 4) for value in optimised.objective]
        return {**done.of(job), "iterations": optimised.iterations, "objective": objective}

    return [file for file in batch.each(paint) if file], exit_code


def _paint(eyes: list[Pixels], steps: Callable[[Pixels], Steps], iterations: int, label: str) -> Optimised:
    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.offline.gatys import optimised

    with Bars(counting=True) as progress:
        bar = progress.add_task(label, total=iterations)

        def tell(done: int, objectives: list[float]) -> None:
            description = f"{label}, objective {objectives[0]:.2f} -> {objectives[-1]:.2f}"
            progress.update(bar, completed=done, description=description)

        return optimised(eyes, steps, iterations, tell)
