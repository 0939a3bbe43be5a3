"""The slow reference at work: the pixels of each picture, optimised for minutes."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import SettingsError
from allaprima.app.core.frame import Pixels
from allaprima.app.core.interruption import exit_code_of
from allaprima.app.core.shell import looking
from allaprima.app.offline.files import read_eyes
from allaprima.app.offline.jobs import Job
from allaprima.app.packs.pack import default_pack, load_pack
from allaprima.app.stylize.prepare import network_size, resize_into
from allaprima.models.judging.gatys import STRENGTH, Steps, optimise
from allaprima.models.judging.losses import style_target
from allaprima.models.judging.vgg import FeatureNetwork
from allaprima.models.judging.weights import data_folder, find_weights
from allaprima.models.packing.paintings import painting_file
from allaprima.models.photos import to_pixels, to_tensor
from allaprima.models.recipe import Recipe

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
    strength: float = STRENGTH
    stroke: int = Recipe.stroke


@dataclass(frozen=True, slots=True)
class Optimised:
    """`eyes` (2, H, W, 3) after `iterations`; the mean of the eyes' objectives at the start and then. `exit_code` is
    that of the interruption, 0 without one.
    """

    eyes: NDArray[np.uint8]
    iterations: int
    objective: tuple[float, float]
    exit_code: int = 0


def find_subject(painting: Path | None, style: str | None, pack: str | None, paintings: Path | None) -> Subject:
    """The `painting`, else that of the `style` of the `pack`, in the folder of `paintings`; each None is its default.

    Raises `SettingsError` where the painting is not to be found, `StylePackError` for an unknown style.
    """
    if painting is not None:
        if style is not None:
            raise SettingsError("both --style and --painting are given", "give one of them")
        if not painting.is_file():
            raise SettingsError(f"there is no painting {painting}", looking(painting))
    chosen = load_pack(pack) if pack else default_pack()
    strength, stroke = chosen.training.get("strength"), chosen.training.get("stroke")
    taught: dict[str, Any] = {}
    if isinstance(strength, int | float) and 0 < strength < 1e4:  # a card may hold anything
        taught["strength"] = float(strength)
    if isinstance(stroke, int) and LEAST_SIDE <= stroke <= 4096:
        taught["stroke"] = stroke
    if painting is not None:
        return Subject(painting, None, **taught)
    named = chosen.style(style) if style else chosen.styles[0]
    folder = paintings or data_folder() / "paintings"
    file = painting_file(named.name, folder)
    if file is None:
        raise SettingsError(
            f"gatys needs the painting of {named.name!r} itself, and it is not in {folder}",
            "name the picture, --painting FILE, or its folder, --paintings DIR",
        )
    return Subject(file, named.name, **taught)


def steps_towards(
    subject: Subject,
    vgg: Path | None,
    strength: float,
    method: Literal["adam", "lbfgs"],
    start: Literal["photo", "noise"],
    seed: int,
) -> Callable[[Pixels], Steps]:
    """What optimises one eye. Raises `EngineError` without VGG's weights, `SourceError` for a painting that is no
    picture.
    """
    features = FeatureNetwork(find_weights(vgg)).eval()
    target = style_target(subject.painting, features, subject.stroke)

    def steps(eye: Pixels) -> Steps:
        return optimise(
            to_tensor(eye)[None],
            target,
            features,
            strength=strength * subject.strength,
            method=method,
            start=start,
            seed=seed,
        )

    return steps


def optimised(
    eyes: list[Pixels], steps: Callable[[Pixels], Steps], iterations: int, tell: Callable[[int, list[float]], object]
) -> Optimised:
    """The eyes (one, or two of one size) in step, so that ctrl-C finds both equally far; nothing else links them.
    `tell` is called after each iteration, with their number and all objectives so far. Raises KeyboardInterrupt only
    before there is anything to keep.
    """
    objectives: list[float] = []
    states, exit_code = None, 0
    try:
        for states in islice(zip(*(steps(eye) for eye in eyes), strict=True), iterations + 1):
            objectives.append(sum(objective for _, objective, _ in states) / len(states))
            tell(states[0][0], objectives)
    except KeyboardInterrupt as interruption:
        if not objectives:
            raise
        exit_code = exit_code_of(interruption)
    assert states is not None
    painted = [to_pixels(picture[0]) for _, _, picture in states]
    return Optimised(np.stack((painted[0], painted[-1])), states[0][0], (objectives[0], objectives[-1]), exit_code)


def eyes_of(job: Job, requested: tuple[int, int] | int | None) -> tuple[str, list[Pixels]]:
    """(layout, the one eye or both at the size they are painted at). Raises `SettingsError` for a size that would take
    days, or more memory than there is.
    """
    found = read_eyes(job)
    layout, left, right = found.layout, found.left, found.right
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
