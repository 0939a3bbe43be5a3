"""What every estimator of depth owes, and how the matching one takes bad pictures: never with a jump."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from allaprima.app.core.clock import NS
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.depth.depth import Depth, DepthEstimator
from allaprima.app.depth.exact import ExactDepth
from allaprima.app.depth.flat import FlatDepth
from allaprima.app.depth.matched import MatchedDepth

SIZE = (320, 240)
FOV = FieldOfView.symmetric(90, 4 / 3)
RIG = StereoRig.parallel(FOV, 0.064)
FLAT_M = 2.0
DISPARITY = 8
WALL_M = 0.064 * 160 / DISPARITY  # 1.28
TEXTURE = cv2.resize(np.random.default_rng(0).integers(0, 256, (80, 120, 3), np.uint8), (480, 320))
ESTIMATORS: dict[str, Callable[[], DepthEstimator]] = {
    "matched": lambda: MatchedDepth(RIG, FLAT_M),
    "exact": lambda: ExactDepth(RIG, lambda pair: np.full((240, 320), WALL_M)),
    "flat": lambda: FlatDepth(RIG, FLAT_M),
}


def crop(dx: int) -> Pixels:
    return np.ascontiguousarray(TEXTURE[20:260, 60 + dx : 380 + dx])


def wall(n: int, dx: int = 0) -> StereoFrame:
    """A textured wall `WALL_M` away, the camera moved by `dx` pixels of it."""
    return StereoFrame(crop(dx), crop(dx + DISPARITY), n, n * NS // 30)


def blank(n: int, level: int = 128) -> StereoFrame:
    grey = np.full((240, 320, 3), level, np.uint8)
    return StereoFrame(grey, grey, n, n * NS // 30)


def run(estimator: DepthEstimator, pairs: Sequence[StereoFrame]) -> list[Depth]:
    return [estimator.depth(pair, Pose()) for pair in pairs]


def median_m(depth: Depth) -> float:
    return float(1 / np.median(depth.inverse))


def largest_step(depths: Sequence[Depth]) -> float:
    """The largest change of all but one cell in a hundred from one depth to the next, relative."""
    return max(
        float(np.quantile(np.abs(after.inverse / before.inverse - 1), 0.99)) for before, after in pairwise(depths)
    )


@pytest.mark.parametrize("name", ESTIMATORS)
def test_depth_is_a_grid_over_the_left_picture(name: str) -> None:
    head = Pose.from_euler(0.1, position=(0, 1, 0))
    depth = ESTIMATORS[name]().depth(wall(3), head)
    assert depth.inverse.shape == depth.confidence.shape == (120, 160)
    assert depth.inverse.dtype == depth.confidence.dtype == np.float32
    assert (depth.inverse > 0).all() and np.isfinite(depth.inverse).all()
    assert (depth.confidence >= 0).all() and (depth.confidence <= 1).all()
    assert depth.t_ns == wall(3).t_ns and depth.fov == FOV
    assert depth.camera == head @ RIG.left.camera_to_head


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_same_pairs_give_the_same_depth(name: str) -> None:
    pairs = [wall(n, n) for n in range(4)]
    for first, second in zip(run(ESTIMATORS[name](), pairs), run(ESTIMATORS[name](), pairs), strict=True):
        assert np.array_equal(first.inverse, second.inverse)
        assert np.array_equal(first.confidence, second.confidence)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_head_without_a_pose_stays_where_it_was(name: str) -> None:
    estimator, head = ESTIMATORS[name](), Pose(position=(0, 1, 0))
    estimator.depth(wall(0), head)
    assert estimator.depth(wall(1), None).camera == head @ RIG.left.camera_to_head


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_wall_is_where_it_is_as_far_as_one_can_know(name: str) -> None:
    depth = run(ESTIMATORS[name](), [wall(n) for n in range(25)])[-1]
    assert median_m(depth) == pytest.approx(FLAT_M if name == "flat" else WALL_M, rel=0.02)
    assert depth.trust == (pytest.approx(0) if name == "flat" else pytest.approx(1, abs=0.12))


def test_distances_arrive_without_a_jump() -> None:
    depths = run(MatchedDepth(RIG, FLAT_M), [wall(n) for n in range(25)])
    assert median_m(depths[0]) == pytest.approx(FLAT_M) and largest_step(depths) < 0.2


@pytest.mark.parametrize(
    "bad",
    [
        lambda n: blank(n),
        lambda n: blank(n, 0),
        lambda n: replace(wall(n), right=blank(n, 0).right),
        lambda n: replace(wall(n), left=blank(n).left),
    ],
    ids=["featureless wall", "night", "right eye lost", "left eye lost"],
)
def test_what_shows_nothing_fades_to_the_assumed_distance(bad: Callable[[int], StereoFrame]) -> None:
    estimator = MatchedDepth(RIG, FLAT_M)
    run(estimator, [wall(n) for n in range(25)])
    depths = run(estimator, [bad(n) for n in range(25, 400)])
    assert median_m(depths[2]) == pytest.approx(WALL_M, rel=0.05)  # doubt keeps what was known
    assert median_m(depths[-1]) == pytest.approx(FLAT_M, rel=0.01) and depths[-1].trust < 0.01
    assert largest_step(depths) < 0.15
    back = run(estimator, [wall(n) for n in range(400, 430)])
    assert largest_step([depths[-1], *back]) < 0.2 and median_m(back[-1]) == pytest.approx(WALL_M, rel=0.02)


def test_swapped_eyes_are_noticed_and_stay_flat() -> None:
    estimator = MatchedDepth(RIG, FLAT_M)
    pairs = [wall(n) for n in range(40)]
    depths = run(estimator, [replace(pair, left=pair.right, right=pair.left) for pair in pairs])
    assert "--swap-eyes" in estimator.note
    assert median_m(depths[-1]) == pytest.approx(FLAT_M, rel=0.1)
    estimator = MatchedDepth(RIG, FLAT_M)
    run(estimator, pairs)
    assert estimator.note == ""


def test_a_pair_with_a_held_eye_changes_nothing() -> None:
    estimator = MatchedDepth(RIG, FLAT_M)
    before = run(estimator, [wall(n) for n in range(10)])[-1]
    assert run(estimator, [replace(wall(10, 6), held="right")])[-1] is before


def test_a_darker_eye_moves_nothing() -> None:
    darker = [replace(pair, right=(pair.right * 0.85).astype(np.uint8)) for pair in (wall(n) for n in range(25))]
    assert median_m(run(MatchedDepth(RIG, FLAT_M), darker)[-1]) == pytest.approx(WALL_M, rel=0.03)


def test_what_is_known_moves_with_the_head() -> None:
    estimator = MatchedDepth(RIG, FLAT_M)
    step = 64  # pixels of a wall that slides past; half the picture is new, and doubt keeps the other half
    right_m = step / 160 * WALL_M
    run(estimator, [wall(n) for n in range(25)])
    dark = estimator.depth(blank(25), Pose(position=(right_m, 0, 0)))
    seen, new = dark.confidence[:, :100], dark.confidence[:, -20:]
    assert np.median(seen) > 0.8 and np.median(new) < 0.1
    assert np.median(dark.inverse[:, :100]) == pytest.approx(1 / WALL_M, rel=0.03)


def test_a_hand_that_moves_leaves_nothing_beside_it() -> None:
    """What it hid is seen by the left eye alone for a while: no measurement replaces the hand's distance there."""

    def scene(n: int, x: int) -> StereoFrame:
        left, right = crop(0), crop(DISPARITY)
        hand = TEXTURE[10:130, 300:400]
        left[60:180, x : x + 100], right[60:180, x - 24 : x + 76] = hand, hand
        return StereoFrame(left, right, n, n * NS // 30)

    estimator = MatchedDepth(RIG, FLAT_M)
    depths = run(estimator, [scene(n, 100) for n in range(30)] + [scene(30 + n, 100 + 6 * n) for n in range(1, 6)])
    hand_m, before, after = 0.064 * 160 / 24, depths[29].inverse, depths[-1].inverse
    assert np.median(1 / before[40:80, 55:95]) == pytest.approx(hand_m, rel=0.05)
    assert np.median(1 / after[40:80, 70:110]) == pytest.approx(hand_m, rel=0.05)
    assert np.mean(1 / after[40:80, 52:60] > 2 * hand_m) > 0.9
