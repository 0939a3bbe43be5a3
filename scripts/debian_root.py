"""A small Debian in a folder: made once by debootstrap, and again when its list of packages changes. Linux, as root."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from environment import SetupError, say

if sys.platform == "linux":
    import fcntl

MIRROR_VARIABLE = "ALLAPRIMA_DEBIAN_MIRROR"
_MARK = "debian-root.json"


@dataclass(frozen=True, slots=True)
class DebianRoot:
    """Debian `suite` with `packages`, in `folder`; whole or not at all."""

    folder: Path
    suite: str
    packages: tuple[str, ...]

    def is_made(self) -> bool:
        """Whether it is there, and of today's recipe."""
        try:
            return bool(json.loads((self.folder / _MARK).read_text(encoding="utf-8")) == self._recipe())
        except (OSError, ValueError):
            return False

    def make(self, name: str) -> None:
        """Make it unless it is there, saying that `name` is being made. Raises `SetupError`."""
        if self.is_made():
            return
        root = self.folder
        root.parent.mkdir(parents=True, exist_ok=True)
        with _alone(root.with_name(root.name + ".lock")):
            if self.is_made():  # somebody else was at it
                return
            if root.exists() and any(root.iterdir()) and not (root / _MARK).exists():
                raise SetupError(f"{root} is not a root that was made here", "move it away, or name another folder")
            mirror = os.environ.get(MIRROR_VARIABLE) or apt_mirror(Path("/etc/apt"))
            if not mirror:
                raise SetupError(
                    "this computer's apt names no Debian mirror", f"put its address into {MIRROR_VARIABLE}"
                )
            if not shutil.which("debootstrap"):
                raise SetupError(f"debootstrap is not installed; {name} is made with it", "apt-get install debootstrap")
            say(f"making {name} in {root}, once: about a minute")
            start = time.monotonic()
            part = Path(tempfile.mkdtemp(prefix=root.name + ".part-", dir=root.parent))
            try:
                part.chmod(0o755)
                _bootstrap(part, self.suite, mirror, self.packages)
                (part / _MARK).write_text(json.dumps(self._recipe()), encoding="utf-8")
                if root.exists():
                    shutil.rmtree(root)
                part.rename(root)
            finally:
                shutil.rmtree(part, ignore_errors=True)
            say(f"making {name}: done in {time.monotonic() - start:.0f} s")

    def _recipe(self) -> dict[str, object]:
        return {"suite": self.suite, "packages": list(self.packages)}


def apt_mirror(folder: Path) -> str | None:
    """The first Debian archive that apt's configuration `folder` names, in either of its two notations."""
    uris: list[str] = []
    for file in sorted((folder / "sources.list.d").glob("*.sources")):
        for block in file.read_text(encoding="utf-8", errors="replace").split("\n\n"):
            fields = dict(line.split(":", 1) for line in block.splitlines() if ":" in line and line[0] not in "# ")
            if "deb" in fields.get("Types", "").split():
                uris += fields.get("URIs", "").split()[:1]
    for file in (folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list"))):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []:
            if line.startswith("deb "):
                uris += (line.split("]")[-1] if "[" in line else line[4:]).split()[:1]
    return next((uri for uri in uris if uri.rstrip("/").endswith("/debian")), None)


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """While nobody else is making it."""
    with lock.open("w") as file:
        if sys.platform == "linux":  # no other system comes here
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _bootstrap(part: Path, suite: str, mirror: str, packages: tuple[str, ...]) -> None:
    """Debian's base, then the packages, into the empty folder `part`."""
    apart = ["unshare", "--mount"]  # what debootstrap mounts is never seen outside, so never deleted by mistake
    _logged([*apart, "debootstrap", "--variant=minbase", "--include=ca-certificates", suite, str(part), mirror])
    if Path("/etc/resolv.conf").exists():
        shutil.copyfile("/etc/resolv.conf", part / "etc/resolv.conf")
    lean = part / "etc/dpkg/dpkg.cfg.d/lean"
    lean.write_text("force-unsafe-io\npath-exclude /usr/share/doc/*\npath-exclude /usr/share/locale/*\n")
    inside = [*apart, "chroot", str(part), "/usr/bin/env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]
    inside += ["DEBIAN_FRONTEND=noninteractive", "apt-get"]
    _logged([*inside, "install", "-y", "--no-install-recommends", *packages])
    _logged([*inside, "clean"])


def _logged(command: list[str]) -> None:
    """Run `command`, showing on a terminal what it is at. Raises `SetupError` with its last lines."""
    live, lines = sys.stderr.isatty(), []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if live:
                width = shutil.get_terminal_size().columns - 1
                print(f"\r\033[K  {line.strip()}"[: width + 4], end="", file=sys.stderr, flush=True)
    if live:
        print("\r\033[K", end="", file=sys.stderr)
    if process.returncode:
        output = "".join(lines[-30:])
        hint = "free some disk space, then start again" if "No space left" in output else "the lines above are its own"
        name = next(word for word in command if word in ("debootstrap", "chroot"))
        raise SetupError(f"{name} failed while making the root", hint, output)
