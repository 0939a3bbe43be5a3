"""Real pairs: their truth is carried over right, and what is missing is said to be."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.bench.stability.real import aloe_scene, carried_over, street_scene
from allaprima.app.bench.stability.run import real_scenes
from allaprima.app.bench.stability.settings import Settings
from allaprima.models.judging.metrics import warped_error

STEREO = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).resolve().parents[5] / "shared" / "data")) / "stereo"


def test_the_nearer_of_two_points_is_what_the_other_eye_sees() -> None:
    disparity = np.array([[1, 1, 1, 3, np.nan, 1]], np.float32)
    assert np.array_equal(carried_over(disparity), [[3, 1, np.nan, np.nan, 1, np.nan]], equal_nan=True)


@pytest.fixture
def aloe(tmp_path: Path) -> Path:
    """A pair in the aloe's files, twice the size it is measured at: a square of disparity 12 before a wall of 4."""
    rng = np.random.default_rng(0)
    wall = cv2.GaussianBlur(rng.integers(0, 255, (192, 300, 3), dtype=np.uint8), (0, 0), 3)
    near = cv2.GaussianBlur(rng.integers(0, 255, (80, 80, 3), dtype=np.uint8), (0, 0), 3)
    left, right, truth = wall[:, :256].copy(), wall[:, 4:260].copy(), np.full((192, 256), 4, np.uint8)
    left[60:140, 100:180], right[60:140, 88:168], truth[60:140, 100:180] = near, near, 12
    truth[:, :20] = 0  # not measured
    for name, picture in (("aloeL.jpg", left), ("aloeR.jpg", right), ("aloeGT.png", truth)):
        cv2.imwrite(str(tmp_path / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 100])
    return tmp_path


def test_measured_disparity_explains_the_pair_and_hides_what_one_eye_sees(aloe: Path) -> None:
    scene = aloe_scene(aloe, (128, 96))
    assert scene is not None and not scene.exact
    (moment,) = scene.moments
    assert moment.pair.shape == (2, 96, 128, 3)
    assert set(np.unique(moment.disparity[moment.across[0].seen])) == {2, 6}
    for eye, there in enumerate(moment.across):
        assert 0.5 < there.seen.mean() < 0.95
        error = warped_error(moment.pair[eye], moment.pair[1 - eye], there.flow, there.seen)
        wrong = warped_error(moment.pair[eye], moment.pair[1 - eye], -there.flow, there.seen)
        assert error < 0.01 and 4 * error < wrong
    left = moment.across[0].seen
    assert not left[40, 46:50].any(), "the wall just left of the square is hidden from the right eye"
    assert left[40, 55:85].all() and left[10, 20:].all()
    assert not left[:, :10].any(), "what was not measured counts as not seen"


def test_missing_pairs_are_named_with_what_to_type(tmp_path: Path) -> None:
    assert aloe_scene(tmp_path, (128, 96)) is None
    assert street_scene(tmp_path, (128, 96)) is None
    said: list[str] = []
    assert real_scenes(Settings(size=(128, 96), stereo=tmp_path), said.append) == []
    for name, line in zip(("aloe", "kitti_street"), said, strict=True):
        assert str(tmp_path / name) in line and "--stereo" in line


@pytest.mark.skipif(not STEREO.is_dir(), reason=f"NO REAL STEREO PAIRS AT {STEREO}: set ALLAPRIMA_DATA to test them")
def test_the_pairs_of_the_data_folder_agree_with_their_truth() -> None:
    found = real_scenes(Settings(size=(320, 240), stereo=STEREO), pytest.fail)
    assert [scene.name for scene in found] == ["aloe", "street"]
    for scene in found:
        for moment in scene.moments:
            for eye, there in enumerate(moment.across):
                assert there.seen.mean() > 0.5
                error = warped_error(moment.pair[eye], moment.pair[1 - eye], there.flow, there.seen)
                mirrored = warped_error(moment.pair[eye], moment.pair[1 - eye], -there.flow, there.seen)
                assert error < 0.05 < 2 * error + 0.05 < mirrored
