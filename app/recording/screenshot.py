"""A picture of both eyes, under a name of its own."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from pathlib import Path

import platformdirs

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import Pixels
from allaprima.app.recording.partial import cannot_write
from allaprima.app.recording.picture import write_picture


def save_screenshot(rgb: Pixels, folder: Path | None = None, now: datetime | None = None) -> Path:
    """Write `rgb` (H, W, 3), both eyes side by side, as PNG; returns its path. Never overwrites anything.

    `folder`: `Alla Prima` in the user's pictures if None. The name is the local time `now`, with a number after it
    where that is taken. Raises `RecordingError`.
    """
    folder = folder or platformdirs.user_pictures_path() / "Alla Prima"
    path = _reserve(folder, f"allaprima-{now or datetime.now():%Y%m%d-%H%M%S}")
    try:
        write_picture(path, rgb)
    except RecordingError:
        path.unlink(missing_ok=True)
        raise
    return path


def _reserve(folder: Path, stem: str) -> Path:
    """An empty new file of that name, or of the next that is free."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            path = folder / (f"{stem}.png" if number == 1 else f"{stem}-{number}.png")
            try:
                path.touch(exist_ok=False)
                return path
            except FileExistsError:
                continue
    except OSError as error:
        raise cannot_write(folder, error) from error
    raise AssertionError("count() ended")
