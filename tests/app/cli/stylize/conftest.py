"""Films painted with strength 0."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from allaprima.app.command_line import main


@pytest.fixture
def repaint(tiny_pack: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Runs `stylize --strength 0`; gives its report, with what was `said` on standard error."""

    def run(*arguments: object, code: int = 0) -> dict[str, Any]:
        argv = ["stylize", *map(str, arguments), "--pack", str(tiny_pack), "--precision", "f32", "--strength", "0"]
        assert main([*argv, "--json"]) == code
        captured = capsys.readouterr()
        return {**json.loads(captured.out), "said": captured.err}

    return run
