"""Compiled networks, kept in the cache folder for a quick next start."""

import contextlib
import hashlib
import os
import shutil
import stat
from pathlib import Path

import platformdirs

from allaprima.app.core.errors import OutputError
from allaprima.app.core.files import sweep, write_file
from allaprima.app.core.reading import Unreadable, read_bytes

MOST = 24
"""Number of kept networks: two or three megabytes each, one per pack, size, precision and number of threads."""
MAX_BYTES = 256 << 20
DIGEST = 32  # bytes of SHA-256


class CompiledCache:
    """Files named by their inputs, each beginning with the SHA-256 of the rest.

    A cache must never stop the program from painting: an unreadable or damaged file counts as missing, and an entry
    that cannot be written is not kept. It holds data that the engine derived from a scanned network, so it is trusted
    like the program's own folder; the checksum catches damage, not malice.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` None is `$ALLAPRIMA_COMPILED` or the user's cache; created at the first write."""
        named = os.environ.get("ALLAPRIMA_COMPILED")
        ours = Path(named) if named else platformdirs.user_cache_path("allaprima", appauthor=False) / "compiled"
        self.folder = folder or ours

    def get(self, *key: object) -> bytes | None:
        """The entry of `key`, or None."""
        path = self._path(key)
        try:
            data = read_bytes(path, MAX_BYTES)
            os.utime(path)  # recently used entries are deleted last
        except (OSError, Unreadable):
            return None
        digest, compiled = data[:DIGEST], data[DIGEST:]
        return compiled if hashlib.sha256(compiled).digest() == digest else None

    def put(self, compiled: bytes, *key: object) -> None:
        """Store `compiled` under `key` atomically; deletes the least recently used entries beyond `MOST`."""
        path = self._path(key)
        with contextlib.suppress(OSError, OutputError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(path, hashlib.sha256(compiled).digest() + compiled, shared=True)
            self._prune()
            sweep(self.folder)

    def forget(self, *key: object) -> None:
        """Remove an entry that the engine refused."""
        with contextlib.suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def own_folder(self, *key: object) -> Path | None:
        """A folder for an engine with its own cache; None if it cannot be created, or if other users could write into
        it: an engine executes its content.
        """
        folder = self.folder / f"{self._path(key).stem}.engines"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.utime(folder)
            if os.name == "posix" and not all(_private(place) for place in (self.folder, folder)):
                return None
            for older in self._lately_used("*.engines")[MOST:]:
                shutil.rmtree(older, ignore_errors=True)
        except OSError:
            return None
        return folder

    def _path(self, key: tuple[object, ...]) -> Path:
        return self.folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.compiled"

    def _prune(self) -> None:
        for path in self._lately_used("*.compiled")[MOST:]:
            path.unlink(missing_ok=True)

    def _lately_used(self, pattern: str) -> list[Path]:
        """The entries, the most recent one first."""
        return sorted(self.folder.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)


def _private(folder: Path) -> bool:
    """Whether this user owns it, it is no link, and no other user may write to it."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
