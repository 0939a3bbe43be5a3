"""Train a style pack: `allaprima styles train`. Flat and readable from top to bottom; what it does is in `train`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor

from allaprima.models import losses
from allaprima.models.network import StyleNetwork, build
from allaprima.models.objective import Balance, Batch, judge, second_views
from allaprima.models.packing import Painting, paintings_of, write_pack
from allaprima.models.photos import PhotoCrops, picture_files, read_rgb, to_tensor
from allaprima.models.recipe import Recipe, learning_rate
from allaprima.models.vgg import FeatureNetwork, Features
from allaprima.models.weights import WeightsMissing, find_weights


def targets(vgg: FeatureNetwork, paintings: Sequence[Painting], stroke: int) -> Features:
    """{layer: (rows, C, C)} Gram matrices of the paintings; row 0, the identity, has none and holds zeros."""
    found = [losses.style_target(painting.file, vgg, stroke) for painting in paintings]
    return {name: torch.cat([torch.zeros_like(gram), *(t[name] for t in found)]) for name, gram in found[0].items()}


def one_hot(rows: list[int], count: int) -> Tensor:
    """(len(rows), count) weights that pick one row each."""
    return F.one_hot(torch.tensor(rows), count).float()


def save(path: Path, **state: object) -> None:
    """Write a checkpoint under a temporary name, then rename: a kill never leaves half of one."""
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


class Interruption:
    """Ctrl-C lets the step in hand finish, so that what is kept is whole and a resumed run is the same run; a second
    one interrupts at once.
    """

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Interruption:
        self._main = threading.current_thread() is threading.main_thread()  # signals are the main thread's
        if self._main:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._main:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, number: int, frame: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def open_log(path: Path, step: int) -> TextIO:
    """The loss log to append to, without the lines a killed run wrote after its last checkpoint, at `step`."""
    lines = path.read_text().splitlines(keepends=True)[:step] if path.exists() and step else []
    path.write_text("".join(lines))
    return path.open("a")


def keep(
    path: Path,
    recipe: Recipe,
    network: StyleNetwork,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    crops: PhotoCrops,
    step: int,
    deck: list[int],
    balance: Balance,
) -> None:
    """Checkpoint everything that the next step depends on, so that a resumed run is the same run."""
    save(
        path,
        recipe=asdict(recipe),
        network=network.state_dict(),
        optimizer=optimizer.state_dict(),
        generator=generator.get_state(),
        photos=crops.state(),
        step=step,
        deck=deck,
        balance=balance.ratio,
    )


def preview(network: StyleNetwork, pictures: Tensor, path: Path) -> None:
    """A sheet: one column a photo (pictures (N, 3, H, W)), the photos first, then one line a row of the network."""
    lines = [pictures]
    with torch.no_grad():
        for row in range(network.rows):
            style = one_hot([row], network.rows)
            lines.append(torch.cat([network(p[None].repeat(2, 1, 1, 1), style)[:1] for p in pictures]))
    sheet = torch.cat([torch.cat(list(line), 2) for line in lines], 1)
    rgb = (sheet * 255).round().clamp(0, 255).byte().numpy().transpose(1, 2, 0)
    cv2.imwrite(str(path), cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR))


def train(
    recipe: Recipe,
    paintings: Sequence[Painting],
    photos: Path,
    vgg_folder: Path,
    run: Path,
    resume: bool = False,
    compiled: bool = True,
) -> Path:
    """Train into the folder `run` (checkpoint, loss log, preview sheets) and return the checkpoint's path.

    Each step paints `pairs` pairs in as many styles, and one pair in the identity row. A pair is a photo and a random
    second view of it; the first is judged by VGG, the two against each other. `compiled` is about twice as fast, but
    wants a C++ compiler. One seed gives one sequence, also across an interruption and `resume`.
    """
    run.mkdir(parents=True, exist_ok=True)
    checkpoint = run / "checkpoint.pt"
    torch.manual_seed(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    rows = 1 + len(paintings)
    network = build(recipe.family, rows).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    # What row 0 itself paints must match the photo, because a strength between 0 and 1 blends that row with a style's;
    # passing the photo straight through would hide it from the loss. The export switches the passage on.
    network.through.zero_()
    vgg = FeatureNetwork(vgg_folder).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.99))
    crops = PhotoCrops(photos, recipe.crop)
    grams = targets(vgg, paintings, recipe.stroke)
    balance = Balance.of(rows)
    step, deck = 0, []
    if resume and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        if state["recipe"] != asdict(recipe):
            raise ValueError(f"{checkpoint} was made with another recipe: {state['recipe']}; train into another folder")
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        generator.set_state(state["generator"])
        crops.restore(state["photos"])
        step, deck, balance = state["step"], state["deck"], Balance(state["balance"])
    paint = torch.compile(network) if compiled else network
    features = torch.compile(vgg) if compiled else vgg
    shown = picture_files(photos)
    shown = shown[:: max(1, len(shown) // 4)][:4]
    samples = torch.stack([to_tensor(np.asarray(cv2.resize(read_rgb(p), (320, 240)), np.uint8)) for p in shown])
    log = open_log(run / "loss.jsonl", step)
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    bars = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console)
    with log, bars as progress, Interruption() as interruption:
        bar = progress.add_task("training", total=recipe.iterations, completed=step)
        while step < recipe.iterations:
            started = time.perf_counter()
            settling = step < recipe.settled
            count = recipe.pairs + settling  # a single view is cheaper than a pair
            while len(deck) < count:  # every style comes up equally often
                deck += (torch.randperm(len(paintings), generator=generator) + 1).tolist()
            picked, deck = deck[:count], deck[count:]
            first = crops.draw(count + 1, generator)  # (P + 1, 3, H, W)
            second, warp = (None, None) if settling else second_views(first, generator)
            batch = Batch(first, second, warp, torch.tensor(picked))
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(recipe, step)
            with torch.autocast("cpu", torch.bfloat16):
                painted = paint(batch.views.contiguous(memory_format=torch.channels_last), one_hot([*picked, 0], rows))
                terms = judge(painted.float(), batch, features, grams, balance, recipe, step)
            loss = terms["loss"]
            if not torch.isfinite(loss):
                raise FloatingPointError(f"the loss became {loss.item()} at step {step}; lower the learning rate")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            entry = {"step": step, **{name: term.item() for name, term in terms.items()}}
            entry["seconds"] = time.perf_counter() - started
            log.write(json.dumps(entry) + "\n")
            progress.update(bar, completed=step, description=f"style {entry['ratio']:.1%} of the photo's")
            if step % 250 == 0 or step == recipe.iterations or interruption.asked:
                log.flush()
                keep(checkpoint, recipe, network, optimizer, generator, crops, step, deck, balance)
                preview(network, samples, run / f"preview-{step:06d}.png")
            if step == recipe.settled:
                torch.save({"network": network.state_dict(), "recipe": asdict(recipe), "step": step}, run / "plain.pt")
            if interruption.asked:
                raise KeyboardInterrupt
    return checkpoint


def finish(
    checkpoint: Path,
    paintings: Sequence[Painting],
    pack: Path,
    title: str,
    previews: Path | None = None,
    note: str = "",
) -> Path:
    """Export a checkpoint to a pack folder and paint its previews. Returns the folder."""
    state = torch.load(checkpoint, weights_only=True)
    recipe = Recipe(**state["recipe"])
    network = build(recipe.family, 1 + len(paintings))
    network.load_state_dict(state["network"])
    network.through[0] = 1.0
    training = {**asdict(recipe), "steps": state["step"], "losses": "VGG-19 Gram relu1_1-relu4_1, content relu3_1"}
    if note:
        training["note"] = note
    return write_pack(network, recipe.family, paintings, pack, title, training, previews)


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of `allaprima styles train`."""
    default = Recipe()
    add = parser.add_argument
    add("--style", nargs="+", type=Path, required=True, metavar="IMG", help="paintings, one style each")
    add("--photos", type=Path, required=True, metavar="DIR", help="photos to train on, a few hundred or more")
    add(
        "--vgg", type=Path, metavar="FILE|DIR", help="VGG-19 weights (default: the data folder's, else downloaded once)"
    )
    add("-o", "--pack", type=Path, required=True, metavar="DIR", help="pack folder to write")
    add("--title", help="title of the pack (default: the folder's name)")
    add("--about", type=Path, metavar="FILE", help="TOML with title, artist, year ... of each painting")
    add("--preview", type=Path, metavar="IMG", help="picture to paint the previews from (default: three)")
    add("--run", type=Path, metavar="DIR", help="folder for checkpoint, log and previews (default: PACK.run)")
    add("--resume", action="store_true", help="go on from the run's checkpoint")
    add("--export-only", action="store_true", help="write the pack from the run's checkpoint as it is")
    add("--no-compile", action="store_true", help="do without a C++ compiler, at about half the speed")
    add("--note", default="", help="a line for the pack's card, on how it was trained")
    add("--threads", type=int, help="CPU threads (default: all)")
    for name, kind, what in (
        ("family", str, "network family"),
        ("iterations", int, "training steps"),
        ("crop", int, "side of the training crops in pixels, a multiple of 8"),
        ("strength", float, "style against content: 1 tints, 40 paints over what is shown"),
        ("stroke", int, "the painting's shorter side in pixels; larger is larger strokes"),
        ("stability", float, "weight of the consistency between two views"),
        ("seed", int, "same seed, same loss log"),
    ):
        add(f"--{name}", type=kind, default=getattr(default, name), help=f"{what} (default: %(default)s)")
    parser.epilog = """examples:
  allaprima styles train --style starry.jpg wave.jpg --photos photos/ -o my-pack
  allaprima styles train --style mine.png --photos photos/ --vgg vgg19.pth -o mine --iterations 2000 --stroke 800
  allaprima styles train ... --resume        go on after an interruption"""


