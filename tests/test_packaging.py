"""What is on disk is what a wheel carries: an editable install hides an omission, a wheel does not."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("app", "models", "calibration", "shaders")


@pytest.fixture(scope="module")
def setuptools_table() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    return table


def test_packages_listed_are_the_folders_on_disk(setuptools_table: dict[str, Any]) -> None:
    on_disk = {
        ".".join(["allaprima", *init.parent.relative_to(ROOT).parts])
        for folder in FOLDERS
        for init in (ROOT / folder).rglob("__init__.py")
    }
    assert set(setuptools_table["packages"]) == on_disk
    assert setuptools_table["package-dir"] == {f"allaprima.{folder}": folder for folder in FOLDERS}


def test_every_folder_with_code_is_a_package() -> None:
    folders = {module.parent for folder in FOLDERS for module in (ROOT / folder).rglob("*.py")}
    assert [str(f) for f in folders if not (f / "__init__.py").is_file()] == []


def test_wheel_holds_every_file_of_every_package(tmp_path: Path) -> None:
    pytest.importorskip("setuptools", minversion="77")
    copy = tmp_path / "copy"  # a build leaves files behind, and trusts those it finds
    copy.mkdir()
    for name in (*FOLDERS, "pyproject.toml", "README.md", "LICENSE"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    code = f"from setuptools.build_meta import build_wheel; build_wheel({str(tmp_path)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=copy, capture_output=True, text=True, timeout=2 * PATIENCE_S
    )
    assert done.returncode == 0, done.stdout + done.stderr

    (wheel,) = tmp_path.glob("allaprima-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = {
        f"allaprima/{file.relative_to(copy).as_posix()}"
        for folder in FOLDERS
        for file in (copy / folder).rglob("*")
        if file.is_file()
    }
    assert sorted(wanted - held) == []
    assert {name.split("/")[1] for name in held if name.startswith("allaprima/")} == set(FOLDERS)
    assert any(name.endswith("licenses/LICENSE") for name in held)
