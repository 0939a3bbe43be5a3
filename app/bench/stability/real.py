"""Real stereo pairs, where they lie in the data folder: the aloe with its measured disparity, a street without one."""

from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.bench.scenes import Moment, Pair, Scene
from allaprima.app.core.frame import Pixels
from allaprima.app.sources.recorded.pictures import read_picture
from allaprima.app.sources.synthetic.truth import Correspondence, Mask, Plane
from allaprima.models.judging.metrics import stereo_disparity

STREET_FRAMES = (0, 17, 34)
STREET_DISPARITY = 96
Value = TypeVar("Value", bound=np.generic)

AGREE = 1.0
"""Pixels by which the disparities of both eyes may differ and still be believed."""


def aloe_scene(folder: Path, size: tuple[int, int]) -> Scene | None:
    """The aloe pair of the Middlebury data set (as OpenCV ships it) with its structured-light disparity; None where
    `folder` does not hold it. Raises `RecordingError` for a damaged picture.
    """
    files = [folder / name for name in ("aloeL.jpg", "aloeR.jpg", "aloeGT.png")]
    if not all(file.is_file() for file in files):
        return None
    left, right, truth = (read_picture(file) for file in files)
    disparity = truth[..., 0].astype(np.float32)
    disparity[disparity == 0] = np.nan  # not measured
    fitted, scale = zip(*(_fitted(p, size) for p in (left, right)), strict=True)
    small = cv2.resize(disparity, None, fx=scale[0], fy=scale[0], interpolation=cv2.INTER_NEAREST)
    small = _crop(np.asarray(small, np.float32), size) * np.float32(scale[0])
    return Scene("aloe", False, (_moment(np.stack(fitted), small),))


def street_scene(folder: Path, size: tuple[int, int]) -> Scene | None:
    """Frames of a KITTI street. No dense truth comes with them: the disparity is semi-global matching's on the raw
    pictures, where both eyes agree, so what is measured with it is a pseudo truth. None where they are not in `folder`.
    """
    moments = []
    for n in STREET_FRAMES:
        files = [folder / side / f"{n:06d}.png" for side in ("image_l", "image_r")]
        if not all(file.is_file() for file in files):
            continue
        left, right = (_fitted(read_picture(file), size)[0] for file in files)
        here, there = _matched(left, right), _matched(right[:, ::-1], left[:, ::-1])[:, ::-1]
        x = np.arange(left.shape[1])
        opposite = np.take_along_axis(there, np.clip(np.rint(x - np.nan_to_num(here)), 0, None).astype(np.intp), 1)
        here[~(np.abs(here - opposite) <= AGREE)] = np.nan
        moments.append(_moment(np.stack((left, right)), here))
    return Scene("street", False, tuple(moments)) if moments else None


def _matched(left: Pixels, right: Pixels) -> Plane:
    most = STREET_DISPARITY * left.shape[1] / 640
    found = stereo_disparity(np.ascontiguousarray(left), np.ascontiguousarray(right), most)
    return np.where(found > 0, found, np.float32(np.nan))


def _moment(pair: Pair, disparity: Plane) -> Moment:
    """`disparity` (H, W) of the left picture, NaN where unknown; the right one's is carried over from it."""
    mate = carried_over(disparity)
    left = Correspondence(_across(-disparity), _seen(disparity, mate, -1))
    right = Correspondence(_across(mate), _seen(mate, disparity, 1))
    return Moment(0, pair, (left, right), np.nan_to_num(disparity), {}, {})


def carried_over(disparity: Plane) -> Plane:
    """The disparity as the right eye sees it, NaN where no point of the left picture comes to lie: the nearest wins."""
    height, width = disparity.shape
    y, x = np.nonzero(np.isfinite(disparity))
    d = disparity[y, x]
    to = np.rint(x - d).astype(np.intp)
    inside = (to >= 0) & (to < width)
    nearest = np.full((height, width), -np.inf, np.float32)
    np.maximum.at(nearest, (y[inside], to[inside]), d[inside])
    return np.where(np.isfinite(nearest), nearest, np.float32(np.nan))


def _across(dx: Plane) -> Plane:
    return np.stack((np.nan_to_num(dx), np.zeros_like(dx)), -1)


def _seen(here: Plane, there: Plane, side: int) -> Mask:
    """Where the other eye has the same disparity at the place this one points to, so that nothing is in front."""
    x = np.arange(here.shape[1]) + side * np.nan_to_num(here)
    inside = np.isfinite(here) & (x >= 0) & (x <= here.shape[1] - 1)
    opposite = np.take_along_axis(there, np.clip(np.rint(x), 0, here.shape[1] - 1).astype(np.intp), 1)
    return inside & (np.abs(here - opposite) <= AGREE)


def _fitted(picture: Pixels, size: tuple[int, int]) -> tuple[Pixels, float]:
    """Scaled to cover `size` (width, height) and cropped to it in the middle; and the scale."""
    scale = max(size[0] / picture.shape[1], size[1] / picture.shape[0])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return _crop(np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=method), np.uint8), size), scale


def _crop(array: NDArray[Value], size: tuple[int, int]) -> NDArray[Value]:
    y, x = (array.shape[0] - size[1]) // 2, (array.shape[1] - size[0]) // 2
    return np.ascontiguousarray(array[y : y + size[1], x : x + size[0]])
