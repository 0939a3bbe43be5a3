"""What is near and far, and a matte that follows the picture."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.app.core.clock import NS
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.depth.depth import Depth, Plane
from allaprima.app.matte.distances import Distances
from allaprima.app.matte.matte import alphas, fitted, mixed
from allaprima.app.matte.zones import Zone, composed

SIZE = (320, 240)
FOV = FieldOfView.symmetric(90, 4 / 3)
RIG = StereoRig.parallel(FOV, 0.064)
HAND = (slice(100, 200), slice(110, 190))  # in the left picture, at 0.5 m; the room is 2 m away
DISPARITY = round(0.064 * 160 / 0.5)
SKIN, ROOM = (230, 150, 120), (40, 70, 60)


def hand(eye: int, noise: int = 0) -> Pixels:
    picture = np.empty((240, 320, 3), np.uint8)
    picture[:] = ROOM
    rows, columns = HAND
    shift = DISPARITY * eye
    picture[rows, columns.start - shift : columns.stop - shift] = SKIN
    if noise:
        rng = np.random.default_rng(noise)
        picture = np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
    return picture


def pair(noise: int = 0, t_ns: int = 0) -> StereoFrame:
    return StereoFrame(hand(0, noise), hand(1, noise + 1 if noise else 0), 0, t_ns)


def depth(confidence: float = 1.0, grown: int = 0) -> Depth:
    """What the left camera sees, the hand wider by `grown` cells, as a matcher has it."""
    inverse = np.full((240, 320), 0.5, np.float32)
    inverse[HAND] = 2.0
    inverse = cv2.resize(inverse, (160, 120), interpolation=cv2.INTER_AREA)
    if grown:
        inverse = cv2.dilate(inverse, np.ones((2 * grown + 1,) * 2))
    return Depth(inverse, np.full((120, 160), confidence, np.float32), 0, RIG.left.camera_to_head, FOV)


def seen(one: Depth, t_ns: int = 0) -> Distances:
    return Distances.of(one, RIG, Pose(), t_ns)


def near(one: Depth, source: StereoFrame, t_ns: int = 0) -> Plane:
    """(2, H, W): the share of what is nearer than 0.8 m."""
    _, matte = composed(blank(), source, seen(one, t_ns), [Zone(0.8, False)], paint)
    pictures = np.stack((source.left, source.right))
    return alphas(matte, pictures) if matte is not None else np.zeros(pictures.shape[:3], np.float32)


def blank(level: int = 0) -> NDArray[np.uint8]:
    return np.full((2, 240, 320, 3), level, np.uint8)


def paint(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    return blank(round(float(weights[0])))


@pytest.mark.parametrize("grown", [0, 2])
def test_a_hand_is_cut_out_at_the_picture_s_outline_in_both_eyes(grown: int) -> None:
    source = pair(noise=1)
    share = near(depth(grown=grown), source)
    for eye, found in enumerate((share[0], share[1])):
        true = np.zeros((240, 320), bool)
        rows, columns = HAND
        true[rows, columns.start - DISPARITY * eye : columns.stop - DISPARITY * eye] = True
        assert found[true].mean() > 0.97 and found[~true].mean() < 0.02, eye
        inner, outer = cv2.erode(true * 1.0, np.ones((5, 5))), cv2.dilate(true * 1.0, np.ones((5, 5)))
        assert found[inner > 0].min() > 0.75 and found[outer == 0].max() < 0.5, eye


def test_noise_does_not_make_it_flicker() -> None:
    shares = [near(depth(), pair(noise)) for noise in (1, 3, 5)]
    assert max(float(np.sqrt(np.mean((a - b) ** 2))) for a, b in pairwise(shares)) < 0.02


def test_the_border_is_soft_and_far_is_the_opposite_of_near() -> None:
    inverse = np.tile(np.geomspace(1 / 1.6, 1 / 0.4, 160, dtype=np.float32), (120, 1))
    distances = seen(Depth(inverse, np.ones_like(inverse), 0, RIG.left.camera_to_head, FOV))
    share = Zone(0.8, False).share(distances)[0, 30]
    assert share[0] == 0 and share[-1] == pytest.approx(1) and (np.diff(share) >= -1e-6).all()
    assert np.abs(np.diff(share)).max() < 0.25
    beyond = Zone(0.8, True).share(distances)[0, 30]
    np.testing.assert_allclose(share + beyond, 1, atol=1e-5)


def test_what_is_not_known_is_painted() -> None:
    source = pair()
    assert not near(depth(confidence=0.0), source).any()
    for beyond in (False, True):
        assert Zone(0.8, beyond).share(seen(depth(confidence=0.0))).max() == 0


def test_a_hand_without_texture_has_the_distance_of_its_outline() -> None:
    one = depth()
    rows, columns = (slice(side.start // 2 + 6, side.stop // 2 - 6) for side in HAND)
    one.confidence[rows, columns] = 0
    assert near(one, pair())[0][HAND].mean() > 0.9


def test_old_distances_hold_and_then_fade_without_a_step() -> None:
    source = pair()
    means = [float(near(depth(), source, round(age * NS))[0][HAND].mean()) for age in np.arange(0, 1.5, 1 / 30)]
    assert means[0] > 0.97 and means[6] == means[0] and means[-1] == 0
    assert max(np.abs(np.diff(means))) < 0.15 and (np.diff(means) <= 1e-6).all()


def test_a_head_that_has_moved_since_sees_the_hand_where_it_is_now() -> None:
    turned = Pose.from_euler(yaw=0.1)
    distances = Distances.of(depth(), RIG, turned, 0)
    still = seen(depth()).nearer(0.8)
    columns = np.arange(80)
    before, after = ((share[0].sum(0) * columns).sum() / share[0].sum() for share in (still, distances.nearer(0.8)))
    assert after - before == pytest.approx(40 * 0.1, abs=1.5)


def test_without_a_pose_the_head_has_not_moved() -> None:
    one = depth()
    np.testing.assert_allclose(Distances.of(one, RIG, None, 0).inverse, seen(one).inverse, rtol=0.02, atol=0.02)


def test_a_zone_with_a_style_is_painted_in_it_and_is_no_hole() -> None:
    source = pair()
    weights = np.array([200.0], np.float32)
    painted, matte = composed(blank(50), source, seen(depth()), [Zone(0.8, False, weights)], paint)
    painted = np.asarray(painted)
    assert matte is None
    assert painted[0][HAND].mean() == pytest.approx(200, abs=6)
    assert painted[0][:80].mean() == pytest.approx(50, abs=1)
    assert painted[1][HAND[0], 60 - DISPARITY + 70].mean() == pytest.approx(200, abs=12)


def test_a_zone_with_nothing_in_it_costs_no_pass() -> None:
    asked: list[object] = []

    def counted(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
        asked.append(weights)
        return blank()

    weights = np.ones(1, np.float32)
    before = blank(50)
    painted, matte = composed(before, pair(), seen(depth()), [Zone(0.3, False, weights), Zone(0.3, False)], counted)
    assert painted is before and matte is None and not asked


def test_near_and_far_together_leave_the_middle() -> None:
    inverse = np.repeat(np.array([[2.0, 0.9, 0.1]], np.float32), 160 // 3 + 1, 1)[:, :160].repeat(120, 0)
    source = StereoFrame(hand(0), hand(0), 0, 0)
    one = Depth(inverse, np.ones_like(inverse), 0, RIG.left.camera_to_head, FOV)
    _, matte = composed(blank(), source, seen(one), [Zone(0.8, False), Zone(3.0, True)], paint)
    assert matte is not None
    share = alphas(matte, np.stack((source.left, source.right)))[0, 20]
    assert share[40] > 0.9 and share[160] < 0.1 and share[290] > 0.9


def test_a_mixture_is_between_its_two_sides() -> None:
    alpha = np.zeros((2, 240, 320), np.float32)
    alpha[:, :, 160:] = 1
    alpha[:, :, 100] = 0.5
    out = mixed(blank(10), blank(210), alpha)
    assert (
        (out[:, :, :100] == 10).all() and (out[:, :, 160:] == 210).all() and np.abs(out[:, :, 100] - 110.0).max() <= 1
    )


def test_a_whole_share_is_whole_and_none_is_none() -> None:
    source = pair(noise=1)
    ones = np.ones((2, 60, 80), np.float32)
    for share in (0.0, 1.0):
        found = alphas(
            fitted(ones * np.float32(share), ones, source.left, source.right), np.stack((source.left, source.right))
        )
        np.testing.assert_allclose(found, share, atol=1e-3)
