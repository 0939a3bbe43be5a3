"""`allaprima bench depth`: how right and how steady the estimated distances are, and what they cost."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from allaprima.app.bench.scenes import ROOM_FRAMES, Moment, Pair
from allaprima.app.bench.stability.real import aloe_scene, street_scene
from allaprima.app.core.clock import NS
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.depth.depth import DepthEstimator, Plane
from allaprima.app.depth.exact import ExactDepth
from allaprima.app.depth.flat import FlatDepth
from allaprima.app.depth.matched import MatchedDepth
from allaprima.app.settings_and_flags import CompositorSettings
from allaprima.app.sources.synthetic.path import RATE_HZ, head_path, phase_of
from allaprima.app.sources.synthetic.source import SyntheticRoom
from allaprima.app.sources.synthetic.truth import Correspondence
from allaprima.models.judging.metrics import with_noise

DISTANCE_M = CompositorSettings().projection_distance_m
RUN_UP, STEP = 20, 2
"""Pairs that an estimator has seen before the one that is judged, and frames of the room from one to the next."""
STILL, SETTLING = 16, 8
"""Noisy pictures of the judged moment, and how many of them pass before flicker is measured."""
NOISE = 2.0
"""Deviation of a camera's noise, in levels of 255."""
ALOE = (1282, 1110), FieldOfView.symmetric(54.4, 1282 / 1110), 0.063
"""Size, field of view and baseline; the scene is as large as if eyes had taken it."""
STREET = (640, 480), FieldOfView.from_intrinsics(923.5, 923.5, 320, 240, 640, 480), 0.54
"""KITTI's cameras, enlarged and cropped to that size."""
LIMITS: dict[tuple[str, str], tuple[str, float]] = {
    ("room", "median_error"): ("<=", 0.05),
    ("room", "within_10"): (">=", 0.85),
    ("room", "flicker_still"): ("<=", 0.01),
    ("room", "ms"): ("<=", 6.0),
    ("aloe", "within_2px"): (">=", 0.85),
}
"""What matched depth is held to, by scene and figure."""

Values = dict[str, float | None]
Missing = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Shot:
    """A judged moment: the `pairs` up to it with the head's pose at each, None if unknown, and its true `disparity`
    (H, W) in pixels, of which `per_inverse` are 1/m; 0 or NaN where the truth is not known. `back` says where the last
    pair's points were in the pair before, whose true disparity is `before`.
    """

    rig: StereoRig
    pairs: Sequence[StereoFrame]
    heads: Sequence[Pose | None]
    disparity: Plane
    per_inverse: float
    exact: Callable[[StereoFrame], Plane] | None = None
    back: Correspondence | None = None
    before: Plane | None = None


def run(
    size: tuple[int, int], quick: bool, stereo: Path, progress: Callable[[str, float], object], missing: Missing
) -> dict[str, Any]:
    """The report: figures of each scene by estimator, and what matched depth is held to. `size` (width, height) of the
    room's pictures; `quick` judges half of its moments. Raises `RecordingError` for a damaged picture.
    """
    scenes: dict[str, dict[str, Values]] = {}
    with _one_thread():
        for name, shots in _scenes(size, quick, stereo, missing):
            rows: dict[str, list[Values]] = {}
            for shot in shots:
                for kind, estimator in _estimators(shot):
                    progress(f"{name}, {kind}", 0.0)
                    rows.setdefault(kind, []).append(judge(estimator, shot))
            scenes[name] = {kind: _mean(of) for kind, of in rows.items()}
            progress(name, 1 / 3)
    limits = []
    for (scene, key), (direction, limit) in LIMITS.items():
        value = scenes.get(scene, {}).get("matched", {}).get(key)
        limits.append(
            {
                "scene": scene,
                "key": key,
                "direction": direction,
                "limit": limit,
                "value": value,
                "passed": None if value is None else value <= limit if direction == "<=" else value >= limit,
            }
        )
    settings = {"size": list(size), "quick": quick, "distance_m": DISTANCE_M}
    return {"scenes": scenes, "limits": limits, "settings": settings}


def judge(estimator: DepthEstimator, shot: Shot) -> Values:
    """The figures of one estimator at one moment. `median_error` and `within_10` (share with an error of at most 10 %)
    are of distance; `within_2px` of disparity; flicker is the root mean square of the relative change from pair to
    pair, the true change taken out; `ms` the processor time of a pair.
    """
    took, estimates = [], []
    for pair, head in zip(shot.pairs, shot.heads, strict=True):
        began = time.thread_time()
        depth = estimator.depth(pair, head)
        took.append((time.thread_time() - began) * 1e3)
        estimates.append(_over(depth.inverse, shot))
    known = shot.disparity > 0
    true, found = shot.disparity[known], estimates[-1][known]
    error = np.abs(true / found - 1)  # of distance
    values: Values = {
        "median_error": float(np.median(error)),
        "within_10": float(np.mean(error <= 0.1)),
        "within_2px": float(np.mean(np.abs(found - true) <= 2)),
        "flicker_still": _still_flicker(estimator, shot),
        "flicker_turning": None,
        "ms": float(np.median(took)),
    }
    if shot.back is not None and shot.before is not None:
        now, then = (np.log(a / b) for a, b in ((estimates[-1], shot.disparity), (estimates[-2], shot.before)))
        rows, columns = np.mgrid[: now.shape[0], : now.shape[1]].astype(np.float32)
        flow = shot.back.flow
        warped = cv2.remap(then, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_NEAREST)
        values["flicker_turning"] = float(np.sqrt(np.mean(np.square(now - warped)[shot.back.seen])))
    return values


