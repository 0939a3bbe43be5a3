"""Facts for the crash file, added to unexpected errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from allaprima.app.core.console import json_text
from allaprima.app.core.errors import AllaPrimaError


@contextmanager
def noted(what: str, facts: Callable[[], object]) -> Iterator[None]:
    """Add `facts()` as a note to an error that leaves the block, unless users get that error as one line."""
    try:
        yield
    except AllaPrimaError:
        raise
    except Exception as error:
        try:
            error.add_note(f"{what}: {json_text(facts())}")
        except Exception as other:  # report only the first one
            error.add_note(f"{what}: {type(other).__name__}: {other}")
        raise
