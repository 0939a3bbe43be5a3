"""The rendered loop in the cache folder: drawn once, then read as memory."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import threading
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
from allaprima.app.core.view import StereoRig
from allaprima.app.sources.synthetic.path import LOOP
from allaprima.app.sources.synthetic.renderer import Renderer, Stage

VERSION = 4
"""To be raised with every change that alters a pixel."""
EYES: tuple[Eye, Eye] = ("left", "right")
Progress = Callable[[int, int], None]
"""Called with (frames done, frames in all)."""


def loop_path(size: tuple[int, int], seed: int, folder: Path | None = None) -> Path:
    """Where the loop of that size and seed is kept."""
    folder = folder or user_cache_path("allaprima", appauthor=False) / "rooms"
    return folder / f"room-v{VERSION}-{size[0]}x{size[1]}-seed{seed}.npy"


def load_loop(path: Path, size: tuple[int, int]) -> NDArray[np.uint8] | None:
    """(LOOP, 2, H, W, 3) uint8, mapped read-only; None when the file is missing, cut short or of another shape."""
    try:
        loop = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    wanted = (LOOP, 2, size[1], size[0], 3)
    return loop if loop.shape == wanted and loop.dtype == np.uint8 and loop.flags.c_contiguous else None


def draw_loop(path: Path, rig: StereoRig, size: tuple[int, int], seed: int, progress: Progress | None) -> None:
    """Draw all frames into `path`, on all cores, under a temporary name first. Raises `SourceError` on a full disk."""
    folder, shape = path.parent, (LOOP, 2, size[1], size[0], 3)
    _sweep(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        needed, free = math.prod(shape) >> 20, shutil.disk_usage(folder).free >> 20
        if needed >= free:
            raise SourceError(
                f"the synthetic room at {size[0]}x{size[1]} needs {needed} MB in {folder}, {free} MB are free",
                "free some space there or ask for a smaller room: --set source.size=320x240",
            )
        with PartialFile(path) as partial, partial.temporary.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
            _fill(file, Renderer(Stage.build(seed), rig, size), progress)
    except (OSError, OutputError) as error:
        raise SourceError(
            f"cannot keep the synthetic room in {folder}: {error}", "make the folder writable, or free space"
        ) from error


def _sweep(folder: Path) -> None:
    """Removes loops of earlier versions, and what a killed process left half-drawn: they are large."""
    sweep(folder)
    for path in folder.glob("room-v*"):
        with contextlib.suppress(OSError):
            if not path.name.startswith(f"room-v{VERSION}-"):
                path.unlink()


def _fill(file: BinaryIO, renderer: Renderer, progress: Progress | None) -> None:
    """Written, not mapped: on a full disk a write raises, a mapping kills the process."""
    start, lock = file.tell(), threading.Lock()

    def draw(frame: int) -> None:
        pair = [renderer.draw(frame, eye) for eye in EYES]
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
