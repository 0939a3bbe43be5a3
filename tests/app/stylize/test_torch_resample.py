"""Resizing and rectifying in torch, beside OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='torch resamples here: pip install "allaprima[train]"')

from allaprima.app.stylize.prepare import PairBuffer, Size  # noqa: E402
from allaprima.app.stylize.torch_resample import Rectify, Resize, area_taps, linear_taps  # noqa: E402

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


def bent(size: Size, source: Size, eye: int) -> np.ndarray:
    """(H, W, 2) a map that turns, bends and reaches beyond the picture."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    x, y = x * source[0] / size[0], y * source[1] / size[1]
    return np.stack((x + 0.1 * y - 8 + 3 * eye, y - 0.05 * x + 4 * np.sin(x / 30)), -1).astype(np.float32)


def test_pair_is_rectified_as_opencv_does_it() -> None:
    source, size = (160, 120), (128, 96)
    pictures = np.stack([cv2.GaussianBlur(eye, (0, 0), 2) for eye in noise(source)])
    maps = np.stack([bent(size, source, eye) for eye in (0, 1)])
    found = Rectify(maps, source, CPU)(torch.from_numpy(pictures)).numpy()
    for eye in (0, 1):
        expected = cv2.remap(pictures[eye], maps[eye], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        assert np.abs(found[eye] - expected).max() <= 2
        assert np.abs(found[eye] - expected).mean() < 0.3


def test_map_that_moves_nothing_gives_the_picture_back() -> None:
    """A grid that took pixels' corners for their middles would be half a pixel off at the edges."""
    y, x = np.mgrid[0:30, 0:40].astype(np.float32)
    still = np.stack((x, y), -1)
    pictures = noise((40, 30))
    found = Rectify(np.stack((still, still)), (40, 30), CPU)(torch.from_numpy(pictures)).numpy()
    np.testing.assert_allclose(found, pictures, atol=0.01)
    moved = Rectify(np.stack((still + np.float32((1, 0)), still)), (40, 30), CPU)
    np.testing.assert_allclose(moved(torch.from_numpy(pictures)).numpy()[0, :, :-1], pictures[0, :, 1:], atol=0.01)
