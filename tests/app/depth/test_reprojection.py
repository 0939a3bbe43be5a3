"""A grid of inverse depth seen from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView
from allaprima.app.depth.reprojection import Reprojection

FOV = FieldOfView.symmetric(90, 4 / 3)


def test_a_camera_that_does_not_move_sees_the_same() -> None:
    inverse = np.random.default_rng(0).uniform(0.2, 1, (30, 40)).astype(np.float32)
    same = Reprojection(inverse, FOV, Pose(), FOV, Pose())
    np.testing.assert_allclose(same.inverse, inverse, rtol=1e-4)
    np.testing.assert_allclose(same.carried(inverse), inverse, rtol=1e-3)
    assert same.inside.all()


@pytest.mark.parametrize("ahead_m", [0.5, -0.5])
def test_a_wall_comes_nearer_as_the_camera_moves_to_it(ahead_m: float) -> None:
    wall = np.full((30, 40), 1 / 2, np.float32)
    moved = Reprojection(wall, FOV, Pose(), FOV, Pose(position=(0.1, 0, -ahead_m)))
    np.testing.assert_allclose(moved.inverse, 1 / (2 - ahead_m), rtol=1e-3)


def test_a_slanted_wall_seen_by_a_camera_that_turned_and_moved() -> None:
    normal, distance = np.array([0.3, 0.1, 1.0]) / np.linalg.norm([0.3, 0.1, 1.0]), -2.0
    other = Pose.from_euler(0.15, -0.1, 0.05, (0.1, -0.05, 0.2))

    def seen(camera: Pose) -> np.ndarray:
        x = (np.arange(160) + 0.5) / 160 * 2 - 1
        y = (0.5 - (np.arange(120) + 0.5) / 120) * 2 * FOV.up
        rays = np.stack(np.broadcast_arrays(x[None], y[:, None], -1.0), -1) @ camera.matrix()[:3, :3].T
        return (rays @ normal) / (distance - np.array(camera.position) @ normal)

    moved = Reprojection(seen(Pose()).astype(np.float32), FOV, Pose(), FOV, other)
    inner = moved.inside
    inner[:4], inner[-4:], inner[:, :4], inner[:, -4:] = False, False, False, False
    np.testing.assert_allclose(moved.inverse[inner], seen(other)[inner], rtol=0.02)
    assert inner.mean() > 0.6


def test_what_the_old_grid_did_not_see_is_outside() -> None:
    wall = np.full((30, 40), 1 / 2, np.float32)
    turned = Reprojection(wall, FOV, Pose(), FOV, Pose.from_euler(0.5))
    assert not turned.inside[:, 0].any() and turned.inside[10:20, -10:].all()
    assert (turned.carried(np.ones_like(wall))[~turned.inside] == 0).all()
