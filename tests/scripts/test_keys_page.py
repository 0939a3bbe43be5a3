from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from allaprima.app.mirror.keys import markdown_table

SCRIPT = Path(__file__).parents[2] / "scripts" / "keys_page.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("keys_page", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_stale_table_is_reported_and_write_repairs_it(script: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "controls.md"
    page.write_text("# Title\n\n<!-- keys -->\n| old |\n<!-- keys -->\n\nafter\n", encoding="utf-8")
    assert script.main(["--check", "--page", str(page)]) == 1
    assert script.main(["--write", "--page", str(page)]) == 0
    assert script.main(["--check", "--page", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text == f"# Title\n\n<!-- keys -->\n{markdown_table()}<!-- keys -->\n\nafter\n"


def test_one_changed_word_is_stale(script: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "controls.md"
    table = markdown_table().replace("next style", "following style")
    page.write_text(f"<!-- keys -->\n{table}<!-- keys -->\n", encoding="utf-8")
    assert script.main(["--check", "--page", str(page)]) == 1


@pytest.mark.parametrize("text", ["", "<!-- keys -->", "<!-- keys --><!-- keys --><!-- keys -->"])
def test_page_without_one_block_is_an_error_and_stays_as_it_is(script: ModuleType, tmp_path: Path, text: str) -> None:
    page = tmp_path / "controls.md"
    page.write_text(text, encoding="utf-8")
    assert script.main(["--write", "--page", str(page)]) == 2
    assert page.read_text(encoding="utf-8") == text
