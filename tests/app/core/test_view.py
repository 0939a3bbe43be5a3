import math

import numpy as np
import pytest

from allaprima.app.core.view import FieldOfView, StereoRig

VIVE_LEFT = FieldOfView(left=1.4, right=1.0, up=1.5, down=1.2)


def clip(fov: FieldOfView, *point: float, near: float = 0.05, far: float = 100.0) -> np.ndarray:
    x, y, z, w = fov.projection(near, far) @ (*point, 1.0)
    return np.array((x, y, z)) / w


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((-1.4, 0.15, -1), (-1, 0)),  # left edge; (up - down) / 2 = 0.15 is the middle of the height
        ((1.0, 0.15, -1), (1, 0)),
        ((-0.2, 1.5, -1), (0, 1)),  # (right - left) / 2 = -0.2 is the middle of the width
        ((-0.2, -1.2, -1), (0, -1)),
        ((-0.4, 0.3, -2), (0, 0)),
        ((0, 0, -1), (0.4 / 2.4, -0.3 / 2.7)),  # straight ahead is right of and below the middle
        ((3.0, 4.5, -3), (1, 1)),
    ],
)
def test_points_land_where_the_tangents_say(point, expected):
    assert np.allclose(clip(VIVE_LEFT, *point)[:2], expected)


def test_depth_runs_from_minus_one_at_near_to_one_at_far():
    assert clip(VIVE_LEFT, 0, 0, -0.5, near=0.5, far=20)[2] == pytest.approx(-1)
    assert clip(VIVE_LEFT, 0, 0, -20, near=0.5, far=20)[2] == pytest.approx(1)
    assert -1 < clip(VIVE_LEFT, 0, 0, -5, near=0.5, far=20)[2] < 1


def test_what_is_behind_has_a_negative_w():
    assert (VIVE_LEFT.projection() @ (0, 0, 1, 1))[3] < 0


def test_a_symmetric_view_of_90_degrees_has_tangents_of_one_across():
    fov = FieldOfView.symmetric(90, aspect=4 / 3)
    assert (fov.left, fov.right) == pytest.approx((1, 1))
    assert (fov.up, fov.down) == pytest.approx((0.75, 0.75))


def test_intrinsics_give_the_tangents_of_the_picture_edges_y_down():
    fov = FieldOfView.from_intrinsics(fx=500, fy=400, cx=300, cy=200, width=640, height=480)
    assert (fov.left, fov.right, fov.up, fov.down) == pytest.approx((0.6, 0.68, 0.5, 0.7))
    # pixel (550, 120): 250 right of and 80 above the principal point; its ray is (0.5, 0.2, -1)
    x, y, _ = clip(fov, 0.5, 0.2, -1)
    assert ((x + 1) / 2 * 640, (1 - y) / 2 * 480) == pytest.approx((550, 120))


def test_a_parallel_rig_has_the_left_camera_on_the_left_and_its_baseline():
    rig = StereoRig.parallel(FieldOfView.symmetric(80, 1), 0.064)
    assert rig.left.camera_to_head.position == (-0.032, 0, 0)
    assert rig.right.camera_to_head.position == (0.032, 0, 0)
    assert rig.baseline_m == pytest.approx(0.064)
    assert math.isclose(rig.left.camera_to_head.angle_to(rig.right.camera_to_head), 0)
