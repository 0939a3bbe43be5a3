from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from allaprima.app.mirror.keys import markdown_table

SCRIPT = Path(__file__).parents[2] / "scripts" / "readme_keys.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readme_keys", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_stale_table_is_reported_and_write_repairs_it(script: ModuleType, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n\n<!-- keys -->\n| old |\n<!-- keys -->\n\nafter\n", encoding="utf-8")
    assert script.main(["--check", "--readme", str(readme)]) == 1
    assert script.main(["--write", "--readme", str(readme)]) == 0
    assert script.main(["--check", "--readme", str(readme)]) == 0
    text = readme.read_text(encoding="utf-8")
    assert text == f"# Title\n\n<!-- keys -->\n{markdown_table()}<!-- keys -->\n\nafter\n"


def test_one_changed_word_is_stale(script: ModuleType, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    table = markdown_table().replace("next style", "following style")
    readme.write_text(f"<!-- keys -->\n{table}<!-- keys -->\n", encoding="utf-8")
    assert script.main(["--check", "--readme", str(readme)]) == 1


@pytest.mark.parametrize("text", ["", "<!-- keys -->", "<!-- keys --><!-- keys --><!-- keys -->"])
def test_readme_without_one_block_is_an_error_and_stays_as_it_is(script: ModuleType, tmp_path: Path, text: str) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(text, encoding="utf-8")
    assert script.main(["--write", "--readme", str(readme)]) == 2
    assert readme.read_text(encoding="utf-8") == text
