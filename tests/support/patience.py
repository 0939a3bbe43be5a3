"""How long a test waits for another thread or process before it says that nothing happens."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 120.0
"""Longer than anything takes on a crowded machine, shorter than a test's time in pyproject.toml. Only a test that fails
waits so long.
"""


def eventually(condition: Callable[[], object]) -> None:
    """Waits until `condition` is true, which is for another thread or process to see to."""
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < limit, f"not so within {PATIENCE_S:g} s"
        time.sleep(0.001)
