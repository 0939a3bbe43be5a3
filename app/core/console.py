"""Output to the terminal: always printable, and in one form everywhere.

Names of files, cameras, styles and settings come from outside: characters that move the cursor, ring the bell, change
the reading direction or forge a line are shown as escapes.
"""

import contextlib
import html
import json
import logging
import math
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from allaprima.app.core.errors import AllaPrimaError

_LOG = logging.getLogger("allaprima")


def printable(text: object) -> str:
    """`text` in one line: control, bidi and other invisible characters as \\x1b, \\n, \\u202e; the bytes of a name that
    is no UTF-8 as \\xb1.
    """
    return "".join(c if c.isprintable() or c in _SPACES else _escaped(c) for c in str(text))


def printable_lines(text: str) -> str:
    """The same for our own text of several lines, such as a traceback or a page."""
    return "\n".join(printable(line) for line in text.split("\n"))


def markup(text: object) -> str:
    """The same, as text or an attribute of an HTML page."""
    return html.escape(printable(text))


def fail(message: str, hint: str, code: int, as_json: bool, kind: str = "error: ") -> int:
    """One line and a hint on standard error; with --json the same as one object on standard output. Returns `code`."""
    show(f"{kind}{message}", hint)
    if as_json:
        with contextlib.suppress(OSError, AllaPrimaError):  # it is full or closed, and standard error has the message
            print_json({"error": {"message": message, "hint": hint, "exit_code": code}})
    return code


def say(text: object, hint: str = "") -> None:
    """Write one line to the terminal and the log file; standard output is only for results."""
    _LOG.info("%s", text, extra={"hint": hint})


def show(text: str, hint: str = "") -> None:
    """Write a record of the log to standard error, as one line."""
    _tell(f"allaprima: {printable(text)}", *([f"  hint: {printable(hint)}"] if hint else []))


def show_lines(text: str) -> None:
    """Write a text of several lines to standard error, such as a traceback."""
    _tell(text)


def rewrite(text: str, bell: bool = False, end: str = "") -> None:
    """Replace the last line of a terminal's standard error, and ring the bell."""
    with contextlib.suppress(OSError):
        print(f"\r\x1b[2K{chr(7) if bell else ''}{printable(text)}", end=end, file=sys.stderr, flush=True)


def print_lines(*lines: object) -> None:
    """Write results for people, each in one line, to standard output."""
    with to_stdout():
        print(*(printable(line) for line in lines), sep="\n")


def print_json(result: object) -> None:
    """Write the result for programs as one object in one line of ASCII to standard output."""
    with to_stdout():
        print(json_text(result), flush=True)


def print_result(as_json: bool, result: object, *lines: object) -> None:
    """Write the result as `print_json` does, or as the `lines` for people."""
    if as_json:
        print_json(result)
    else:
        print_lines(*lines)


def json_text(value: object, indent: int | None = None) -> str:
    """`value` as JSON, in ASCII. NaN and the infinities, which JSON lacks, become null; values of other types, such as
    dates and paths, become texts.
    """
    return json.dumps(_finite(value), indent=indent, allow_nan=False, default=str)


def restore_streams() -> None:
    """Redirect missing standard output or error (`>&-`, pythonw) to the null device."""
    if sys.stdout is not None and sys.stderr is not None:
        return
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:  # else the next opened file would get the terminal's number
        pass
    os.close(number)
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()


@contextlib.contextmanager
def to_stdout() -> Iterator[None]:
    """Wraps code that prints to a stream. Raises `AllaPrimaError` if that is full; a closed pipe stays a
    `BrokenPipeError`. Discards the stream's buffer, so that Python does not complain again at exit.
    """
    try:
        yield
    except OSError as error:
        silence_stdout()
        if isinstance(error, BrokenPipeError):
            raise
        raise AllaPrimaError(
            f"standard output cannot be written: {error.strerror or error}", "free some space, or send it elsewhere"
        ) from error


def silence_stdout() -> None:
    """Discard everything that is printed there from now on."""
    if not _silence(sys.stdout):
        sys.stdout = _nowhere()


_SPACES = " \u00a0\u2009\u202f\u3000"  # which names of paintings have


def _escaped(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # how Python keeps a byte that is no UTF-8
        return f"\\x{number - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        keys = (key if key is None or isinstance(key, str | int | bool) else str(key) for key in value)
        return dict(zip(keys, map(_finite, value.values()), strict=True))
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _silence(stream: TextIO) -> bool:
    """Discard what its buffer still holds, or Python ends with 120. False if it is not a file."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        return False
    return True


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _tell(*lines: str) -> None:
    """Write to standard error; ignore errors if that is full or closed, too."""
    try:
        print(*lines, sep="\n", file=sys.stderr, flush=True)
    except OSError:
        _silence(sys.stderr)
