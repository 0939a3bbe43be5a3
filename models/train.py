"""Train a network of styles. Flat and readable from top to bottom; what it does is in `train`."""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import nn

from allaprima.models.appraisal import judging_photos
from allaprima.models.device import compiles
from allaprima.models.eyes import Eyes
from allaprima.models.interruption import Interruption
from allaprima.models.objective import Balance, Batch, Verdict, carried, hung, judge, second_views
from allaprima.models.packing import Painting
from allaprima.models.parallel import ALONE, Crew
from allaprima.models.photos import PhotoCrops, picture_files, read_rgb, readable, to_tensor
from allaprima.models.pupil import Pupil
from allaprima.models.real_views import RealViews
from allaprima.models.recipe import Recipe, learning_rate
from allaprima.models.run_folder import RunFolder
from allaprima.models.state import State
from allaprima.models.vgg import FeatureNetwork

EVERY = 250
"""Steps from one checkpoint to the next."""
SPIKE = 10.0
"""A loss that many times its running mean is a training that comes apart, as surely as one that is no number."""
ROLLBACKS = 3
CPU = torch.device("cpu")


def draw(state: State, pupil: Pupil, real: RealViews | None, settling: bool) -> Batch:
    """A step's batch. A single view is cheaper than a pair, so while the style settles there is one photo more."""
    count = state.recipe.pairs + settling
    while len(state.deck) < count:  # every style comes up equally often
        state.deck += [pupil.rows[i] for i in torch.randperm(len(pupil.rows), generator=state.generator).tolist()]
    picked, state.deck = state.deck[:count], state.deck[count:]
    first = state.crops.draw(count + pupil.identity, state.generator)  # (P + 1, 3, H, W)
    channels, size = pupil.network.canvas, (first.shape[2], first.shape[3])
    canvas = hung(len(first), channels, size, state.generator) if channels else None
    if settling:
        return Batch(first, None, None, torch.tensor(picked), None if canvas is None else canvas[None])
    second, warp = second_views(first, state.generator)
    if real:
        first, second, warp = real.mixed(first, second, warp, state.generator)
    canvases = None if canvas is None else torch.stack((canvas, carried(canvas, warp, state.generator)))
    return Batch(first, second, warp, torch.tensor(picked), canvases)


def descend(paint: nn.Module, eyes: Eyes, state: State, batch: Batch, crew: Crew) -> tuple[Verdict, float]:
    """Paint a batch and leave the gradients of its loss, no longer than 1; returns how long they were."""
    rows = state.network.rows
    with torch.autocast(batch.first.device.type, torch.bfloat16):
        views = batch.views.contiguous(memory_format=torch.channels_last)
        painted = paint(views, batch.weights(rows), batch.canvas)
        verdict = judge(painted.float(), batch, eyes, state.balance, state.recipe, state.step)
    state.optimizer.zero_grad(set_to_none=True)
    (verdict.loss * crew.size).backward()  # type: ignore[no-untyped-call]  # the crew's gradients are averaged
    return verdict, torch.nn.utils.clip_grad_norm_(state.network.parameters(), 1.0).item()


def affordable(
    minutes: float,
    paint: nn.Module,
    eyes: Eyes,
    state: State,
    pupil: Pupil,
    real: RealViews | None,
    crew: Crew,
    device: torch.device,
) -> int:
    """How many steps fit into so many minutes, by a few of either kind; nothing of them remains."""
    before = state.to_bytes()
    seconds = []
    for settling in (True, False):
        taken = []
        for _ in range(4):
            started = time.perf_counter()
            descend(paint, eyes, state, crew.part(draw(state, pupil, real, settling)).to(device), crew)
            state.optimizer.step()
            taken.append(time.perf_counter() - started)
        seconds.append(statistics.median(taken[1:]))  # the first one compiles
    state.restore(before)
    return cast(int, crew.agreed(state.recipe.within(60 * minutes, *seconds)))


