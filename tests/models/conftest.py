"""A furnished studio."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `photos` and the paintings red.png, blue.png, ochre.png; results are judged on small pictures."""
    from studio import furnish

    from allaprima.models.judging import quality

    monkeypatch.setattr(quality, "SIDE", 64)
    return furnish(tmp_path)
