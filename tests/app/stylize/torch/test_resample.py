"""Resizing and rectifying in torch, beside OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='torch resamples here: pip install -e ".[train]"')

from allaprima.app.stylize.prepare import PairBuffer, Size  # noqa: E402
from allaprima.app.stylize.torch.resample import Rectify, Resize, area_taps, linear_taps  # noqa: E402
from allaprima.calibration.camera import CameraModel, Lens  # noqa: E402
from allaprima.calibration.rectify import Rectification, rectification  # noqa: E402
from allaprima.calibration.rig import RigCalibration, as_rotation  # noqa: E402

CPU = torch.device("cpu")


def noise(size: Size) -> np.ndarray:
    """A pair in which every pixel counts."""
    return np.random.default_rng(0).integers(0, 256, (2, size[1], size[0], 3), np.uint8)


@pytest.mark.parametrize(
    ("source", "size"),
    [
        ((200, 120), (96, 64)),  # shrunk by fractions
        ((192, 128), (96, 64)),  # by whole numbers
        ((300, 64), (96, 64)),  # across only
        ((97, 65), (96, 64)),  # hardly
        ((64, 48), (96, 64)),  # enlarged
        ((120, 40), (96, 64)),  # shrunk one way and enlarged the other: OpenCV does not filter then
    ],
)
def test_pair_is_resized_as_the_processor_does_it(source: Size, size: Size) -> None:
    pictures = noise(source)
    expected = PairBuffer(size).fill(*pictures).astype(float)
    found = Resize(source, size, CPU)(torch.from_numpy(pictures))
    assert found.dtype == torch.float32
    assert np.abs(found.numpy() - expected).max() <= 1.01


@pytest.mark.parametrize("taps", [area_taps, linear_taps])
@pytest.mark.parametrize(("n", "new"), [(7, 7), (640, 480), (1280, 640), (1001, 8)])
def test_shares_of_every_new_pixel_sum_to_one(taps, n: int, new: int) -> None:
    pixels, shares = taps(n, new)
    np.testing.assert_allclose(shares.sum(0), 1, atol=1e-5)
    assert shares.min() >= 0 and pixels.min() >= 0 and pixels.max() < n


def ways(source: Size, size: Size, lens: Lens = "pinhole") -> Rectification:
    """Of two bent lenses that look apart, from `source` to `size`."""
    wide, high = source
    centre = ((wide - 1) / 2 + 3, (high - 1) / 2 - 2)
    left = CameraModel((0.6 * wide, 0.6 * wide), centre, (-0.2, 0.05, 0.0, 0.0), lens)
    right = CameraModel((0.62 * wide, 0.61 * wide), centre, (-0.15, 0.02, 0.0, 0.0), lens)
    turned = as_rotation(cv2.Rodrigues(np.array((0.02, -0.03, 0.01)))[0])
    return rectification(RigCalibration(source, left, right, turned, (-0.065, 0.001, 0.0))).resized(size)


@pytest.mark.parametrize("lens", ["pinhole", "fisheye"])
@pytest.mark.parametrize(
    ("source", "size"), [((160, 120), (128, 96)), ((320, 240), (96, 64)), ((321, 243), (64, 64)), ((96, 72), (128, 96))]
)
def test_pair_is_rectified_as_the_processor_does_it(source: Size, size: Size, lens: Lens) -> None:
    pictures = np.stack([cv2.GaussianBlur(eye, (0, 0), 2) for eye in noise(source)])
    found = Rectify(ways(source, size, lens), source, CPU)(torch.from_numpy(pictures))
    expected = PairBuffer(size, ways(source, size, lens)).fill(*pictures)
    assert found.shape == expected.shape and found.dtype == torch.float32
    difference = np.abs(found.numpy() - expected.astype(float))
    assert difference.max() <= 3 and difference.mean() < 0.4  # OpenCV's places are rounded, and so are its levels


def test_small_pictures_are_made_of_blocks_as_on_the_processor() -> None:
    assert ways((320, 240), (96, 64)).left.block > 1  # else nothing above would have averaged


def test_grid_takes_pixels_by_their_middles() -> None:
    """One that took them by their corners would be half a pixel off at the edges, and right in the middle."""
    source, size = (160, 120), (160, 120)
    x = np.broadcast_to(np.arange(160, dtype=np.uint8)[None, None, :, None], (2, 120, 160, 3)).copy()
    calibrated = ways(source, size)
    found = Rectify(calibrated, source, CPU)(torch.from_numpy(x)).numpy()
    for eye, way in enumerate((calibrated.left, calibrated.right)):
        where = np.clip(way.float_map()[..., 0], 0, 159)
        np.testing.assert_allclose(found[eye, ..., 0], where, atol=0.01)
