"""The canvas that every pair of the scenes is painted on."""

from collections.abc import Iterator, Sequence
from typing import Literal

import cv2
import numpy as np

from allaprima.app.bench.scenes import LAGS, MARGIN, Film, Moment, Pair, Scene
from allaprima.app.canvas.canvas import Field, Size
from allaprima.app.canvas.flow import FlowCanvas
from allaprima.app.canvas.noise import plane_noise
from allaprima.app.canvas.surface import DepthOf
from allaprima.app.canvas.world import WorldCanvas
from allaprima.app.core.clock import NS
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.depth.depth import DepthEstimator
from allaprima.app.depth.matched import MatchedDepth
from allaprima.app.settings_and_flags import CompositorSettings
from allaprima.app.sources.synthetic.loop import EYES

Kind = Literal["live", "surface", "oracle"]
"""`live` as the app makes it without depth: `world` where the scene has head poses, else `flow`. `surface` is the same
with matched depth. `oracle` is carried along by the exact correspondences of the scene: what a perfect canvas would
give.
"""
RUN_UP = 30
"""Frames that a flow canvas has carried its noise along before the first one that is measured."""
DEPTH_RUN_UP, DEPTH_STEP = 40, 2
"""Frames before the first one that is measured for which depth is estimated, and from one estimate to the next."""
DISTANCE_M = CompositorSettings().projection_distance_m
"""Distance that the world canvas assumes, where no depth is known."""


class Canvases:
    """The canvas (2, channels, H / 2, W / 2) of every pair of some scenes, which must live as long as this does."""

    def __init__(self, scenes: Sequence[Scene] = (), channels: int = 0, kind: Kind = "live") -> None:
        """`channels` of the network's canvas, 0 for a network without one."""
        self._channels = channels
        self._of: dict[int, Field] = {}
        for scene in scenes if channels else ():
            if (film := scene.film) is None:
                hung = [(moment.pair, _at_once(moment, channels)) for moment in scene.moments]
            else:
                hung = list(_oracle(scene, film, channels) if kind == "oracle" else _live(scene, film, channels, kind))
            self._of |= {id(pair): field for pair, field in hung}

    def of(self, pair: Pair) -> Field | None:
        """None for a network without a canvas, and for a pair that is none of the scenes'."""
        return self._of.get(id(pair))

    def wide(self, scene: Scene) -> Field | None:
        """A still canvas for the scene's `wide` pair; None for a network without one."""
        if not self._channels or scene.wide is None:
            return None
        height, width = scene.wide.shape[1:3]
        return np.stack([plane_noise(self._channels, width // 2, height // 2, 1.0, 0)] * 2)


def shifted(wide: Field, dx: int, dy: int) -> Field:
    """A canvas `MARGIN` picture pixels smaller than `wide`, taken (dx, dy) picture pixels further right and down."""
    height, width = (side - MARGIN // 2 for side in wide.shape[2:])
    into = np.array([[1, 0, dx / 2], [0, 1, dy / 2]], np.float32)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    planes = wide.reshape(-1, *wide.shape[2:])
    cut = [cv2.warpAffine(p, into, (width, height), flags=how, borderMode=cv2.BORDER_REFLECT_101) for p in planes]
    return np.stack(cut).reshape(*wide.shape[:2], height, width).astype(np.float32)


def _live(scene: Scene, film: Film, channels: int, kind: Kind) -> Iterator[tuple[Pair, Field]]:
    size = _size(scene)
    if film.head is not None and film.rig is not None:
        blank = np.zeros((1, 1, 3), np.uint8)
        depth_of = _depth_of(MatchedDepth(film.rig, DISTANCE_M), blank) if kind == "surface" else None
        world = WorldCanvas(channels, film.rig, size, DISTANCE_M, depth_of=depth_of)
        pairs = {moment.frame - lag: pair for moment in scene.moments for lag, pair in _by_lag(moment)}
        run_up = range(0, max(LAGS) + DEPTH_RUN_UP, DEPTH_STEP)
        seen = {moment.frame - n for moment in scene.moments for n in run_up if depth_of}
        for n in range(min(0, *seen, *pairs), max(pairs) + 1):  # the anchor depends on where the head has been
            left, right = pairs[n] if n in pairs else film.draw(n) if n in seen else (blank, blank)
            field = world.at(StereoFrame(left, right, n, round(n * NS / film.rate_hz)), size, film.head(n))
            if n in pairs:
                yield pairs[n], field.copy()
        return
    for moment in scene.moments:
        flow = FlowCanvas(channels, size)
        pairs = {moment.frame - lag: pair for lag, pair in _by_lag(moment)}
        for n in range(min(pairs) - RUN_UP, moment.frame + 1):
            left, right = pairs[n] if n in pairs else film.draw(n)
            field = flow.at(StereoFrame(left, right, n, round(n * NS / film.rate_hz)), size, None)
            if n in pairs:
                yield pairs[n], field.copy()


def _depth_of(estimator: DepthEstimator, blank: Pixels) -> DepthOf:
    """The depth of the frames that are drawn; none of the `blank` ones between."""
    return lambda pair, head: None if pair.left is blank else estimator.depth(pair, head)


def _oracle(scene: Scene, film: Film, channels: int) -> Iterator[tuple[Pair, Field]]:
    width, height = _size(scene)
    noise = plane_noise(channels, width // 2, height // 2, 1.0, 0)
    x, y = np.meshgrid(np.arange(width // 2, dtype=np.float32), np.arange(height // 2, dtype=np.float32))
    for moment in scene.moments:
        for lag, pair in _by_lag(moment):
            field = np.empty((2, *noise.shape), np.float32)
            for number, eye in enumerate(EYES):
                there = film.points(moment.frame - lag, eye, moment.frame, "left")
                flow = cv2.resize(there.flow, (width // 2, height // 2), interpolation=cv2.INTER_AREA) / 2
                maps = x + flow[..., 0], y + flow[..., 1]
                for channel, plane in enumerate(noise):
                    field[number, channel] = cv2.remap(plane, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)
            yield pair, field


def _at_once(moment: Moment, channels: int) -> Field:
    """Of a pair without a before: the right eye's follows from the left one's by disparity."""
    left, right = moment.pair
    size = left.shape[1], left.shape[0]
    return FlowCanvas(channels, size).at(StereoFrame(left, right, 0, 0), size, None)


def _by_lag(moment: Moment) -> Iterator[tuple[int, Pair]]:
    yield 0, moment.pair
    for lag in LAGS:
        yield lag, moment.before[lag]


def _size(scene: Scene) -> Size:
    """(width, height) of its pairs."""
    height, width = scene.moments[0].pair.shape[1:3]
    return width, height