def _over(inverse: Plane, shot: Shot) -> Plane:
    """Disparity at every pixel of the left picture."""
    height, width = shot.disparity.shape
    whole = cv2.resize(inverse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole * np.float32(shot.per_inverse), np.float32)


def _still_flicker(estimator: DepthEstimator, shot: Shot) -> float:
    """Of a head that stands still at the judged moment, with a camera's noise."""
    last = shot.pairs[-1]
    pairs = _noisy(np.stack((last.left, last.right)), STILL, last.seq, last.t_ns)
    planes = [estimator.depth(pair, shot.heads[-1]).inverse for pair in pairs][SETTLING:]
    return float(np.mean([np.sqrt(np.mean(np.square(b / a - 1))) for a, b in pairwise(planes)]))


def _estimators(shot: Shot) -> Iterator[tuple[str, DepthEstimator]]:
    yield "matched", MatchedDepth(shot.rig, DISTANCE_M)
    if shot.exact is not None:
        yield "exact", ExactDepth(shot.rig, shot.exact)
    yield "flat", FlatDepth(shot.rig, DISTANCE_M)


def _scenes(size: tuple[int, int], quick: bool, stereo: Path, missing: Missing) -> Iterator[tuple[str, Iterable[Shot]]]:
    yield "room", _room(size, ROOM_FRAMES[: len(ROOM_FRAMES) // 2] if quick else ROOM_FRAMES)
    for name, open_scene, (fitted, fov, baseline_m) in (("aloe", aloe_scene, ALOE), ("street", street_scene, STREET)):
        folder = stereo / ("kitti_street" if name == "street" else name)
        scene = open_scene(folder, fitted)
        if scene is None:
            missing(f"no stereo pairs in {folder}: nothing is measured on them; name the folder above it: --stereo DIR")
        else:
            rig = StereoRig.parallel(fov, baseline_m)
            yield name, [_photographed(moment, rig) for moment in scene.moments]


def _room(size: tuple[int, int], frames: Sequence[int]) -> Iterator[Shot]:
    room = SyntheticRoom(size, cache=False)
    fov = room.rig.left.fov
    per_inverse = room.rig.baseline_m * size[0] / (fov.left + fov.right)
    for n in frames:
        numbers = range(n - RUN_UP * STEP, n + 1, STEP)
        pairs = [StereoFrame(*room.draw(k), k, round(k * NS / RATE_HZ)) for k in numbers]
        heads = [head_path(room.seed, phase_of(k)) for k in numbers]
        points = room.seen_points(n, "left")
        now, then = (per_inverse / p.depth for p in (points, room.seen_points(n - STEP, "left")))
        yield Shot(
            room.rig,
            pairs,
            heads,
            now.astype(np.float32),
            per_inverse,
            lambda pair: np.asarray(room.seen_points(pair.seq, "left").depth, np.float32),
            points.at(n - STEP, "left"),
            then.astype(np.float32),
        )


def _photographed(moment: Moment, rig: StereoRig) -> Shot:
    """One pair, seen for a while."""
    fov = rig.left.fov
    per_inverse = rig.baseline_m * moment.pair.shape[2] / (fov.left + fov.right)
    pairs = _noisy(moment.pair, RUN_UP, 0, 0)
    return Shot(rig, pairs, [None] * RUN_UP, moment.disparity, per_inverse)


def _noisy(pair: Pair, count: int, seq: int, t_ns: int) -> list[StereoFrame]:
    """The pair `seq` again and again after `t_ns`, each time with other noise."""
    noisy = (with_noise(pair, NOISE, seed) for seed in range(count))
    gap_ns = round(STEP * NS / RATE_HZ)
    return [StereoFrame(left, right, seq, t_ns + (k + 1) * gap_ns) for k, (left, right) in enumerate(noisy)]


def _mean(rows: Sequence[Values]) -> Values:
    means: Values = {}
    for key in rows[0]:
        known = [value for row in rows if (value := row[key]) is not None]
        means[key] = float(np.mean(known)) if known else None
    return means


@contextmanager
def _one_thread() -> Iterator[None]:
    """OpenCV's work in the calling thread, so that its processor time is what a pair takes."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)
