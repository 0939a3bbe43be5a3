"""Makes `studio` importable from the tests beside, and gives each a furnished one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """A folder with `photos` and the paintings red.png, blue.png and ochre.png."""
    from studio import furnish

    return furnish(tmp_path)
