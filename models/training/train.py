"""Train a network of styles; `train` is the loop, readable from top to bottom."""

import logging
import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol, cast

import cv2
import numpy as np
import torch
from torch import nn

from allaprima.app.core.errors import INTERRUPTED, SettingsError, TrainingError
from allaprima.app.core.interruption import Interrupted, Interruption
from allaprima.models.judging.quality import evaluation_photos
from allaprima.models.judging.targets import PerceptualTargets
from allaprima.models.judging.vgg import FeatureNetwork
from allaprima.models.packing.paintings import Painting
from allaprima.models.photos import PhotoCrops, picture_files, read_rgb, readable, to_tensor
from allaprima.models.recipe import Recipe, learning_rate
from allaprima.models.training.checkpoint import State
from allaprima.models.training.device import compiles
from allaprima.models.training.distributed import SINGLE, ProcessGroup
from allaprima.models.training.objective import (
    Balance,
    Batch,
    LossTerms,
    compute_loss,
    sample_canvas,
    second_views,
    warp_canvas,
)
from allaprima.models.training.real_views import RealViews
from allaprima.models.training.run_folder import RunFolder
from allaprima.models.training.student import Student

EVERY = 250
"""Steps from one checkpoint to the next."""
SPIKE = 10.0
"""A loss of this many times its running mean means a diverging training, as a loss that is not finite does."""
ROLLBACKS = 3
CPU = torch.device("cpu")
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Ending:
    """Whether the training should end after the present step."""

    quit: bool = False


class Report(Protocol):
    """The receiver of a training's progress."""

    def message(self, text: str) -> None:
        """One line for people."""

    def step(self, done: int, total: int, style: float) -> None:
        """After every step: `done` of `total`, and the style distance as a share of an unpainted photo's."""


class Silent:
    """A report that ignores everything."""

    def message(self, text: str) -> None:
        """Ignored."""

    def step(self, done: int, total: int, style: float) -> None:
        """Ignored."""


SILENT = Silent()


def sample_batch(state: State, student: Student, real: RealViews | None, settling: bool) -> Batch:
    """A step's batch. A single view is cheaper than a pair, so while the style settles there is one photo more."""
    count = state.recipe.pairs + settling
    while len(state.deck) < count:  # every style comes up equally often
        state.deck += [student.rows[i] for i in torch.randperm(len(student.rows), generator=state.generator).tolist()]
    picked, state.deck = state.deck[:count], state.deck[count:]
    first = state.crops.sample(count + student.identity, state.generator)  # (P + 1, 3, H, W)
    channels, size = student.network.canvas, (first.shape[2], first.shape[3])
    canvas = sample_canvas(len(first), channels, size, state.generator) if channels else None
    if settling:
        return Batch(first, None, None, torch.tensor(picked), None if canvas is None else canvas[None])
    second, warp = second_views(first, state.generator)
    if real:
        first, second, warp = real.mixed(first, second, warp, state.generator)
    canvases = None if canvas is None else torch.stack((canvas, warp_canvas(canvas, warp, state.generator)))
    return Batch(first, second, warp, torch.tensor(picked), canvases)


def backward(
    model: nn.Module, targets: PerceptualTargets, state: State, batch: Batch, group: ProcessGroup
) -> tuple[LossTerms, float]:
    """Paint a batch and leave the gradients of its loss, no longer than 1; returns how long they were."""
    rows = state.network.rows
    with torch.autocast(batch.first.device.type, torch.bfloat16):
        views = batch.views.contiguous(memory_format=torch.channels_last)
        painted = model(views, batch.weights(rows), batch.canvas)
        losses = compute_loss(painted.float(), batch, targets, state.balance, state.recipe, state.step)
    state.optimizer.zero_grad(set_to_none=True)
    (losses.loss * group.size).backward()  # type: ignore[no-untyped-call]  # the group's gradients are averaged
    return losses, torch.nn.utils.clip_grad_norm_(state.network.parameters(), 1.0).item()


def estimate_iterations(
    minutes: float,
    model: nn.Module,
    targets: PerceptualTargets,
    state: State,
    student: Student,
    real: RealViews | None,
    group: ProcessGroup,
    device: torch.device,
) -> int:
    """How many steps fit into so many minutes, by a few of either kind; nothing of them remains."""
    before = state.to_bytes()
    seconds = []
    for settling in (True, False):
        taken = []
        for _ in range(4):
            started = time.perf_counter()
            backward(model, targets, state, group.shard(sample_batch(state, student, real, settling)).to(device), group)
            state.optimizer.step()
            taken.append(time.perf_counter() - started)
        seconds.append(statistics.median(taken[1:]))  # the first one compiles
    state.restore(before)
    return cast(int, group.broadcast(state.recipe.within(60 * minutes, *seconds)))


