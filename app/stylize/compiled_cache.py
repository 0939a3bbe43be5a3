"""Networks as an engine compiled them, kept in the cache folder so that the next start is quick."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
from pathlib import Path

import platformdirs

from allaprima.app.core.errors import OutputError
from allaprima.app.core.files import sweep, write_file

MOST = 24
"""Networks kept: two or three megabytes each, one for every pack, size, precision and number of threads."""
MAX_BYTES = 256 << 20
DIGEST = 32  # bytes of SHA-256


class CompiledCache:
    """Files named by what they depend on, each beginning with the SHA-256 of the rest.

    A cache must never stop the program from painting: what cannot be read, or is not what was written, is not there,
    and what cannot be written is not kept. It holds what the engine derived from a scanned network, so it is trusted
    as much as the program's own folder is; the sum catches damage, not malice.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` None is the user's, or `$ALLAPRIMA_COMPILED`; made when first written to."""
        named = os.environ.get("ALLAPRIMA_COMPILED")
        ours = Path(named) if named else platformdirs.user_cache_path("allaprima", appauthor=False) / "compiled"
        self.folder = folder or ours

    def get(self, *key: object) -> bytes | None:
        """What was put under `key`, or None."""
        path = self._path(key)
        try:
            if path.stat().st_size > MAX_BYTES:
                return None
            data = path.read_bytes()
            os.utime(path)  # used lately: the last to go
        except OSError:
            return None
        digest, compiled = data[:DIGEST], data[DIGEST:]
        return compiled if hashlib.sha256(compiled).digest() == digest else None

    def put(self, compiled: bytes, *key: object) -> None:
        """Keep `compiled` under `key`, whole or not at all; the least lately used beyond `MOST` go."""
        path = self._path(key)
        with contextlib.suppress(OSError, OutputError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(path, hashlib.sha256(compiled).digest() + compiled)
            self._prune()
            sweep(self.folder)

    def forget(self, *key: object) -> None:
        """Remove what the engine would not take back."""
        with contextlib.suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def own_folder(self, *key: object) -> Path | None:
        """A folder for an engine that keeps what it compiles by itself; None where there can be none, or where
        others than this user could have put something: an engine runs what lies there.
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
        """The last one first."""
        return sorted(self.folder.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)


def _private(folder: Path) -> bool:
    """Whether it is this user's, no link, and nobody else may write to it."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
