"""`allaprima stylize --engine gatys`, the slow reference: its flags, and what it prints."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.shared.values import count
from allaprima.app.core.console import say
from allaprima.app.core.errors import EngineError, SettingsError

if TYPE_CHECKING:
    from allaprima.app.core.frame import Pixels
    from allaprima.app.offline.gatys import Optimised
    from allaprima.app.offline.jobs import Job
    from allaprima.models.gatys import Steps

ITERATIONS = 200
FLAGS = ("iterations", "painting", "paintings", "method", "start", "seed", "vgg")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """What only the slow reference takes."""
    add = parser.add_argument_group("the slow reference, --engine gatys").add_argument
    add("--iterations", type=count, metavar="N", help=f"how long it optimises (default: {ITERATIONS}); ctrl-C ends it")
    add("--painting", type=Path, metavar="FILE", help="take the style from this picture, instead of --style")
    add("--paintings", type=Path, metavar="DIR", help="the styles' paintings (default: $ALLAPRIMA_DATA/paintings)")
    add("--method", choices=("adam", "lbfgs"), help="lbfgs: fewer iterations, each twice as long (default: adam)")
    add("--start", choices=("photo", "noise"), help="what is optimised (default: photo)")
    add("--seed", type=int, metavar="N", help="of the noise (default: 0)")
    add(
        "--vgg", type=Path, metavar="FILE|DIR", help="VGG-19 weights (default: the data folder's, else downloaded once)"
    )


def refuse_flags(args: argparse.Namespace) -> None:
    """Raises `SettingsError` where one of them is given to another engine."""
    for name in FLAGS:
        if getattr(args, name) is not None:
            raise SettingsError(f"--{name} is for the slow reference only", "add --engine gatys")


def execute(args: argparse.Namespace, size: tuple[int, int] | int | None) -> int:
    """Every picture in turn, as `stylize` does, with `size` as it has it. Ctrl-C keeps the one in hand as far as it
    is, and ends. torch is imported only here.
    """
    try:
        from allaprima.app.offline import gatys
    except ImportError as error:
        raise EngineError(
            f"gatys needs packages that are not installed: {error}", 'pip install "allaprima[train]"'
        ) from error
    from allaprima.app.core.clock import now_ns
    from allaprima.app.offline.jobs import plan

    if args.precision not in ("auto", "f32"):
        raise SettingsError(f"gatys computes in f32, not in {args.precision}", "leave out --precision")
    jobs = plan(args.input, args.output, args.stereo, args.overwrite)
    for job in jobs:
        if job.is_video:
            raise SettingsError(
                f"{job.inputs[0]} is a video; gatys takes minutes a picture", "leave out --engine gatys"
            )
        gatys.eyes_of(job, size)  # read once more later: a wrong size in a folder is told now, not in an hour
    subject = gatys.find_subject(args.painting, args.style, args.pack, args.paintings)
    steps = gatys.steps_towards(
        subject, args.vgg, args.strength, args.method or "adam", args.start or "photo", args.seed or 0
    )
    started = now_ns()
    files, exit_code = _paint_all(
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
        "interrupted": bool(exit_code),
        "pairs": len(files),
        "seconds": round((now_ns() - started) / 1e9, 3),
    }
    if args.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        for file in files:
            print(*file["outputs"], sep="\n")
    return exit_code


def _paint_all(
    jobs: list[Job], steps: Callable[[Pixels], Steps], iterations: int, size: tuple[int, int] | int | None, label: str
) -> tuple[list[dict[str, Any]], int]:
    """What was written, and the exit code: not 0 if ctrl-C or another signal ended it."""
    from allaprima.app.offline.files import write_eyes
    from allaprima.app.offline.gatys import eyes_of

    files: list[dict[str, Any]] = []
    for job in jobs:
        layout, eyes = eyes_of(job, size)
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
        if optimised.exit_code:
            say(f"interrupted after {optimised.iterations} of {iterations} iterations, which {job.outputs[0]} holds")
            return files, optimised.exit_code
    return files, 0


def _paint(eyes: list[Pixels], steps: Callable[[Pixels], Steps], iterations: int, label: str) -> Optimised:
    """Under a progress bar."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.offline.gatys import optimised

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns) as progress:
        bar = progress.add_task(label, total=iterations)

        def tell(done: int, objectives: list[float]) -> None:
            description = f"{label}, objective {objectives[0]:.2f} -> {objectives[-1]:.2f}"
            progress.update(bar, completed=done, description=description)

        return optimised(eyes, steps, iterations, tell)
