"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Self

from allaprima.app.core.errors import NotWritten, RecordingError


class PartialFile:
    """A file being written under a temporary name beside its own: `commit` renames it, `discard` removes it.

    What stood under the name before stays until `commit`. Makes the folder if it is missing. Raises
    `RecordingError` where the folder cannot be made or written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.temporary = path.with_name(f".{path.name}.part")
        if path.is_dir():
            raise RecordingError(f"{path} is a folder, not a file", "give a file name")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.temporary.write_bytes(b"")
        except OSError as error:
            raise cannot_write(path, error) from error

    def commit(self) -> None:
        """Put it under its own name, in place of what was there. Raises `RecordingError`."""
        try:
            self.temporary.replace(self.path)
        except OSError as error:
            self.discard()
            raise cannot_write(self.path, error) from error

    def discard(self) -> None:
        """Remove what was written so far. Idempotent, and harmless after `commit`."""
        self.temporary.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self.commit()
        else:
            self.discard()


def cannot_write(path: Path, error: Exception) -> NotWritten:
    """The system's `error` on `path`, as one line and what to do about it."""
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC:
        return NotWritten(f"{path} cannot be written: the disk is full", "free some space, or give another folder")
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    hint = "give a folder that you may write to" if number in (errno.EACCES, errno.EPERM, errno.EROFS) else ""
    return NotWritten(f"{path} cannot be written: {reason}", hint or "check the name, or give another folder")
