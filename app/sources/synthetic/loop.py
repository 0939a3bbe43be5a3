"""The rendered loop in the cache folder: drawn once, then memory-mapped, with a checksum of each frame."""

import contextlib
import io
import math
import os
import shutil
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from allaprima.app.core.errors import OutputError, SourceError
from allaprima.app.core.files import PartialFile, sweep
from allaprima.app.core.frame import Eye
from allaprima.app.core.reading import Unreadable, check_file
from allaprima.app.core.shell import looking
from allaprima.app.core.view import StereoRig
from allaprima.app.sources.synthetic.path import LOOP
from allaprima.app.sources.synthetic.renderer import Renderer, Stage

VERSION = 4
"""Version: raise it with every change that alters a pixel."""
EYES: tuple[Eye, Eye] = ("left", "right")
SUM = np.dtype("<u4")
Progress = Callable[[int, int], None]
"""Called with (frames done, frames in all)."""


def loop_path(size: tuple[int, int], seed: int, folder: Path | None = None) -> Path:
    """The path of the loop of that size and seed."""
    folder = folder or user_cache_path("allaprima", appauthor=False) / "rooms"
    return folder / f"room-v{VERSION}-{size[0]}x{size[1]}-seed{seed}.npy"


class Loop:
    """A cached loop: (LOOP, 2, H, W, 3) uint8, mapped read-only, followed by a CRC-32 of each frame.

    A frame is checked at its first use: checking all would delay the start by a second at 640x480.
    """

    def __init__(self, path: Path, pictures: NDArray[np.uint8], sums: NDArray[np.uint32]) -> None:
        self._path, self._pictures, self._sums = path, pictures, sums
        self._sound: set[int] = set()

    def pair(self, frame: int) -> NDArray[np.uint8] | None:
        """(2, H, W, 3), left first; None if it is damaged: the file is then deleted, and the next start draws it."""
        pair = self._pictures[frame]
        if frame not in self._sound:
            if zlib.crc32(pair.data) != self._sums[frame]:
                with contextlib.suppress(OSError):
                    self._path.unlink()
                return None
            self._sound.add(frame)
        return pair


def load_loop(path: Path, size: tuple[int, int]) -> Loop | None:
    """None when the file is missing, cut short or of another shape."""
    shape = _shape(size)
    header = _header(shape)
    try:
        check_file(path)
        with path.open("rb") as file:
            length = len(header) + math.prod(shape) + LOOP * SUM.itemsize
            if os.fstat(file.fileno()).st_size != length or file.read(len(header)) != header:
                return None
            file.seek(length - LOOP * SUM.itemsize)
            sums = np.frombuffer(file.read(), SUM)
            return Loop(path, np.memmap(file, np.uint8, "r", len(header), shape), sums)
    except (OSError, Unreadable):
        return None


def draw_loop(path: Path, rig: StereoRig, size: tuple[int, int], seed: int, progress: Progress | None) -> None:
    """Draw all frames into `path`, on all cores, under a temporary name first. Raises `SourceError` on a full disk."""
    folder, shape = path.parent, _shape(size)
    _sweep(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        needed, free = math.prod(shape) >> 20, shutil.disk_usage(folder).free >> 20
        if needed >= free:
            raise SourceError(
                f"the synthetic room at {size[0]}x{size[1]} needs {needed} MB in {folder}, {free} MB are free",
                "free some space there or ask for a smaller room: --set source.size=320x240",
            )
        with PartialFile(path, shared=True) as partial, partial.temporary.open("wb") as file:
            file.write(_header(shape))
            _fill(file, Renderer(Stage.build(seed), rig, size), progress)
    except (OSError, OutputError) as error:
        raise SourceError(
            f"cannot keep the synthetic room in {folder}: {error}",
            f"{looking(folder)}; or ask for a smaller room: --set source.size=320x240",
        ) from error


def _shape(size: tuple[int, int]) -> tuple[int, ...]:
    return LOOP, 2, size[1], size[0], 3


def _header(shape: tuple[int, ...]) -> bytes:
    """The header of a .npy file."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return file.getvalue()


def _sweep(folder: Path) -> None:
    """Removes loops of earlier versions and half-drawn ones of killed processes: they are large."""
    sweep(folder)
    for path in folder.glob("room-v*"):
        with contextlib.suppress(OSError):
            if not path.name.startswith(f"room-v{VERSION}-"):
                path.unlink()


def _fill(file: BinaryIO, renderer: Renderer, progress: Progress | None) -> None:
    """Writes instead of mapping: on a full disk a write raises, a mapping kills the process."""
    start, lock = file.tell(), threading.Lock()
    sums = np.empty(LOOP, SUM)

    def draw(frame: int) -> None:
        pair = [renderer.draw(frame, eye) for eye in EYES]
        sums[frame] = zlib.crc32(pair[1].data, zlib.crc32(pair[0].data))
        with lock:
            file.seek(start + frame * sum(p.nbytes for p in pair))
            for pixels in pair:
                file.write(pixels.data)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for done, job in enumerate(as_completed([pool.submit(draw, frame) for frame in range(LOOP)]), 1):
                job.result()
                if progress is not None:
                    progress(done, LOOP)
        except BaseException:
            pool.shutdown(cancel_futures=True)  # ctrl-C should not draw the rest first
            raise
    file.seek(0, os.SEEK_END)
    file.write(sums.data)