def train(
    recipe: Recipe,
    student: Student,
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
    group: ProcessGroup = SINGLE,
    report: Report = SILENT,
) -> None:
    """Train into the folder `run` (`RunFolder`).

    Each step paints `pairs` pairs in as many styles, and one pair in the identity row. A pair is a photo and a random
    second view of it, or one of the `real` ones; the first is judged by VGG, the two against each other. `minutes`
    choose the recipe's number of iterations. `compiled` is about twice as fast. One seed gives one sequence, also
    across an interruption and `resume`; several processes (`group`) share each step's batch.

    After a loss that is not finite or leaps up, it returns to the last checkpoint with half the learning rate. The main
    process sends the progress to `report`. Raises `TrainingError` if that failed three times and for another run's
    folder, `SourceError` for bad pictures, OSError if the folder is not writable, and KeyboardInterrupt, with
    everything kept, after ctrl-C.
    """
    if group.size > recipe.pairs:
        raise SettingsError(
            f"{group.size} processes, but {recipe.pairs} pairs a step", f"give at least as many: --pairs {group.size}"
        )
    if compiled and not compiles(device):
        compiled = False
        _LOG.warning("torch.compile finds no compiler: training without, at about half the speed")
    network = student.network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    vgg = FeatureNetwork(vgg_folder).eval().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    trainable = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trainable, lr=recipe.learning_rate, betas=(0.9, 0.99))
    crops = PhotoCrops(photos, recipe.crop)
    generator = torch.Generator().manual_seed(recipe.seed)
    state = State(recipe, network, optimizer, crops, generator, Balance.of(network.rows, device))
    targets = PerceptualTargets.of(
        vgg, paintings, recipe.stroke, student.rows, network.rows, evaluation_photos(photos, 16).to(device)
    )
    model: nn.Module = network
    if compiled:
        torch._dynamo.config.recompile_limit = 64  # every octave, with gradients and without, of either kind of step
        targets = replace(targets, features=torch.compile(vgg, dynamic=False))  # type: ignore[arg-type]
        model = torch.compile(network, dynamic=False)  # type: ignore[assignment]
    model = group.data_parallel(model)

    folder = RunFolder(run) if group.is_main else None
    if folder and folder.saved() and not resume:
        raise TrainingError(
            f"{run} holds a training already", "go on with --resume, or train into another folder: --run DIR"
        )
    kept = cast(bytes | None, group.broadcast(folder.saved() if folder and resume else None))
    if kept is not None:
        if minutes:
            state.recipe = replace(recipe, iterations=State.recipe_of(kept).iterations)
        state.restore(kept)
    elif minutes:
        if group.is_main:
            report.message("timing a few steps of each kind")
        state.recipe = replace(
            recipe, iterations=estimate_iterations(minutes, model, targets, state, student, real, group, device)
        )
    recipe, good = state.recipe, state.to_bytes()

    files = picture_files(photos)
    spread = dict.fromkeys(files[:: max(1, len(files) // 4)] + files)  # others only where some cannot be read
    shown = islice(filter(readable, spread), 4)
    samples = torch.stack([to_tensor(np.asarray(cv2.resize(read_rgb(p), (320, 240)), np.uint8)) for p in shown])
    samples = samples.to(device)
    if folder:
        folder.begin(state.step)
        report.message(f"watch {run / 'preview.png'} and {run / 'loss.png'}; ctrl-C stops, --resume goes on")
    ending = Ending()
    with Interruption(ending) as interruption:
        while state.step < recipe.iterations:
            started = time.perf_counter()
            batch = sample_batch(state, student, real, settling=state.step < recipe.settled)
            for param_group in optimizer.param_groups:
                param_group["lr"] = learning_rate(recipe, state.step) * state.rate
            losses, grad_norm = backward(model, targets, state, group.shard(batch).to(device), group)
            asked = torch.tensor(float(ending.quit), device=device)
            terms = group.all_reduce({**losses.terms, "asked": asked})
            loss, stop = terms["loss"], terms.pop("asked") > 0

            if not math.isfinite(loss + grad_norm) or loss > SPIKE * state.mean:
                step, rollbacks, rate = state.step, state.rollbacks + 1, state.rate / 2
                if rollbacks > ROLLBACKS:
                    raise TrainingError(
                        f"the loss became {loss:.3g} at step {step}, and again {ROLLBACKS} times at lower learning "
                        f"rates; the last sound state is in {run}",
                        "try a lower --strength or other photos",
                    )
                state.restore(good)
                state.rollbacks, state.rate = rollbacks, rate
                if folder:
                    folder.begin(state.step)
                    report.message(f"loss {loss:.3g} at step {step}: back to step {state.step} at {rate:g} of the rate")
                continue

            optimizer.step()
            state.average.take_in(network)
            state.balance.note(batch.rows.to(device), group.all_gather(losses.ratios, len(batch.rows)))
            state.step += 1
            state.note(loss)
            if folder:
                folder.log({"step": state.step, **terms, "seconds": time.perf_counter() - started})
                report.step(state.step, recipe.iterations, terms["ratio"])
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
                raise Interrupted(interruption.exit_code or INTERRUPTED)  # another process of the group was asked
        if ending.quit:  # in the last step
            raise Interrupted(interruption.exit_code)
