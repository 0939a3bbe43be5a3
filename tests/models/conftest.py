"""Makes `studio` importable from the tests beside, and gives each a furnished one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `photos` and the paintings red.png, blue.png, ochre.png; results are judged on small pictures."""
    from studio import furnish

    from allaprima.models.judging import quality

    monkeypatch.setattr(quality, "SIDE", 64)
    return furnish(tmp_path)
