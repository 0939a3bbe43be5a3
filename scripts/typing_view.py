"""Make build/typing/allaprima/{app,models,...}: the package as type checkers and import linters want to see it.

Folder X is the package `allaprima.X` by a mapping in pyproject.toml that only setuptools understands; this lays the
same mapping out as links. Standard library only. For an editor's sake: `python3 scripts/typing_view.py`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from pathlib import Path


def make_typing_view(root: Path) -> Path:
    """Link every folder that pyproject.toml maps to a package; returns the folder to put on the search path."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    mapping: dict[str, str] = project["tool"]["setuptools"]["package-dir"]
    view = root / "build" / "typing"
    for package, folder in mapping.items():
        link = view.joinpath(*package.split("."))
        if link.exists() and link.resolve() == (root / folder).resolve():
            continue
        _remove(link)
        link.parent.mkdir(parents=True, exist_ok=True)
        _link(link, root / folder)
    return view


def _remove(link: Path) -> None:
    if link.is_symlink():
        link.unlink()
    elif link.exists():
        if os.name == "nt":
            link.rmdir()  # takes a junction away and leaves what it points to; refuses a real folder
        else:
            shutil.rmtree(link)


def _link(link: Path, folder: Path) -> None:
    if os.name == "nt":  # symbolic links need a privilege there, junctions none
        subprocess.run(["cmd", "/c", "mklink", "/J", str(link), str(folder)], check=True, stdout=subprocess.DEVNULL)
    else:
        link.symlink_to(os.path.relpath(folder, link.parent), target_is_directory=True)


if __name__ == "__main__":
    print(make_typing_view(Path(__file__).resolve().parent.parent))
