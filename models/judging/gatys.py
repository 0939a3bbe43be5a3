"""Painting by optimisation (Gatys, Ecker & Bethge 2016, "Image Style Transfer Using Convolutional Neural Networks"):
the pixels themselves are optimised, with the losses of the network's training. It takes minutes for one picture, and
pictures do not agree with one another; but it shows how good one pass of the network is.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import count, islice
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from allaprima.models.judging.losses import content_distance, style_distance, style_target
from allaprima.models.judging.vgg import FeatureNetwork
from allaprima.models.recipe import Recipe

STRENGTH = 14.0
"""Style against content. The trainer's own weighs other losses, and cannot be compared with it."""

Method = Literal["adam", "lbfgs"]
Start = Literal["photo", "noise"]
Steps = Iterator[tuple[int, float, Tensor]]
"""(iterations so far, their objective, their picture (1, 3, H, W) RGB 0..1)."""


class Objective:
    """What is minimised: strength * style distance + content distance, of one photo and one painting. As in Gatys, and
    unlike in the trainer, without total variation: it is a tenth of the rest, and moved a `worth` of 26 to 27.
    """

    def __init__(self, photo: Tensor, target: Mapping[str, Tensor], vgg: FeatureNetwork, strength: float) -> None:
        """`photo` (1, 3, H, W) RGB 0..1; `target` {layer: (1, C, C)}, the painting's `losses.style_target`."""
        if photo.ndim != 4 or photo.shape[:2] != (1, 3):
            raise ValueError(f"a photo is (1, 3, H, W), not {tuple(photo.shape)}")
        self._vgg, self._strength, self._target = vgg, strength, dict(target)
        with torch.no_grad():
            self._content = vgg(photo)

    def __call__(self, picture: Tensor) -> Tensor:
        """(1, 3, H, W) RGB 0..1 to a scalar that can be differentiated."""
        features = self._vgg(picture)
        style, content = style_distance(features, self._target), content_distance(features, self._content)
        return (self._strength * style + content).sum()


def optimise(
    photo: Tensor,
    painting: Path | Mapping[str, Tensor],
    vgg: FeatureNetwork,
    *,
    stroke: int = Recipe.stroke,
    strength: float = STRENGTH,
    method: Method = "adam",
    rate: float = 0.02,
    start: Start = "photo",
    seed: int = 0,
) -> Steps:
    """Endlessly, beginning with what it starts from and 0 iterations.

    `photo` (1, 3, H, W) RGB 0..1; `painting` a file, which is brought to the shorter side `stroke`, or its
    `losses.style_target`. "adam" moves every pixel by up to about `rate` an iteration; "lbfgs" searches along a line,
    so that an iteration costs several evaluations. `start` "noise" is Gatys' own; then `seed` decides, and the same
    seed gives the same pictures on the same processor. Raises ValueError for a photo of another shape,
    `SourceError` for a painting that is no picture.

    Pixels are clamped to 0..1, for a sigmoid would hardly move what is black or white in the photo, and a step of Adam
    would no longer be the same in every pixel.
    """
    target = style_target(painting, vgg, stroke) if isinstance(painting, Path) else painting
    photo = photo.to(vgg.mean.device)
    objective = Objective(photo, target, vgg, strength)
    picture = photo.clone()
    if start == "noise":
        picture = torch.rand(photo.shape, generator=torch.Generator().manual_seed(seed)).to(photo.device)
    picture.requires_grad_()
    optimizer: torch.optim.Optimizer = (
        torch.optim.LBFGS([picture], max_iter=1, history_size=20, line_search_fn="strong_wolfe")
        if method == "lbfgs"
        else torch.optim.Adam([picture], lr=rate)
    )

    def evaluate() -> Tensor:
        optimizer.zero_grad()
        loss = objective(picture.clamp(0, 1))
        loss.backward()
        return loss.detach()

    for iteration in count():
        before = picture.detach().clamp(0, 1)
        value = float(optimizer.step(evaluate))  # type: ignore[arg-type]  # of `before`: steps return what they found
        yield iteration, value, before
        if method == "adam":  # else its momentum carries pixels away; L-BFGS, though, remembers where they were
            picture.data.clamp_(0, 1)


def worth(
    photo: Tensor,
    painted: Tensor,
    painting: Path,
    vgg: FeatureNetwork,
    stroke: int,
    strength: float,
    most: int,
    progress: Callable[[int, float], object] | None = None,
) -> int | None:
    """Number of iterations of Adam from the photo until the objective is below that of `painted`; None if it takes more
    than `most`. Both pictures (1, 3, H, W) RGB 0..1. `progress` is called with (iteration, objective).
    """
    target = style_target(painting, vgg, stroke)
    with torch.no_grad():
        goal = Objective(photo, target, vgg, strength)(painted).item()
    steps = optimise(photo, target, vgg, strength=strength)
    for iteration, value, _ in islice(steps, most + 1):
        if progress is not None:
            progress(iteration, value)
        if value < goal:
            return iteration
    return None
