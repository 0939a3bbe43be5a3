from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from allaprima.app.headset.actions import CONTROLS, PROFILES

SCRIPT = Path(__file__).parents[2] / "scripts" / "headset_controls.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("headset_controls", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_has_the_programs_own_table(script: ModuleType) -> None:
    assert script.main(["--check"]) == 0, "python scripts/headset_controls.py --write"


def test_every_control_is_named_for_every_controller(script: ModuleType) -> None:
    rows = script.controls_table().splitlines()
    assert len(rows) == 2 + len(CONTROLS) and all(row.count("|") == len(PROFILES) + 2 for row in rows)
    assert "| Next painting | right trigger | right trigger | right trigger | right trigger |" in rows
    for column, profile in enumerate(PROFILES):
        places = [row.split("|")[2 + column].strip() for row in rows[2:]]
        assert sum(place != "-" for place in places) == len(profile.steamvr)
        assert len(set(places) - {"-"}) == len(profile.steamvr), "no place means two things"


def test_a_stale_table_is_reported_and_write_repairs_it(script: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- controls -->\n| old |\n<!-- controls -->\nafter\n", encoding="utf-8")
    assert script.main(["--check", "--page", str(page)]) == 1
    assert script.main(["--write", "--page", str(page)]) == 0
    assert script.main(["--check", "--page", str(page)]) == 0
    assert page.read_text(encoding="utf-8").startswith("before\n") and page.read_text(encoding="utf-8").endswith(
        "after\n"
    )
    page.write_text("no block", encoding="utf-8")
    assert script.main(["--write", "--page", str(page)]) == 2