def train(
    recipe: Recipe,
    pupil: Pupil,
    paintings: Sequence[Painting],
    photos: Path,
    vgg_folder: Path,
    run: Path,
    *,
    real: RealViews | None = None,
    minutes: float | None = None,
    resume: bool = False,
    compiled: bool = True,
    device: torch.device = CPU,
    crew: Crew = ALONE,
) -> None:
    """Train into the folder `run` (`RunFolder`).

    Each step paints `pairs` pairs in as many styles, and one pair in the identity row. A pair is a photo and a random
    second view of it, or one of the `real` ones; the first is judged by VGG, the two against each other. `minutes`
    choose the recipe's number of iterations. `compiled` is about twice as fast. One seed gives one sequence, also
    across an interruption and `resume`; several processes (`crew`) share each step's batch.

    A loss that is no number, or that leaps up, is answered by going back to the last checkpoint at half the learning
    rate. Raises FloatingPointError when that has not helped three times, ValueError for bad pictures or another run's
    folder, OSError where it cannot be written to, and KeyboardInterrupt, with everything kept, after ctrl-C.
    """
    if crew.size > recipe.pairs:
        raise ValueError(f"{crew.size} processes, but {recipe.pairs} pairs a step: give at least as many with --pairs")
    if compiled and not compiles(device):
        compiled = False
        print("torch.compile finds no compiler: training without, at about half the speed", file=sys.stderr)
    network = pupil.network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    vgg = FeatureNetwork(vgg_folder).eval().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(learning, lr=recipe.learning_rate, betas=(0.9, 0.99))
    crops = PhotoCrops(photos, recipe.crop)
    generator = torch.Generator().manual_seed(recipe.seed)
    state = State(recipe, network, optimizer, crops, generator, Balance.of(network.rows, device))
    eyes = Eyes.of(vgg, paintings, recipe.stroke, pupil.rows, network.rows, judging_photos(photos, 16).to(device))
    paint: nn.Module = network
    if compiled:
        torch._dynamo.config.recompile_limit = 64  # every octave, with gradients and without, of either kind of step
        eyes = replace(eyes, features=torch.compile(vgg, dynamic=False))  # type: ignore[arg-type]
        paint = torch.compile(network, dynamic=False)  # type: ignore[assignment]
    paint = crew.wrapped(paint)

    folder = RunFolder(run) if crew.leads else None
    if folder and folder.saved() and not resume:
        raise ValueError(
            f"{run} holds a training already: go on with --resume, or train into another folder with --run"
        )
    kept = cast(bytes | None, crew.agreed(folder.saved() if folder and resume else None))
    if kept is not None:
        if minutes:
            state.recipe = replace(recipe, iterations=State.recipe_of(kept).iterations)
        try:
            state.restore(kept)
        except ValueError as error:
            raise ValueError(f"{run / 'checkpoint.pt'}: {error}") from error
    elif minutes:
        if crew.leads:
            print("timing a few steps of each kind", file=sys.stderr)
        state.recipe = replace(recipe, iterations=affordable(minutes, paint, eyes, state, pupil, real, crew, device))
    recipe, good = state.recipe, state.to_bytes()

    files = picture_files(photos)
    spread = dict.fromkeys(files[:: max(1, len(files) // 4)] + files)  # others only where some cannot be read
    shown = islice(filter(readable, spread), 4)
    samples = torch.stack([to_tensor(np.asarray(cv2.resize(read_rgb(p), (320, 240)), np.uint8)) for p in shown])
    samples = samples.to(device)
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    bars = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=not crew.leads)
    if folder:
        folder.begin(state.step)
        console.print(
            f"watch {run / 'preview.png'} and {run / 'loss.png'}; ctrl-C stops, --resume goes on", soft_wrap=True
        )
    with bars as progress, Interruption() as interruption:
        bar = progress.add_task("training", total=recipe.iterations, completed=state.step)
        while state.step < recipe.iterations:
            started = time.perf_counter()
            batch = draw(state, pupil, real, settling=state.step < recipe.settled)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(recipe, state.step) * state.rate
            verdict, steepness = descend(paint, eyes, state, crew.part(batch).to(device), crew)
            asked = torch.tensor(float(interruption.asked), device=device)
            terms = crew.summed({**verdict.terms, "asked": asked})
            loss, stop = terms["loss"], terms.pop("asked") > 0

            if not math.isfinite(loss + steepness) or loss > SPIKE * state.mean:
                step, rollbacks, rate = state.step, state.rollbacks + 1, state.rate / 2
                if rollbacks > ROLLBACKS:
                    raise FloatingPointError(
                        f"the loss became {loss:.3g} at step {step}, and again {ROLLBACKS} times at lower learning "
                        f"rates; the last sound state is in {run}; try a lower --strength or other photos"
                    )
                state.restore(good)
                state.rollbacks, state.rate = rollbacks, rate
                if folder:
                    folder.begin(state.step)
                console.print(f"loss {loss:.3g} at step {step}: back to step {state.step} at {rate:g} of the rate")
                continue

            optimizer.step()
            state.average.take_in(network)
            state.balance.note(batch.rows.to(device), crew.gathered(verdict.ratios, len(batch.rows)))
            state.step += 1
            state.note(loss)
            if folder:
                folder.log({"step": state.step, **terms, "seconds": time.perf_counter() - started})
            progress.update(bar, completed=state.step, description=f"style {terms['ratio']:.1%} of the photo's")
            if state.step % EVERY == 0 or state.step == recipe.iterations or stop:
                better = state.better()
                good = state.to_bytes()
                if folder:
                    folder.save("checkpoint.pt", good)
                    if better:
                        folder.save("best.pt", good)
                    folder.show(state.average.network, samples, recipe.settled)
            if state.step == recipe.settled and folder:
                folder.save("plain.pt", state.to_bytes())
            if stop:
                interruption.raised()
        if interruption.asked:  # in the last step
            interruption.raised()
