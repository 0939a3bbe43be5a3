"""What C libraries print: libpng and libjpeg write to the program's standard error of their own accord."""

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0
_kept = -1


def keep_our_standard_error() -> None:
    """Give Python's `sys.stderr` a descriptor of its own, so that `libraries_quiet` silences none of our own lines."""
    old = sys.stderr
    if isinstance(old, io.TextIOWrapper) and old is sys.__stderr__ and old.fileno() == 2:
        sys.stderr = os.fdopen(os.dup(2), "w", 1, encoding=old.encoding, errors=old.errors)


@contextmanager
def libraries_quiet() -> Iterator[None]:
    """What is written to descriptor 2 in here is thrown away; several threads may be in here at once."""
    global _inside, _kept
    with _lock:
        if not _inside:
            try:
                _kept = os.dup(2)
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 2)
                os.close(nowhere)
            except OSError:  # there is no standard error, as under pythonw
                _kept = -1
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside and _kept >= 0:
                os.dup2(_kept, 2)
                os.close(_kept)
