"""Commands to type, for hints: the shell's, and pip's for packages that not everybody needs (the extras)."""

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from allaprima.app.core.errors import did_you_mean

_WINDOWS = os.name == "nt"


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


def looking(path: Path) -> str:
    """What shows `path`, which cannot be read; where it is missing, a file nearly named so, or its folder."""
    if os.path.lexists(path):
        return f"{'dir' if _WINDOWS else 'ls -l'} {quoted(path)}"
    folder = next(place for place in path.absolute().parents if place.is_dir())
    command = f"{'dir' if _WINDOWS else 'ls'} {quoted(folder)}"
    if folder != path.absolute().parent:
        return command
    try:
        return did_you_mean(path.name, (entry.name for entry in folder.iterdir()), command)
    except OSError:
        return command


def moving(path: Path) -> str:
    """What puts `path` aside."""
    return f"{'move' if _WINDOWS else 'mv'} {quoted(path)} {quoted(path.with_name(f'{path.name}.old'))}"


def deleting(path: Path) -> str:
    return f"{'del' if _WINDOWS else 'rm'} {quoted(path)}"


def scaling(path: Path, size: tuple[int, int]) -> str:
    """What makes a picture or film of `size` (width, height) of the one in `path`."""
    return f"ffmpeg -i {quoted(path)} -vf scale={size[0]}:{size[1]} new{path.suffix}"


def quoted(path: Path) -> str:
    if _WINDOWS:
        return f'"{path}"' if " " in str(path) else str(path)
    return shlex.quote(str(path))
