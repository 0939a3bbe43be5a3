"""What the import contracts cannot say: device libraries have one door each, and core is light when it really runs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest
from patience import PATIENCE_S

APP = Path(str(files("allaprima.app")))
ROOT = Path(__file__).parents[2]
DOORS = {
    "openvr": 1, "xr": 1, "glfw": 1, "openvino": 1, "onnxruntime": 1, "torch": 5, "cuda": 1, "av": 2, "aiohttp": 4,
    "segno": 1, "cv2.VideoCapture": 1,
}  # fmt: skip


def names_used(module: Path) -> set[str]:
    """Top-level names imported anywhere in `module`, and the attributes it takes of them as "name.attribute"."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module.partition(".")[0], *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
    return found


@pytest.mark.parametrize("library", DOORS)
def test_device_library_is_imported_by_no_more_modules_than_its_doors(library: str) -> None:
    users = [str(m.relative_to(APP)) for m in sorted(APP.rglob("*.py")) if library in names_used(m)]
    assert len(users) <= DOORS[library], f"{library} is used in {', '.join(users)}"


def test_import_is_seen_wherever_it_stands(tmp_path: Path) -> None:
    module = tmp_path / "m.py"
    module.write_text(
        "def f():\n    import torch.nn\n    from cv2 import VideoCapture\n    import cv2\n    cv2.imread('x')\n"
    )
    assert {"torch", "cv2.VideoCapture", "cv2.imread"} <= names_used(module)


def test_core_loads_nothing_but_the_standard_library_and_numpy() -> None:
    modules = [f"allaprima.app.core.{m.stem}" for m in sorted((APP / "core").glob("*.py")) if m.stem != "__init__"]
    code = (
        "import importlib, sys; before = set(sys.modules)\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "top = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(top - set(sys.stdlib_module_names) - {'allaprima', 'numpy'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"


def test_no_folder_and_no_file_of_the_product_has_grown_too_large() -> None:
    product = [path for folder in ("app", "models", "calibration", "shaders") for path in (ROOT / folder).rglob("*.py")]
    counted = Counter(path.parent for path in product)
    assert {str(folder): count for folder, count in counted.items() if count > 20} == {}
    lines = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in product}
    assert {path: count for path, count in lines.items() if count > 350} == {}
    assert [path.name for path in (ROOT / "app" / "cli").glob("_*.py") if path.name != "__init__.py"] == []
    opening = (ROOT / "app" / "live" / "opening.py").read_text(encoding="utf-8")
    assert len(opening.splitlines()) <= 200 and opening.count("\nfrom allaprima") <= 25
