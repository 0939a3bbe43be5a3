"""Every hint and every page that names an extra names one that there is, in a command that finds it."""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from allaprima.app.core import shell

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CODE = [path for room in ("app", "models", "calibration", "scripts") for path in (ROOT / room).rglob("*.py")]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
PEOPLE_READ = {path: path.read_text(encoding="utf-8") for path in (*CODE, *PAGES, *(ROOT / "tests").rglob("*.py"))}


@pytest.mark.parametrize("extra", PROJECT["optional-dependencies"])
def test_an_extra_is_installed_by_the_packages_that_it_names(extra: str) -> None:
    command = shlex.split(shell.install(extra))
    packages = command[command.index("install") + 1 :]
    named = {Requirement(line).name for line in PROJECT["optional-dependencies"][extra]}
    assert {Requirement(package).name for package in packages} == named


def test_there_is_no_other_extra() -> None:
    with pytest.raises(ValueError, match="no extra 'trian'"):
        shell.install("trian")


def test_every_hint_names_an_extra_that_there_is() -> None:
    named = {found for path in CODE for found in re.findall(r"\binstall\(['\"](\w+)['\"]\)", PEOPLE_READ[path])}
    assert {"train", "bench", "cuda", "gpu"} <= named <= PROJECT["optional-dependencies"].keys()


def test_no_command_asks_an_index_for_this_program() -> None:
    """It is in none: `pip install "NAME[train]"` finds nothing, nor does `pip install NAME`."""
    asks = re.compile(rf"pip install (?:-\S+ )*[\"']?{PROJECT['name']}(?:\[|[\"'\s]|$)", re.MULTILINE)
    wrong = [path.name for path, text in PEOPLE_READ.items() if asks.search(text) and path != Path(__file__)]
    assert not wrong


def test_every_extra_of_a_checkout_exists() -> None:
    named = {found for text in PEOPLE_READ.values() for found in re.findall(r'pip install -e "\.\[(\w+)\]"', text)}
    assert "train" in named and named <= PROJECT["optional-dependencies"].keys()


def test_pip_is_that_of_this_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda name: str(Path(sys.executable).with_name(name)))
    assert shell.pip() == "pip"
    monkeypatch.setattr("shutil.which", lambda name: str(tmp_path / name))
    assert shlex.split(shell.pip())[1:] == ["-m", "pip"] and sys.executable in shell.pip()


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        (
            "/lib/x86_64-linux-gnu/libGL.so.1: file too short",
            "has libGL.so.1; on Debian: apt",
        ),
        ("libgthread-2.0.so.0: cannot open shared object file: No such file or directory", "has libgthread-2.0.so.0;"),
        ("libfoo.so.3: cannot open shared object file: No such file or directory", "has libfoo.so.3"),
        ("No module named 'av'", "pip check"),
    ],
)
def test_what_cannot_be_loaded_is_mended_where_it_is_missing(said: str, hint: str) -> None:
    assert hint in shell.mending(ImportError(said))


def test_a_missing_file_is_answered_with_its_neighbour_or_what_lists_its_folder(tmp_path: Path) -> None:
    (tmp_path / "walk.mkv").touch()
    assert shell.looking(tmp_path / "wlak.mkv") == "did you mean 'walk.mkv'?"
    assert shell.looking(tmp_path / "holiday") == shell.looking(tmp_path / "away" / "walk.mkv")
    assert shell.looking(tmp_path / "holiday").endswith(shell.quoted(tmp_path))
    assert shell.quoted(tmp_path / "walk.mkv") in shell.looking(tmp_path / "walk.mkv")


def test_a_name_is_quoted_for_the_shell() -> None:
    aside = shell.moving(Path("my walk.mkv"))
    assert "my walk.mkv.old" in aside and aside.split(maxsplit=1)[1][0] in "'\""
