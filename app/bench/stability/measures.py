"""All that is measured of one way of painting on scenes with known truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from allaprima.app.bench.painters import Paint
from allaprima.app.bench.scenes import MARGIN, Moment, Pair, Scene
from allaprima.app.bench.stability.canvases import Canvases, shifted
from allaprima.app.canvas.canvas import Field
from allaprima.models.judging import metrics

Values = dict[str, float | None]
"""By name; None where it could not be measured."""
Found = dict[str, list[float]]
Progress = Callable[[float], object]

SHIFTS = (1, 2, 3, 4)
INSIDE = 16
"""Pixels from the border at which the border itself is no longer felt."""
NOISE = 2.0
"""Standard deviation of the sensor noise, in levels of 255."""
GAIN = 1.02
CELLS = (4, 8)
"""Pixels of the grids that strides of 4 and 8 would leave."""
DRIFT_SIZE = (96, 72)
DRIFT_PERIOD, DRIFT_WINDOW = 25, 50
"""The noise comes again after so many frames, twice in a window: what two windows differ by is memory, not noise."""
IN_SCENES = ("e_view", "e_stab", "e_stab_10", "bad2", "output_std")
"""Figures that are also reported scene by scene."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The numbers, and to look at: the first moment `painted`, and the painted frame `before`, warped onto it."""

    values: Values
    painted: Pair
    before: Pair


def measure(
    paint: Paint, scenes: Sequence[Scene], canvases: Canvases, drift_frames: int, progress: Progress
) -> Measured:
    """Measure `paint` on `scenes`, the first of them exact, each pair on its canvas; `drift_frames` 0 leaves the drift
    out. `progress` is called with shares that sum to 1.

    A key is the mean over the exact scenes, each counting alike; `KEY_SCENE` is of that scene alone.
    """
    parts = sum(len(scene.moments) + (scene.wide is not None) for scene in scenes) + (drift_frames > 0)
    once = _Once(paint, canvases)
    by_scene = {scene.name: _scene(once, scene, lambda: progress(1 / parts)) for scene in scenes}
    exact = [by_scene[scene.name] for scene in scenes if scene.exact]
    values: Values = {key: float(np.mean([np.mean(found[key]) for found in exact])) for key in exact[0]}
    values["e_view_worst"] = max(max(found["e_view"]) for found in exact)
    values["drift"] = None
    first = scenes[0].moments[0]
    if drift_frames:
        values["drift"] = drift(paint, first.pair, drift_frames)
        progress(1 / parts)
    for scene, found in by_scene.items():
        values |= {f"{key}_{scene}": float(np.mean(found[key])) for key in IN_SCENES if key in found}
    return Measured(values, once(first.pair), _before(once, first))


def _before(once: _Once, moment: Moment) -> Pair:
    """The frame before as painted, warped onto this one; where it does not show the point, this one itself."""
    warped = once(moment.pair).copy()
    for eye, (earlier, there) in enumerate(zip(once(moment.before[1]), moment.back[1], strict=True)):
        levels = np.clip(np.rint(metrics.warp(earlier, there.flow) * 255), 0, 255).astype(np.uint8)
        warped[eye][there.seen] = levels[there.seen]
    return warped


class _Once:
    """Paints every pair of the scenes once; they live as long as it does, so that each is known by its identity."""

    def __init__(self, paint: Paint, canvases: Canvases) -> None:
        self.paint, self.canvases = paint, canvases
        self._painted: dict[int, Pair] = {}

    def __call__(self, pair: Pair) -> Pair:
        if id(pair) not in self._painted:
            self._painted[id(pair)] = self.paint(pair, self.canvases.of(pair))
        return self._painted[id(pair)]


def _scene(once: _Once, scene: Scene, step: Callable[[], object]) -> Found:
    found: Found = defaultdict(list)
    for moment in scene.moments:
        _moment(once, moment, found)
        step()
    if scene.wide is not None:
        _disturbances(once, scene.moments[0].pair, found)
        _shifts(once.paint, scene.wide, once.canvases.wide(scene), found)
        step()
    return found


def _moment(once: _Once, moment: Moment, found: Found) -> None:
    painted = once(moment.pair)
    for eye, there in enumerate(moment.across):
        found["e_view"].append(metrics.warped_error(painted[eye], painted[1 - eye], there.flow, there.seen))
    for lag, pair in moment.before.items():
        before = once(pair)
        for eye, there in enumerate(moment.back[lag]):
            error = metrics.warped_error(painted[eye], before[eye], there.flow, there.seen)
            found["e_stab" if lag == 1 else f"e_stab_{lag}"].append(error)
    matched = metrics.stereo_disparity(painted[0], painted[1], float(moment.disparity.max()))
    found["bad2"].append(metrics.bad_pixels(matched, moment.disparity, moment.across[0].seen))
    found["output_std"].append(metrics.output_std(painted))
    found["tint"].append(metrics.tint_share(moment.pair[0], painted[0]))
    found["outline"].append(metrics.outline_kept(moment.pair[0], painted[0]))
    for cell in CELLS:
        found[f"grid_{cell}"].append(metrics.grid_share(painted[0], cell))


def _disturbances(once: _Once, pair: Pair, found: Found) -> None:
    for name, disturbed in (
        ("noise", metrics.with_noise(pair, NOISE, seed=0)),
        ("exposure", metrics.with_exposure(pair, GAIN)),
    ):
        found[name].append(metrics.rmse(once(pair), once.paint(disturbed, once.canvases.of(pair))))


def _shifts(paint: Paint, wide: Pair, canvas: Field | None, found: Found) -> None:
    """Both eyes of a crop, and of one taken some pixels further to the right or further down; so is their canvas."""

    def crop(dx: int, dy: int) -> Pair:
        height, width = wide.shape[1] - MARGIN, wide.shape[2] - MARGIN
        hung = None if canvas is None else shifted(canvas, dx, dy)
        return paint(np.ascontiguousarray(wide[:, dy : dy + height, dx : dx + width]), hung)

    first = crop(0, 0)
    for k in SHIFTS:
        for shift in ((k, 0), (0, k)):
            second = crop(*shift)
            errors = [metrics.shift_error(a, b, shift, INSIDE) for a, b in zip(first, second, strict=True)]
            found[f"shift_{k}px"] += errors
    found["border"].append(
        max(metrics.border_step(a, b, MARGIN) for a, b in zip(first, crop(MARGIN, MARGIN), strict=True))
    )


def drift(paint: Paint, pair: Pair, frames: int) -> float:
    """RMSE between the mean of the last and of the first `DRIFT_WINDOW` of so many frames of a static pair with sensor
    noise, painted one after the other. A feed-forward network has no memory and cannot drift: this catches whatever
    smooths over time, which ghosts and darkens. At `DRIFT_SIZE`, to be affordable.
    """
    small = np.stack([np.asarray(cv2.resize(eye, DRIFT_SIZE, interpolation=cv2.INTER_AREA), np.uint8) for eye in pair])
    noisy = [metrics.with_noise(small, NOISE, seed) for seed in range(DRIFT_PERIOD)]
    first, last = np.zeros(small.shape, np.float32), np.zeros(small.shape, np.float32)
    for n in range(frames):
        painted = paint(noisy[n % DRIFT_PERIOD])
        if n < DRIFT_WINDOW:
            first += painted
        if n >= frames - DRIFT_WINDOW:
            last += painted
    scale = np.float32(1 / (255 * DRIFT_WINDOW))
    return metrics.rmse(first * scale, last * scale)
