"""A picture of both eyes, under a name of its own."""

from datetime import datetime
from pathlib import Path

import platformdirs

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import Pixels
from allaprima.app.recording.naming import dated, reserve
from allaprima.app.recording.picture import write_picture


def save_screenshot(rgb: Pixels, folder: Path | None = None, now: datetime | None = None) -> Path:
    """Write `rgb` (H, W, 3), both eyes side by side, as PNG; returns its path. Never overwrites anything.

    `folder`: `Alla Prima` in the user's pictures if None. The name is the local time `now`, with a number after it
    where that is taken. Raises `RecordingError`.
    """
    folder = folder or platformdirs.user_pictures_path() / "Alla Prima"
    path = reserve(folder, dated(now), ".png")
    try:
        write_picture(path, rgb)
    except RecordingError:
        path.unlink(missing_ok=True)
        raise
    return path
