"""The layered planes' truth is true: pictures warped by it become one another, and what is hidden is said to be."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.app.bench.planes import LayeredPlanes
from allaprima.app.core.frame import Eye
from allaprima.models.judging.metrics import warped_error

SIZE = (320, 240)
NOW = 20
PLACES = [(NOW, "right"), (NOW - 1, "left"), (NOW - 10, "left"), (NOW - 10, "right")]


@pytest.fixture(scope="module")
def planes() -> LayeredPlanes:
    return LayeredPlanes(SIZE)


@pytest.mark.parametrize(("frame", "eye"), PLACES)
def test_other_pictures_warped_by_the_truth_are_this_one(planes: LayeredPlanes, frame: int, eye: Eye) -> None:
    now, other = planes.draw(NOW)[0], planes.draw(frame)[("left", "right").index(eye)]
    truth = planes.correspondence(NOW, "left", frame, eye)
    assert 0.7 < truth.seen.mean() < 1
    error = warped_error(now, other, truth.flow, truth.seen)
    assert error < 0.004  # the rounding of both to 255 levels is 0.0016
    assert error < 0.3 * warped_error(now, other, np.zeros_like(truth.flow), truth.seen)


def test_hidden_places_differ(planes: LayeredPlanes) -> None:
    left, right = planes.draw(NOW)
    truth = planes.correspondence(NOW, "left", NOW, "right")
    x = np.arange(SIZE[0]) + truth.flow[..., 0]
    hidden = ~truth.seen & (x > 0)
    assert warped_error(left, right, truth.flow, hidden) > 5 * warped_error(left, right, truth.flow, truth.seen)


def test_motion_is_by_fractions_of_a_pixel_and_nearer_planes_move_further(planes: LayeredPlanes) -> None:
    truth = planes.correspondence(NOW, "left", NOW - 1, "left")
    steps = np.unique(truth.flow[..., 0])
    assert len(steps) == 4
    assert (np.abs(steps - np.rint(steps)) > 0.01).all()
    across = planes.correspondence(NOW, "left", NOW, "right").flow
    disparities = -np.unique(across[..., 0])[::-1]
    assert (disparities > 0).all() and not across[..., 1].any()
    order = [float(np.abs(truth.flow[across[..., 0] == -d][:, 0]).mean()) for d in disparities]
    assert order == sorted(order)


def test_pictures_are_textured_and_the_same_every_time(planes: LayeredPlanes) -> None:
    left, right = planes.draw(NOW)
    assert np.array_equal(left, LayeredPlanes(SIZE).draw(NOW)[0])
    assert not np.array_equal(left, right)
    assert left.std() > 25
