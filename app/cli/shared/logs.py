"""The record of a run: lines on the terminal, and a file in the platform's log folder that is there the day after."""

import logging
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from allaprima.app.core.console import printable, printable_lines, show
from allaprima.app.core.errors import AllaPrimaError, OutputError
from allaprima.app.core.files import writing

NAME = "allaprima.log"
_BYTES, _OLDER = 1 << 20, 3
_FORMAT = "%(asctime)s %(levelname)-7s %(process)d %(threadName)s %(name)s: %(message)s"
_COLOURS = {logging.WARNING: "yellow", logging.ERROR: "red"}
_FILE_ONLY = {"file_only": True}


def log_folder() -> Path:
    """Where logs and crash files lie: the user's, or `$ALLAPRIMA_LOGS`. May not exist."""
    import platformdirs

    named = os.environ.get("ALLAPRIMA_LOGS")
    return Path(named) if named else platformdirs.user_log_path("allaprima", appauthor=False)


@contextmanager
def logged(arguments: Sequence[str], level: str = "info", file: Path | None = None) -> Iterator[None]:
    """Within it, records of `level` and above go to standard error and to `file` (None: `NAME` in `log_folder()`),
    with the command line and what ended it. Raises `OutputError` where `file` cannot be written; where the user's
    folder cannot be, nothing is kept.
    """
    logger = logging.getLogger("allaprima")
    handlers: list[logging.Handler] = [_Terminal()]
    try:
        handlers.append(_File(file or log_folder() / NAME, file is None))
    except OutputError:
        if file:
            raise
    before = logger.level
    logger.setLevel(level.upper())
    for handler in handlers:
        logger.addHandler(handler)
    try:
        logger.info("%s", printable(shlex.join(["allaprima", *arguments])), extra=_FILE_ONLY)
        yield
    except AllaPrimaError as error:
        logger.error("%s (%s)", printable(error.message), printable(error.hint), extra=_FILE_ONLY)
        raise
    except BaseException as error:
        logger.error("%s", type(error).__name__, exc_info=error, extra=_FILE_ONLY)
        raise
    finally:
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(before)


class _Terminal(logging.Handler):
    """On standard error, warnings in colour where that is a terminal."""

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "file_only", False):
            return
        text, hint = record.getMessage(), getattr(record, "hint", "")
        colour = _COLOURS.get(record.levelno)
        if not (colour and sys.stderr.isatty()):
            show(text, hint)
            return
        from rich.text import Text

        from allaprima.app.report.terminal import terminal

        with suppress(OSError):
            console = terminal(sys.stderr)
            console.print(Text(f"allaprima: {printable(text)}", style=colour))
            if hint:
                console.print(Text(f"  hint: {printable(hint)}"))


class _Lines(logging.Formatter):
    """A line a record, and printable: only a traceback has more."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return printable_lines(super().formatException(ei))


class _File(RotatingFileHandler):
    """Rotates at a megabyte. Raises `OutputError` if it cannot be opened; ignores later faults."""

    def __init__(self, path: Path, ours: bool) -> None:
        """`ours`: in our own folder, which is made; a missing folder that the user names is an error."""
        with writing(path):
            if path.exists() and not path.is_file():
                raise OutputError(f"{path} is no file to log to", "name another: --log-file FILE")
            if ours:
                path.parent.mkdir(parents=True, exist_ok=True)
            super().__init__(path, maxBytes=_BYTES, backupCount=_OLDER, encoding="utf-8", errors="backslashreplace")
        self.setFormatter(_Lines(_FORMAT))

    def close(self) -> None:
        with suppress(OSError):  # a full disk
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        pass
