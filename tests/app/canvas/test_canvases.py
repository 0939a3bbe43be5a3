"""What every canvas owes, and what each does besides: strokes keyed to it stay where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

import cv2
import numpy as np
import pytest

from allaprima.app.canvas.canvas import Canvas, Field
from allaprima.app.canvas.flow import FlowCanvas
from allaprima.app.canvas.noise import sphere_noise
from allaprima.app.canvas.opening import AutoCanvas
from allaprima.app.canvas.still import StillCanvas
from allaprima.app.canvas.surface import DepthOf
from allaprima.app.canvas.world import WorldCanvas
from allaprima.app.core.clock import NS
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.depth.depth import FRESH_S, STALE_S, Depth
from allaprima.app.depth.exact import ExactDepth

SIZE = (320, 240)
FOV = FieldOfView.symmetric(90, 4 / 3)
RIG = StereoRig.parallel(FOV, 0.064)


def wall_at(distance_m: float) -> DepthOf:
    """A wall along the picture, exactly."""
    return ExactDepth(RIG, lambda pair: np.full((SIZE[1], SIZE[0]), distance_m)).depth


CANVASES: dict[str, Callable[[], Canvas]] = {
    "still": lambda: StillCanvas(2, seed=3),
    "world": lambda: WorldCanvas(2, RIG, SIZE, 2.0, seed=3),
    "surface": lambda: WorldCanvas(2, RIG, SIZE, 2.0, seed=3, depth_of=wall_at(3.0)),
    "flow": lambda: FlowCanvas(2, SIZE, seed=3),
    "auto": lambda: AutoCanvas(2, RIG, SIZE, 2.0, seed=3),
}
SCENE = cv2.resize(np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8), (500, 400))


def pair(n: int, dx: int = 0, disparity: int = 0) -> StereoFrame:
    left = np.ascontiguousarray(SCENE[50 : 50 + SIZE[1], 60 + dx : 60 + dx + SIZE[0]])
    right = np.ascontiguousarray(SCENE[50 : 50 + SIZE[1], 60 + dx + disparity : 60 + dx + disparity + SIZE[0]])
    return StereoFrame(left, right, n, n * NS // 30)


def sequence(canvas: Canvas) -> list[Field]:
    return [
        canvas.at(pair(n, 2 * n), SIZE, Pose.from_euler(0.02 * n, position=(0.01 * n, 0, 0))).copy() for n in range(4)
    ]


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@pytest.mark.parametrize("name", CANVASES)
def test_a_canvas_is_noise_of_the_picture_s_half_size(name: str) -> None:
    for field in sequence(CANVASES[name]()):
        assert field.shape == (2, 2, 120, 160) and field.dtype == np.float32 and np.isfinite(field).all()
        assert 0.7 < field.std() < 1.2 and abs(field.mean()) < 0.15


@pytest.mark.parametrize("name", CANVASES)
def test_the_same_pairs_give_the_same_canvas(name: str) -> None:
    for first, second in zip(sequence(CANVASES[name]()), sequence(CANVASES[name]()), strict=True):
        assert np.array_equal(first, second)


@pytest.mark.parametrize("name", CANVASES)
def test_a_pair_painted_again_has_the_same_canvas(name: str) -> None:
    canvas, frozen = CANVASES[name](), pair(0)
    for head in (Pose(), None):
        first = canvas.at(frozen, SIZE, head).copy()
        for n in range(1, 30):  # as a replay does it with what was frozen when it was recorded
            assert np.array_equal(canvas.at(replace(frozen, seq=n), SIZE, head), first)


@pytest.mark.parametrize("name", ["world", "flow"])
def test_a_change_of_resolution_moves_no_stroke(name: str) -> None:
    canvas, frozen = CANVASES[name](), pair(0)
    full = canvas.at(frozen, SIZE, Pose()).copy()
    small = canvas.at(frozen, (224, 168), Pose())
    for eye in range(2):
        shrunk = cv2.resize(full[eye, 1], (112, 84), interpolation=cv2.INTER_AREA)
        assert correlation(small[eye, 1], shrunk) > 0.95


def test_strokes_twice_as_large_have_waves_twice_as_long() -> None:
    canvas = CANVASES["world"]()

    def roughness(field: Field) -> float:
        return float(np.abs(np.diff(field[0, 1], axis=1)).mean() / field[0, 1].std())

    usual = roughness(canvas.at(pair(0), SIZE, Pose()))
    assert roughness(canvas.at(pair(0), SIZE, Pose(), 2.0)) == pytest.approx(usual / 2, rel=0.25)


def turned(field: np.ndarray, yaw: float) -> np.ndarray:
    """(h, w) canvas of a camera turned left by `yaw`, seen by one that is not."""
    height, width = field.shape
    x = ((np.arange(width) + 0.5) / width * 2 - 1)[None, :] * FOV.left
    y = (1 - (np.arange(height) + 0.5) / height * 2)[:, None] * FOV.up
    ray = np.stack(np.broadcast_arrays(x, y, -1.0), -1) @ Pose.from_euler(yaw).matrix()[:3, :3]
    across = (ray[..., 0] / -ray[..., 2] / FOV.left + 1) / 2 * width - 0.5
    down = (1 - ray[..., 1] / -ray[..., 2] / FOV.up) / 2 * height - 0.5
    return cv2.remap(field, across.astype(np.float32), down.astype(np.float32), cv2.INTER_CUBIC)


def test_the_world_s_canvas_stays_where_it_is_when_the_head_turns() -> None:
    centred = StereoRig.parallel(FOV, 0.0)
    for pitch in (0.0, 1.3):  # also where the pole is in the picture
        canvas = WorldCanvas(2, centred, SIZE, 2.0)
        before = canvas.at(pair(0), SIZE, Pose.from_euler(0.0, pitch)).copy()
        after = canvas.at(pair(1), SIZE, Pose.from_euler(0.0, pitch)).copy()
        assert np.array_equal(before, after)
    canvas = WorldCanvas(2, centred, SIZE, 2.0)
    before = canvas.at(pair(0), SIZE, Pose()).copy()
    after = canvas.at(pair(1), SIZE, Pose.from_euler(0.2))
    inner = (slice(30, 90), slice(50, 110))
    assert correlation(turned(after[0, 1], 0.2)[inner], before[0, 1][inner]) > 0.98
    assert correlation(after[0, 1][inner], before[0, 1][inner]) < 0.5


def test_both_eyes_see_the_world_s_canvas_at_its_distance() -> None:
    field = CANVASES["world"]().at(pair(0), SIZE, Pose())
    disparity = 0.064 / 2.0 / (2 * FOV.left) * 160  # canvas pixels
    y, x = np.mgrid[:120, :160].astype(np.float32)
    right = cv2.remap(field[1, 1], x - np.float32(disparity), y, cv2.INTER_CUBIC)
    inner = (slice(40, 80), slice(60, 100))
    assert correlation(right[inner], field[0, 1][inner]) > 0.98 > correlation(field[1, 1][inner], field[0, 1][inner])


def _always(depth: Depth | None, frame: StereoFrame, head: Pose | None) -> Depth | None:
    return depth


def test_both_eyes_see_the_surface_s_canvas_where_the_surface_is() -> None:
    """Nearer than the assumed distance, and also when the depth is of a moment ago and the head has moved since."""
    for lag in (0, 3):
        wall = wall_at(1.0)
        told = [wall(pair(n), Pose(position=(0.01 * n, 0, 0))) for n in range(4)]
        canvas = WorldCanvas(2, RIG, SIZE, 2.0, depth_of=partial(_always, told[3 - lag]))
        field = canvas.at(pair(3), SIZE, Pose(position=(0.03, 0, 0)))
        disparity = 0.064 / 1.0 / (2 * FOV.left) * 160  # canvas pixels
        y, x = np.mgrid[:120, :160].astype(np.float32)
        right = cv2.remap(field[1, 1], x - np.float32(disparity), y, cv2.INTER_CUBIC)
        inner = (slice(10, 110), slice(20, 140))
        assert correlation(right[inner], field[0, 1][inner]) > 0.98


def test_a_stale_depth_gives_way_to_the_assumed_distance_step_by_step() -> None:
    stuck = wall_at(1.0)(pair(0), Pose())
    surface = WorldCanvas(2, RIG, SIZE, 2.0, depth_of=lambda frame, head: stuck)
    world = WorldCanvas(2, RIG, SIZE, 2.0)
    heads = [Pose()] * 2 + [Pose(position=(0.1, 0, 0))] * 60
    fields = [surface.at(pair(n), SIZE, head).copy() for n, head in enumerate(heads)]
    plain = [world.at(pair(n), SIZE, head).copy() for n, head in enumerate(heads)]
    steps = [float(np.abs(b - a).mean()) for a, b in pairwise(fields[2:])]
    assert max(steps) < 0.1 and np.array_equal(fields[-1], plain[-1])
    assert not np.allclose(fields[3], plain[3], atol=0.2)
    assert steps[: int(FRESH_S * 30) - 4] == [0] * (int(FRESH_S * 30) - 4) and STALE_S * 30 < len(heads)


def test_a_head_that_walks_away_gets_a_new_anchor_without_a_jump() -> None:
    canvas = WorldCanvas(1, RIG, SIZE, 2.0)
    fields = [
        canvas.at(pair(n), SIZE, Pose(position=(0, 0, -min(0.6, 0.01 * n)))).copy() for n in range(240)
    ]  # 0.3 m/s, then it stands
    steps = [float(np.abs(b - a).mean()) for a, b in pairwise(fields)]
    assert max(steps) < 0.3  # of a deviation of 1; an unrelated canvas is 1.1 away
    assert correlation(fields[0], fields[-1]) < 0.5 and steps[-1] == 0


def test_no_two_places_on_the_sphere_have_a_seam() -> None:
    texture = sphere_noise(2, 0.2, 0)
    across = np.abs(texture[..., 0] - texture[..., -1]).mean() / np.abs(np.diff(texture, axis=2)).mean()
    assert across == pytest.approx(1, abs=0.3)


def test_the_film_s_canvas_moves_with_what_is_shown() -> None:
    canvas = CANVASES["flow"]()
    first = canvas.at(pair(0), SIZE, None).copy()
    for n in range(1, 6):
        last = canvas.at(pair(n, 4 * n), SIZE, None)
    moved = last[0, 1][30:90, 30:120]
    assert correlation(moved, first[0, 1][30:90, 40:130]) > 0.9 > 0.5 > correlation(moved, first[0, 1][30:90, 30:120])


def test_the_film_s_right_eye_has_the_canvas_of_the_left_one_s_points() -> None:
    field = CANVASES["flow"]().at(pair(0, disparity=8), SIZE, None)
    assert correlation(field[1, 1][30:90, 30:120], field[0, 1][30:90, 34:124]) > 0.9


def test_a_camera_that_stands_still_keeps_its_canvas() -> None:
    canvas = CANVASES["flow"]()
    first = canvas.at(pair(0), SIZE, None).copy()
    assert all(np.array_equal(canvas.at(pair(n), SIZE, None), first) for n in range(1, 100))


def test_a_film_that_zooms_has_noise_of_one_size_without_a_jump() -> None:
    def zoomed(n: int) -> StereoFrame:
        by = cv2.getRotationMatrix2D((250, 200), 0, 1.02**n)
        picture = cv2.warpAffine(SCENE, by, (500, 400), flags=cv2.INTER_CUBIC)[80:320, 90:410].copy()
        return StereoFrame(picture, picture, n, n * NS // 30)

    canvas = CANVASES["flow"]()
    fields = [canvas.at(zoomed(n), SIZE, None)[0, 1].copy() for n in range(60)]
    rough = [float(np.abs(np.diff(field, axis=1)).mean() / field.std()) for field in fields]
    assert 1 / 1.6 < min(rough) / rough[0] and max(rough) / rough[0] < 1.25  # 1.02**59 is 3.2
    assert max(float(np.abs(b - a).mean()) for a, b in pairwise(fields)) < 0.6  # an unrelated canvas is 1.1 away


def test_a_cut_begins_a_new_canvas() -> None:
    canvas = CANVASES["flow"]()
    first = canvas.at(pair(0), SIZE, None).copy()
    for n in range(1, 6):
        canvas.at(pair(n, 4 * n), SIZE, None)
    dark = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    assert np.array_equal(canvas.at(StereoFrame(dark, dark, 9, NS), SIZE, None), first)


def test_a_pose_that_is_missing_for_a_moment_does_not_change_the_kind_of_canvas() -> None:
    auto, world, flow = (CANVASES[name]() for name in ("auto", "world", "flow"))
    assert np.array_equal(
        auto.at(pair(0), SIZE, None), flow.at(pair(0), SIZE, None)
    )  # nothing is known of any pose yet
    head = Pose.from_euler(0.1, position=(0, 1.5, 0))
    for number, pose in enumerate((head, None), 1):
        found = auto.at(pair(number), SIZE, pose).copy()
        assert np.array_equal(found, world.at(pair(number), SIZE, head))
