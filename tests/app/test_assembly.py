"""What is opened for a session."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allaprima.app import assembly
from allaprima.app.assembly import Request, assembled
from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import SourceEnded
from allaprima.app.recording.picture import write_picture
from allaprima.app.settings import Settings


class Window:
    """As much of a window as is asked for before anything is shown."""

    description = "a window"


@pytest.mark.parametrize(("watched", "fast"), [(True, False), (True, True), (False, False)])
def test_a_still_stays_where_somebody_looks_at_it_and_ends_elsewhere(
    graphics: object, tiny_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watched: bool, fast: bool
) -> None:
    monkeypatch.setattr(assembly, "_open_window", lambda settings, stack: Window() if watched else None)
    write_picture(tmp_path / "photo.png", np.full((64, 96, 3), 90, np.uint8))
    settings = Settings().updated("stylize.pack", str(tiny_pack)).updated("stylize.engine", "torch")
    request = Request(source=str(tmp_path / "photo.png"), as_fast_as_possible=fast)
    with assembled(settings, request, FakeClock()) as parts:
        parts.source.read(1.0)
        if watched and not fast:
            assert parts.source.read(1.0).seq == 1
        else:
            with pytest.raises(SourceEnded):
                parts.source.read(1.0)
