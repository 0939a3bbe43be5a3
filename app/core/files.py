"""Atomic writing of files, and the common rule for existing ones."""

import contextlib
import errno
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

from allaprima.app.core.errors import OutputError, SettingsError

OVERWRITE = "add --overwrite to replace it, or name another output"
PREFIX, SUFFIX = ".allaprima-", ".part"
"""Prefix and suffix of all temporaries: between them is a random number, so a long file name does not matter."""

ABANDONED_S = 3600
"""Age from which a temporary in a cache counts as abandoned."""


class _Partial:
    """What is written under a temporary name in its own folder: `commit` renames it, `discard` removes it.

    The temporary is new and belongs to this object only: no existing file is opened, no link is followed, and two
    programs that write the same file have one each. As a context manager it commits what was not discarded, or
    discards if an error leaves the block; an `OSError` there becomes an `OutputError`. Makes a missing folder. Raises
    `OutputError` if the folder cannot be made or written to.
    """

    def __init__(self, path: Path) -> None:
        self._ours = False
        self.path = path
        self.temporary = path.parent / f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
        with writing(path):
            self._make()
        self._ours = True

    def commit(self) -> None:
        """Rename it to its own name. Raises `OutputError`."""
        try:
            with writing(self.path):
                self._rename()
        except BaseException:  # a signal, too
            self.discard()
            raise
        self._ours = False

    def discard(self) -> None:
        """Remove the temporary. Idempotent, and harmless after `commit`."""
        if self._ours:
            self._ours = False
            self._remove()

    def _make(self) -> None:
        raise NotImplementedError

    def _rename(self) -> None:
        raise NotImplementedError

    def _remove(self) -> None:
        raise NotImplementedError

    def __del__(self) -> None:
        """Removes it after a signal between its creation and its `with` block."""
        self.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            if self._ours:
                self.commit()
            return
        self.discard()
        if isinstance(error, OSError):
            raise cannot_write(self.path, error) from error


class PartialFile(_Partial):
    """A file being written. An existing file stays until `commit`, which flushes to the disk and replaces a link, not
    its target. Raises `OutputError` also if `path` is not a file.

    Where another program has made a new file of that name meanwhile, that one stays, and `commit` keeps this one beside
    it and raises `OutputError` that names it; in a cache, which programs share, the last one stays.
    """

    def __init__(self, path: Path, shared: bool = False) -> None:
        self._shared = shared
        super().__init__(path)

    def _make(self) -> None:
        if self.path.is_dir():
            raise OutputError(f"{self.path} is a folder, not a file", "give a file name")
        if self.path.exists() and not self.path.is_file():
            raise OutputError(f"{self.path} is a device, not a file", "give a file name")
        self._new = not os.path.lexists(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.temporary.open("xb").close()

    def _rename(self) -> None:
        with self.temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if not self._new or self._shared:
            self.temporary.replace(self.path)
            return
        try:
            _rename_new(self.temporary, self.path)
        except FileExistsError:
            kept = self.path.with_name(f"kept-{secrets.token_hex(4)}{self.path.suffix}")
            self.temporary.replace(kept)
            raise OutputError(f"{self.path} was made by another program meanwhile", f"this one's is {kept}") from None

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            self.temporary.unlink()


class PartialFolder(_Partial):
    """A folder of files being written; `path` must be free or an empty folder at `commit`."""

    def _make(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.temporary.mkdir()

    def _rename(self) -> None:
        if self.path.is_dir():
            self.path.rmdir()  # fails if it is not empty
        self.temporary.rename(self.path)

    def _remove(self) -> None:
        shutil.rmtree(self.temporary, ignore_errors=True)


def write_file(path: Path, content: bytes | str, shared: bool = False) -> Path:
    """Write `content` (a text as UTF-8 with \\n) to `path` atomically. Returns `path`. Raises `OutputError`."""
    data = content.encode() if isinstance(content, str) else content
    with PartialFile(path, shared) as file:
        file.temporary.write_bytes(data)
    return path


def _rename_new(source: Path, target: Path) -> None:
    """Rename `source`; raises `FileExistsError` if `target` exists, also if it was made a moment ago."""
    if sys.platform == "win32":
        source.rename(target)
        return
    try:
        os.link(source, target)  # unlike POSIX' rename, it never replaces a file
    except FileExistsError:
        raise
    except OSError:  # no links, as on FAT
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        source.replace(target)
    else:
        source.unlink()


def check_free(paths: Iterable[Path], overwrite: bool, hint: str = OVERWRITE) -> None:
    """Raises `SettingsError` for the first of `paths` that is a folder or a device, or exists, unless `overwrite`, or
    is a recording's film or journal, and `OutputError` where its folder cannot be written to. Call it before the work.
    """
    for path in paths:
        if path.is_dir():
            raise SettingsError(f"{path} is a folder, not a file", "give a file name")
        if path.exists() and not path.is_file():
            raise SettingsError(f"{path} is a device, not a file", "give a file name")
        folder = next(place for place in path.absolute().parents if os.path.lexists(place))
        if not folder.is_dir():
            raise OutputError(f"{path} cannot be written: {folder} is not a folder", "give another name")
        if not os.access(folder, os.W_OK):  # also on a disk that is mounted to be read only
            raise OutputError(f"{path} cannot be written: {folder} is write-protected", "give another folder")
        if not overwrite and os.path.lexists(path):
            raise SettingsError(f"{path} exists already", hint)
        if _is_recorded(path):
            raise SettingsError(f"{path} belongs to a recording", "recordings are never overwritten: give another name")


def check_apart(outputs: Sequence[Path], inputs: Iterable[Path]) -> None:
    """Raises `SettingsError` for an output that is named twice, or is one of the `inputs`. Call it before the work."""
    for number, path in enumerate(outputs):
        if any(path.absolute() == other.absolute() for other in outputs[:number]):
            raise SettingsError(f"{path} is named for two outputs", "give each a name of its own")
        if path.is_file() and any(one.is_file() and path.samefile(one) for one in inputs):
            raise SettingsError(f"{path} is what is read", "give another name")


def _is_recorded(path: Path) -> bool:
    """Whether it is the film or the journal of a recording: both are there."""
    parts = ".mkv", ".jsonl"
    return path.suffix.lower() in parts and all(path.with_suffix(suffix).is_file() for suffix in parts)


def sweep(folder: Path) -> None:
    """Remove temporaries of killed programs, an hour old or older, from `folder`, one of our caches."""
    for path in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_S:
                path.unlink()


@contextlib.contextmanager
def writing(path: Path, *also: type[Exception]) -> Iterator[None]:
    """An `OSError`, or an error of the kinds in `also`, becomes an `OutputError` on `path`."""
    refused: tuple[type[Exception], ...] = (OSError, *also)
    try:
        yield
    except refused as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: Exception) -> OutputError:
    """The system's `error` on `path`, as one line with a hint."""
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC:
        return OutputError(f"{path} cannot be written: the disk is full", "free some space, or give another folder")
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if number in (errno.EEXIST, errno.ENOTDIR):
        in_the_way = (place for place in path.parents if place.exists() and not place.is_dir())
        reason = next((f"{place} is not a folder" for place in in_the_way), reason)
    hint = "give a folder that you may write to" if number in (errno.EACCES, errno.EPERM, errno.EROFS) else ""
    return OutputError(f"{path} cannot be written: {reason}", hint or "check the name, or give another folder")
