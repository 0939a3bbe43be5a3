"""Names that nothing has yet."""

from datetime import datetime
from itertools import count
from pathlib import Path

from allaprima.app.core.files import writing


def dated(now: datetime | None = None) -> str:
    """A file's stem by local time."""
    return f"allaprima-{now or datetime.now():%Y%m%d-%H%M%S}"


def reserve(folder: Path, stem: str, suffix: str) -> Path:
    """An empty new file `stem` + `suffix` in `folder`, or of the next number that is free. Makes the folder.

    Raises `RecordingError` where it cannot be written to.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
            try:
                path.touch(exist_ok=False)
                return path
            except FileExistsError:
                continue
    raise AssertionError("count() ended")
