"""Photos to train on, and the jitter that makes a few thousand of them enough."""

import logging
from contextlib import suppress
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from allaprima.app.core.errors import SourceError
from allaprima.app.core.picture_header import claimed_size
from allaprima.app.core.quiet import libraries_quiet
from allaprima.app.core.reading import Unreadable, read_bytes

_LOG = logging.getLogger(__name__)
GIVE = "give a JPEG, PNG, WebP or BMP file"
LARGEST_FILE = 1 << 29
MOST_PIXELS = 100_000_000
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}


def picture_files(folder: Path) -> list[Path]:
    """Pictures of a folder, by name; without hidden files, such as macOS leaves beside each picture (`._photo.jpg`)."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))


HELD_OUT = 50
"""Every so many pictures of a folder, by name, one is never trained on, so that what is measured on it is honest."""


def held_out(folder: Path) -> list[Path]:
    """Pictures of a training folder that training leaves alone, without those that cannot be read; where that leaves
    none, the folder's first that can.
    """
    files = picture_files(folder)
    chosen = [path for path in files[::HELD_OUT] if readable(path)]
    return chosen or list(islice(filter(readable, files), 1))


def readable(path: Path) -> bool:
    """Whether `read_rgb` takes it."""
    try:
        read_rgb(path)
    except SourceError:
        return False
    return True


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB. Raises `SourceError` when it is no picture, or an absurdly large one."""
    try:
        data = read_bytes(path, LARGEST_FILE)
    except Unreadable as error:
        raise SourceError(f"{path} {error}", GIVE) from error
    bgr, (width, height) = None, claimed_size(data) or (0, 0)
    if 0 < width * height <= MOST_PIXELS:
        with suppress(cv2.error), libraries_quiet():
            bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise SourceError(f"{path} is not a picture that can be read", GIVE)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def resize_short(rgb: NDArray[np.uint8], short: int) -> NDArray[np.uint8]:
    """Scaled so that the shorter side is `short` pixels."""
    height, width = rgb.shape[:2]
    scale = short / min(height, width)
    size = (max(short, round(width * scale)), max(short, round(height * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), np.uint8)


def to_tensor(rgb: NDArray[np.uint8]) -> Tensor:
    """(H, W, 3) uint8 to (3, H, W) float 0..1."""
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1))).float() / 255


def to_pixels(picture: Tensor) -> NDArray[np.uint8]:
    """(3, H, W) float 0..1 to (H, W, 3) uint8: what `to_tensor` began with."""
    levels = (picture.detach().cpu() * 255).round().clamp(0, 255).byte()
    return np.ascontiguousarray(levels.numpy().transpose(1, 2, 0))


class PhotoCrops:
    """Random square crops: every photo once before any comes again; flipped, re-exposed, sometimes grey (real stereo
    cameras often are). Drawing depends only on the generator, so that a seed gives one sequence.
    """

    def __init__(self, folder: Path, crop: int) -> None:
        self._crop = crop
        self._photos: list[NDArray[np.uint8]] = []
        kept_back = set(held_out(folder)) if len(picture_files(folder)) >= HELD_OUT else set()
        bad: list[str] = []
        for path in picture_files(folder):
            if path in kept_back:
                continue
            try:
                rgb = read_rgb(path)
            except SourceError:  # one bad file among thousands is no reason to stop
                bad.append(path.name)
                continue
            self._photos.append(resize_short(rgb, crop) if min(rgb.shape[:2]) < crop else rgb)
        if not self._photos:
            raise SourceError(f"no photos ({', '.join(sorted(SUFFIXES))}) in {folder}", "--photos DIR")
        if bad:
            some = ", ".join(bad[:3]) + (", ..." if len(bad) > 3 else "")
            _LOG.warning("%d of the photos cannot be read and are left out: %s", len(bad), some)
        self._order: list[int] = []

    def __len__(self) -> int:
        return len(self._photos)

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """(count, 3, crop, crop) float 0..1."""
        return torch.stack([self._one(generator) for _ in range(count)])

    def _one(self, generator: torch.Generator) -> Tensor:
        if not self._order:
            self._order = torch.randperm(len(self._photos), generator=generator).tolist()
        photo = self._photos[self._order.pop()]
        height, width = photo.shape[:2]
        u = torch.rand(6, generator=generator).tolist()
        side = int(self._crop + u[0] * (min(height, width) - self._crop))
        top, left = int(u[1] * (height - side)), int(u[2] * (width - side))
        crop = photo[top : top + side, left : left + side]
        if side != self._crop:
            crop = np.asarray(cv2.resize(crop, (self._crop, self._crop), interpolation=cv2.INTER_AREA), np.uint8)
        picture = to_tensor(crop)
        if u[3] < 0.5:
            picture = picture.flip(2)
        if u[4] < 0.1:
            picture = picture.mean(0, keepdim=True).expand(3, -1, -1)
        return picture.clamp_min(1e-4) ** (2 ** (1.2 * u[5] - 0.6))

    def state(self) -> list[int]:
        """Photos still to come in this round, for an exact resume."""
        return list(self._order)

    def restore(self, state: list[int]) -> None:
        """Continue a round."""
        self._order = [i for i in state if 0 <= i < len(self._photos)]