def main(argv: Sequence[str] | None = None) -> int:
    """Train and export. Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted (the checkpoint is kept)."""
    parser = argparse.ArgumentParser("allaprima styles train", formatter_class=argparse.RawDescriptionHelpFormatter)
    configure(parser)
    args = parser.parse_args(argv)
    run = args.run or args.pack.with_name(args.pack.name + ".run")
    recipe = Recipe(
        family=args.family,
        iterations=args.iterations,
        crop=args.crop,
        strength=args.strength,
        stroke=args.stroke,
        stability=args.stability,
        seed=args.seed,
    )
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        if recipe.crop < 64 or recipe.crop % 8:
            raise ValueError(f"--crop {recipe.crop}: wants a multiple of 8, 64 or more")
        paintings = paintings_of(args.style, args.about)
        checkpoint = run / "checkpoint.pt"
        if not args.export_only:
            vgg = find_weights(args.vgg)
            checkpoint = train(recipe, paintings, args.photos, vgg, run, args.resume, not args.no_compile)
        pack = finish(checkpoint, paintings, args.pack, args.title or args.pack.name, args.preview, args.note)
    except KeyboardInterrupt:
        print(f"interrupted; go on with --resume (checkpoint in {run})", file=sys.stderr)
        return 130
    except (ValueError, OSError, WeightsMissing, FloatingPointError) as error:
        print(f"allaprima: error: {error}", file=sys.stderr)
        return 1
    print(pack)
    return 0


if __name__ == "__main__":
    sys.exit(main())
