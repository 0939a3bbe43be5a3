"""Reads files from outside: only regular files, within the size limit of their kind, at once.

The caller converts `Unreadable` to its own error: the message begins with a verb, to follow the file's name.
"""

import codecs
import errno
import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

DEEPEST_TOML = 32
"""Brackets in brackets, and parts of a dotted key: tomllib takes time and memory by their square."""
LONGEST_WORD = 1000
"""Characters of a TOML number or bare key. Python refuses to print whole numbers of more than 4300 digits."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OPAQUE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|#[^\n]*", re.DOTALL
)
_WORD = re.compile(rf"[\w.+-]{{{LONGEST_WORD + 1},}}")
_DOTTED = re.compile(rf'(?:[\w-]+|"")(?:[ \t]*\.[ \t]*(?:[\w-]+|"")){{{DEEPEST_TOML},}}')

ONLY_FILES = {"protocol_whitelist": "file"}
"""Options for FFmpeg, which otherwise follows references of a file to other files and addresses."""


def file_url(path: Path) -> str:
    """`path` for FFmpeg, which would take text before a colon for a protocol."""
    return f"file:{path}"


class Unreadable(Exception):
    """Why a file is not read, such as "is a folder, not a file"."""


def check_file(path: Path, most: int | None = None) -> None:
    """Raises `Unreadable` unless `path` is a regular file of at most `most` bytes: for files that a library opens."""
    _check(_asked(lambda: path.stat(), path), most)


def read_bytes(path: Path, most: int) -> bytes:
    """The file's bytes. Raises `Unreadable` if it is not a regular file, or larger than `most`."""
    check_file(path, most)  # before opening: opening alone makes a pipe wait and a tape rewind
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(_asked(lambda: os.open(path, flags), path), "rb") as file:
        _check(os.fstat(file.fileno()), most)  # it may have been replaced since
        data: bytes = _asked(lambda: file.read(most + 1), path)
    if len(data) > most:
        raise Unreadable(f"is larger than {_size(most)}")
    return data


def read_text(path: Path, most: int) -> str:
    """The file's text, in UTF-8 with or without a byte order mark. Raises `Unreadable`."""
    return _decoded(read_bytes(path, most))


def read_toml(path: Path, most: int) -> dict[str, Any]:
    """The file's TOML. Raises `Unreadable`."""
    data = read_bytes(path, most)
    try:
        text = _decoded(data)
    except Unreadable as error:
        raise Unreadable(f"is not TOML: it {error}") from error
    return parse_toml(text)


def parse_toml(text: str) -> dict[str, Any]:
    """`tomllib.loads` with limits on nesting, dots and digits. Raises `Unreadable` that names the line."""
    _check_toml(text)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: impossible numbers and dates, too
        raise Unreadable(f"is not TOML: {error}") from error


def _decoded(data: bytes) -> str:
    if data.startswith(_WIDE):
        raise Unreadable("is text in UTF-16: save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"is not text in UTF-8: line {line} has the byte 0x{data[error.start]:02x}") from error


def _check_toml(text: str) -> None:
    bare = _OPAQUE.sub(lambda found: '""' + "\n" * found[0].count("\n"), text)
    for pattern, what in ((_WORD, f"a word of more than {LONGEST_WORD}"), (_DOTTED, "a key of too many parts")):
        if found := pattern.search(bare):
            raise Unreadable(f"is not TOML as people write it: {what} (line {_line(bare, found.start())})")
    depth = 0
    for found in re.finditer(r"[][{}]", bare):
        depth = max(0, depth + (1 if found[0] in "[{" else -1))
        if depth > DEEPEST_TOML:
            raise Unreadable(f"is not TOML as people write it: it nests too deep (line {_line(bare, found.start())})")


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _check(found: os.stat_result, most: int | None) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable(f"is {_KINDS.get(stat.S_IFMT(found.st_mode), 'something else')}, not a file")
    if most is not None and found.st_size > most:
        raise Unreadable(f"is larger than {_size(most)}")


def _asked(call: Any, path: Path) -> Any:
    """The result of `call`; raises the system's errors in words."""
    try:
        return call()
    except ValueError as error:  # a NUL in the name
        raise Unreadable(f"cannot be read: {error}") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Unreadable("is a link that leads back to itself") from error
        if error.errno == errno.ENOENT:
            raise Unreadable("is a link to nothing" if path.is_symlink() else "does not exist") from error
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error


def _size(most: int) -> str:
    return f"{most >> 20} MB" if most >= 1 << 20 else f"{most >> 10} kB" if most >= 1 << 10 else f"{most} bytes"
