"""Real second views, beside the synthetic ones of `consistency.py`: the next frame of a video, the other eye of a
stereo camera. Where a pixel comes from is estimated in both directions, and counts only where these agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from allaprima.app.core.errors import SourceError
from allaprima.app.core.shell import moving
from allaprima.models.photos import picture_files, read_rgb, resize_short, to_tensor
from allaprima.models.training.consistency import Warp

SHARE = 0.25
"""Of the pairs of a batch that are real."""
AGREE_PX = 1.0
MOST_DISPARITY = 64  # pixels, a multiple of 16
EYES = (("left", "right"), ("image_l", "image_r"), ("image_0", "image_1"))
"""Names of the two folders of a stereo recording."""

Picture = NDArray[np.uint8]
Flow = NDArray[np.float32]


@dataclass(frozen=True)
class RealViews:
    """Pairs of picture files of one scene: `moments` (earlier, later) and `eyes` (left, right)."""

    moments: Sequence[tuple[Path, Path]]
    eyes: Sequence[tuple[Path, Path]]
    crop: int

    @staticmethod
    def found(videos: Path | None, stereo: Path | None, crop: int) -> RealViews:
        """`videos` holds the frames of one video by name, or a folder of them for each of several; `stereo` the folders
        `left` and `right` with pictures of the same names. Raises `SourceError` for a folder without pairs.
        """
        moments: list[tuple[Path, Path]] = []
        if videos is not None:
            folders = [videos, *sorted(path for path in videos.glob("*") if path.is_dir())]
            moments = [pair for folder in folders for pair in pairwise(picture_files(folder))]
            if not moments:
                raise SourceError(
                    f"no frames of a video in {videos}, nor in folders in it", "name another folder: --videos DIR"
                )
        both: list[tuple[Path, Path]] = []
        if stereo is not None:
            for left, right in EYES:
                files = picture_files(stereo / left)
                both += [(file, other) for file in files if (other := stereo / right / file.name).is_file()]
            if not both:
                raise SourceError(
                    f"no pairs in {stereo}", "it wants the folders left and right with files of the same names"
                )
        return RealViews(moments, both, crop)

    def mixed(
        self, first: Tensor, second: Tensor, warp: Warp, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Warp]:
        """A batch (B, 3, H, W) and its synthetic second views, with real pairs in some of their places."""
        first, second, grid, valid = (x.clone() for x in (first, second, warp.grid, warp.valid))
        for place in range(len(first)):
            if torch.rand(1, generator=generator).item() < SHARE:
                first[place], second[place], grid[place], valid[place] = self.sample(generator)
        return first, second, Warp(grid, valid)

    def sample(self, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """A random crop of a random pair: its views (3, crop, crop), and the second's `grid` and `valid` (`Warp`)."""
        place = int(torch.randint(len(self.moments) + len(self.eyes), (1,), generator=generator))
        is_moment = place < len(self.moments)
        files = self.moments[place] if is_moment else self.eyes[place - len(self.moments)]
        a, b = (resize_short(read_rgb(file), self.crop * 5 // 4) for file in files)
        if a.shape != b.shape:
            raise SourceError(f"{files[0]} and {files[1]} are not of one size", moving(files[1]))
        source, seen = (moved if is_moment else displaced)(a, b)
        u = torch.rand(2, generator=generator).tolist()
        top, left = (int(u[i] * (a.shape[i] - self.crop + 1)) for i in range(2))
        window = slice(top, top + self.crop), slice(left, left + self.crop)
        inner = torch.from_numpy(
            source[window] - np.array((left, top), np.float32)
        )  # (H, W, 2) pixels of the first view's crop
        grid = (inner + 0.5) * 2 / self.crop - 1
        valid = torch.from_numpy(seen[window]) & (grid.abs() < 1).all(2)
        return to_tensor(a[window]), to_tensor(b[window]), grid, valid[None].float()


def moved(first: Picture, second: Picture) -> tuple[Flow, NDArray[np.bool_]]:
    """Where each pixel of `second` lies in `first`, (H, W, 2) x and y, by dense inverse search (Kroeger et al. 2016,
    "Fast Optical Flow using Dense Inverse Search"), and where the flow there leads back.
    """
    a, b = (cv2.cvtColor(view, cv2.COLOR_RGB2GRAY) for view in (first, second))
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    there, back = search.calc(b, a, None), search.calc(a, b, None)
    source = places(b.shape) + there
    returned = cv2.remap(back, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return source, np.linalg.norm(there + returned, axis=2) < AGREE_PX


def displaced(left: Picture, right: Picture) -> tuple[Flow, NDArray[np.bool_]]:
    """Where each pixel of `right` lies in `left`, by semi-global matching (Hirschmueller 2008), and where matching from
    the left finds the same disparity.
    """
    block = 5
    matcher = cv2.StereoSGBM.create(0, MOST_DISPARITY, block, 8 * 3 * block**2, 32 * 3 * block**2)
    pad = ((0, 0), (MOST_DISPARITY, 0), (0, 0))  # else it searches nothing at the left edge

    def match(of: Picture, among: Picture) -> Flow:
        padded = (np.pad(view, pad, "edge") for view in (of, among))
        return np.asarray(matcher.compute(*padded)[:, MOST_DISPARITY:] / 16, np.float32)

    of_left = match(left, right)
    of_right = match(right[:, ::-1], left[:, ::-1])[:, ::-1]  # mirrored, the right eye is the left one
    source = places(of_right.shape) + np.dstack((of_right, np.zeros_like(of_right)))
    returned = cv2.remap(of_left, source, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=-1)
    return source, (of_right >= 0) & (np.abs(returned - of_right) < AGREE_PX)


def places(shape: tuple[int, ...]) -> Flow:
    """(H, W, 2): the x and y of every pixel."""
    return np.dstack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0]))).astype(np.float32)
