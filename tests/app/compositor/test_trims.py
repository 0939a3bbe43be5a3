"""What was set by eye: what it does to the rig, and that saving it loses nothing."""

from __future__ import annotations

import math

import pytest

from allaprima.app.compositor.trims import KeptTrims, moved, trimmed
from allaprima.app.core.clock import NS
from allaprima.app.core.errors import CalibrationError
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.calibration.rig import Trims

RIG = StereoRig.parallel(FieldOfView(1.3, 1.2, 1.0, 0.9), 0.07)


def test_without_trims_the_rig_is_as_it_was_measured() -> None:
    assert trimmed(RIG, Trims()) == RIG


def test_the_right_picture_rises_against_the_left_by_the_degrees() -> None:
    rig = trimmed(RIG, Trims(vertical_deg=1.0))
    left, right = rig.left.camera_to_head, rig.right.camera_to_head
    assert math.degrees(left.angle_to(right)) == pytest.approx(1.0)
    ahead = right.matrix() @ (0, 0, -1, 0)
    assert ahead[1] == pytest.approx(math.sin(math.radians(0.5))), "the right one looks up"


def test_separation_moves_the_cameras_apart_and_scale_widens_their_view() -> None:
    rig = trimmed(RIG, Trims(separation_m=0.01, fov_scale=1.1))
    assert rig.baseline_m == pytest.approx(0.08)
    assert rig.right.camera_to_head.position[0] == pytest.approx(0.04)
    assert rig.left.fov.left == pytest.approx(1.43) and rig.left.fov.down == pytest.approx(0.99)


def test_a_trim_stops_at_its_limit() -> None:
    assert moved(Trims(), "fov_scale", 7.0).fov_scale == 2.0
    assert moved(Trims(), "separation_m", -1.0).separation_m == -0.2
    with pytest.raises(CalibrationError, match="fov_scale"):
        Trims(fov_scale=float("nan"))


def test_trims_are_saved_when_they_have_stood_still_for_a_second_or_at_the_end() -> None:
    written: list[Trims] = []
    moving = Trims()
    kept = KeptTrims(written.append, moving)
    for tenth in range(30):  # a key that is held
        moving = moved(moving, "fov_scale", 1.1 + tenth / 100)
        assert not kept.update(moving, tenth * NS // 10)
    assert written == []
    assert kept.update(moving, 4 * NS) and written == [moving]
    assert not kept.update(moving, 9 * NS) and not kept.update(moving, 9 * NS, at_once=True)
    last = moved(moving, "vertical_deg", 2.0)
    assert kept.update(last, 10 * NS, at_once=True) and written == [moving, last]


def test_trims_that_cannot_be_saved_are_told_once() -> None:
    def refuse(trims: Trims) -> None:
        raise CalibrationError("rig.toml cannot be written")

    kept = KeptTrims(refuse, Trims())
    kept.update(Trims(vertical_deg=1.0), 0)
    with pytest.raises(CalibrationError):
        kept.update(Trims(vertical_deg=1.0), 2 * NS)
    assert not kept.update(Trims(vertical_deg=1.0), 4 * NS)
