"""A GL context for the tests, without a window."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

os.environ.setdefault("ALLAPRIMA_GL_DEBUG", "1")  # before PyOpenGL is imported: every GL error is an exception

import pytest

from allaprima.app.core.errors import GraphicsError


@pytest.fixture(scope="session")
def _graphics() -> Iterator[object]:
    from allaprima.app.compositor.context import SurfacelessContext

    try:
        context = SurfacelessContext()
    except GraphicsError as error:
        if sys.platform == "linux" and os.environ.get("CI"):
            raise
        pytest.skip(f"NO OPENGL WITHOUT A WINDOW, nothing drawn was tested: {error.message}. {error.hint}")
    yield context
    context.close()


@pytest.fixture
def graphics(_graphics):  # type: ignore[no-untyped-def]
    """A current `SurfacelessContext`; skips loudly where there is none, fails in CI on Linux."""
    _graphics.make_current()
    return _graphics
