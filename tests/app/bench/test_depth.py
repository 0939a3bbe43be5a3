"""What the bench says of distances that are known."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.bench import depth as bench
from allaprima.app.bench.depth import Shot, judge, run
from allaprima.app.cli.bench.depth import print_depth
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import FieldOfView, StereoRig
from allaprima.app.depth.depth import Depth
from allaprima.app.depth.flat import FlatDepth

RIG = StereoRig.parallel(FieldOfView.symmetric(90, 4 / 3), 0.064)
PER_INVERSE = 0.064 * 160 / 2


def shot(distance_m: float) -> Shot:
    grey = np.full((120, 160, 3), 128, np.uint8)
    pairs = [StereoFrame(grey, grey, n, n) for n in range(3)]
    disparity = np.full((120, 160), PER_INVERSE / distance_m, np.float32)
    return Shot(RIG, pairs, [None] * 3, disparity, PER_INVERSE)


class Wavering(FlatDepth):
    """Nearer by a hundredth in every other pair."""

    count = 0

    def depth(self, pair: StereoFrame, head: Pose | None) -> Depth:
        found = super().depth(pair, head)
        self.count += 1
        found.inverse[:] *= 1 + 0.01 * (self.count % 2)
        return found


def test_errors_are_those_of_distance_and_of_disparity() -> None:
    right = judge(FlatDepth(RIG, 2.0), shot(2.0))
    assert right["median_error"] == pytest.approx(0, abs=1e-6) and right["within_10"] == right["within_2px"] == 1
    wrong = judge(FlatDepth(RIG, 2.5), shot(2.0))
    assert wrong["median_error"] == pytest.approx(0.25, rel=1e-3)
    assert wrong["within_10"] == 0 and wrong["within_2px"] == 1  # the picture is small
    assert wrong["flicker_turning"] is None


def test_flicker_is_the_relative_change_of_a_still_head_s_depth() -> None:
    assert judge(FlatDepth(RIG, 2.0), shot(2.0))["flicker_still"] == 0
    assert judge(Wavering(RIG, 2.0), shot(2.0))["flicker_still"] == pytest.approx(0.01, rel=0.02)


def test_unmeasured_pixels_do_not_count() -> None:
    one = shot(2.0)
    one.disparity[:60] = np.nan
    one.disparity[60:80] = 0
    assert judge(FlatDepth(RIG, 2.0), one)["within_10"] == 1


@pytest.mark.slow
def test_the_room_is_matched_within_its_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "ROOM_FRAMES", (140, 200))
    said: list[str] = []
    report = run((640, 480), True, tmp_path, lambda name, share: None, said.append)
    room = report["scenes"]["room"]
    assert room["exact"]["median_error"] < 0.005 < room["matched"]["median_error"]
    assert room["matched"]["flicker_turning"] < 1.5 * room["exact"]["flicker_turning"]
    held = {limit["key"]: limit["passed"] for limit in report["limits"] if limit["scene"] == "room"}
    assert held["median_error"] and held["within_10"] and held["flicker_still"]
    assert len(said) == 2 and "--stereo" in said[0]
    stream = io.StringIO()
    print_depth(report, stream)
    assert stream.getvalue().count("room") == 3
