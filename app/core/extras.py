"""How packages that not everybody needs are installed: pyproject.toml's extras, as commands to type."""

import re
import shutil
import sys
from pathlib import Path


def install(extra: str) -> str:
    """The command that installs an extra's packages, as this installation's metadata names them: it works beside a
    checkout and beside a wheel alike. Raises `ValueError` for an extra that there is none of.
    """
    from importlib.metadata import PackageNotFoundError, requires  # here, as it loads a good deal for `--help`

    named = re.compile(rf"([^;]+);.*\bextra == ['\"]{re.escape(extra)}['\"]")
    try:
        found = [match[1].strip() for line in requires("allaprima") or () if (match := named.match(line))]
    except PackageNotFoundError:  # run from a folder that was never installed
        return f'{pip()} install -e ".[{extra}]"'
    if not found:
        raise ValueError(f"there is no extra {extra!r}")
    return f"{pip()} install " + " ".join(f'"{package}"' for package in found)


def mending(error: ImportError) -> str:
    """What to type where a part of the installation cannot be loaded: a package's, or a library of the system's."""
    if found := re.search(r"[\w.+-]+\.so[.\d]*(?=:)", str(error)):
        graphics = "; on Debian: apt install libgl1 libglib2.0-0" if found[0].startswith(("libGL", "libg")) else ""
        return f"install the system's package that has {found[0]}{graphics}"
    return f"{pip()} check"


def pip() -> str:
    """The pip of this very Python, as it is called in a shell."""
    here, found = Path(sys.executable), shutil.which("pip")
    if found and Path(found).parent == here.parent:
        return "pip"
    return f'"{here}" -m pip' if " " in str(here) else f"{here} -m pip"
