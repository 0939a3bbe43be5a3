"""The virtual environment that scripts/demo.py and scripts/test.py run in: made once, then found in an instant.

Standard library only. Everything is said on standard error, so that a command's own output stays clean.
`python3 scripts/environment.py --packages` prints the Debian packages that software rendering wants.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
TORCH = "torch==2.13.0"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
GRAPHICS = (
    "libegl-mesa0", "libegl1", "libgl1", "libgl1-mesa-dri", "libglfw3", "libglib2.0-0", "libglx-mesa0", "xvfb",
)  # fmt: skip


class SetupError(Exception):
    """The environment cannot be made: what failed, the line to type, and what the failing program had printed."""

    def __init__(self, message: str, hint: str = "", output: str = "") -> None:
        super().__init__(message)
        self.message, self.hint, self.output = message, hint, output

    def report(self) -> None:
        """All of it, on standard error."""
        print(self.output, end="", file=sys.stderr)
        say(self.message, self.hint)


def prepare(extras: set[str], optional_packages: tuple[str, ...] = (), root: Path = ROOT) -> Path:
    """Make sure of `.venv` with the project and its `extras` in it; returns its Python. Raises `SetupError`."""
    install_packages(GRAPHICS, optional_packages)
    folder = root / ".venv"
    wanted = fingerprint(root)
    stamp = read_stamp(folder)
    extras = extras | set(stamp.get("extras", ()))
    if stamp == stamp_for(wanted, extras) and python_of(folder).exists():
        return python_of(folder)

    make_venv(folder, stamp)
    write_stamp(folder, stamp_for("unfinished", extras))
    if "train" in extras:
        install_torch(folder)
    has_gpu_engine = any(
        folder.rglob("onnxruntime_gpu-*.dist-info")
    )  # shares onnxruntime's folder: one breaks the other
    names = ",".join(sorted(extras - {"onnx"} if has_gpu_engine else extras))
    pip(folder, ["install", "--editable", f"{root}[{names}]" if names else str(root)], "installing Alla Prima")
    write_stamp(folder, stamp_for(wanted, extras))
    return python_of(folder)


def is_ready(extras: set[str], root: Path = ROOT) -> bool:
    """True where `prepare` would have nothing to install."""
    stamp = read_stamp(root / ".venv")
    return stamp == stamp_for(fingerprint(root), extras | set(stamp.get("extras", ())))


# -- the stamp -------------------------------------------------------------------------------------------------------


def fingerprint(root: Path) -> str:
    """A hash of what pyproject.toml says about building and depending; linters' sections do not count."""
    import tomllib

    tables = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [tables.get("build-system"), tables.get("project"), tables.get("tool", {}).get("setuptools"), TORCH]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def stamp_for(wanted: str, extras: set[str]) -> dict[str, Any]:
    """What a finished environment has on record."""
    return {"pyproject": wanted, "python": platform.python_version(), "extras": sorted(extras)}


def read_stamp(folder: Path) -> dict[str, Any]:
    """The record in `folder`; empty where there is none, or none that can be read."""
    try:
        stamp = json.loads((folder / "allaprima.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(folder: Path, stamp: dict[str, Any]) -> None:
    """Put `stamp` on record, whole or not at all."""
    part = folder / "allaprima.json.part"
    part.write_text(json.dumps(stamp), encoding="utf-8")
    part.replace(folder / "allaprima.json")


# -- the virtual environment -----------------------------------------------------------------------------------------


def python_of(folder: Path) -> Path:
    """The interpreter of the virtual environment in `folder`."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_venv(folder: Path, stamp: dict[str, Any]) -> None:
    """An environment of this interpreter in `folder`: the one that is there if it is whole, else a new one.

    What somebody else made is never cleared away.
    """
    if python_of(folder).exists():
        probe = [str(python_of(folder)), "-c", "import platform, pip; print(platform.python_version())"]
        found = subprocess.run(probe, capture_output=True, text=True, check=False)
        if found.returncode == 0 and found.stdout.strip() == platform.python_version():
            return
    if folder.exists() and not stamp:
        version = platform.python_version()
        raise SetupError(f"{folder} is no virtual environment of this Python ({version}) with pip", "move it away")
    if not all(_has_module(m) for m in ("venv", "ensurepip")):
        install_packages(("python3-venv",))
        if not all(_has_module(m) for m in ("venv", "ensurepip")):
            raise SetupError("this Python lacks its venv module", "sudo apt-get install python3-venv")
    say(f"making {folder}")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    write_stamp(folder, stamp_for("unfinished", set()))  # first of all, so that an interrupted one is known as ours
    done = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"cannot make {folder}: {_last_line(done.stdout + done.stderr)}")


def _has_module(name: str) -> bool:
    probe = [sys.executable, "-c", f"import {name}"]  # anew each time: apt may just have installed it
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def pip(folder: Path, arguments: list[str], what: str) -> None:
    """Run pip, showing each step, on a terminal in one line; its output is kept for the `SetupError` it raises if pip
    fails.
    """
    command = [str(python_of(folder)), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    start, lines = time.monotonic(), []
    live = sys.stderr.isatty()
    say(f"{what} ...")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
    ) as process:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            if not line.lstrip().startswith(("Collecting", "Downloading", "Building", "Installing")):
                continue
            step = f"  {line.strip()}"
            if live:
                print(f"\r\033[K{step[: shutil.get_terminal_size().columns - 1]}", end="", file=sys.stderr, flush=True)
            else:
                print(step, file=sys.stderr, flush=True)
    if live:
        print("\r\033[K", end="", file=sys.stderr)
    if process.returncode:
        output = "".join(lines)
        raise SetupError(f"pip failed while {what}", pip_hint(output), output)
    say(f"{what}: done in {time.monotonic() - start:.0f} s")


def pip_hint(output: str) -> str:
    """The next thing to do, from what pip said as it failed."""
    if any(s in output for s in ("name resolution", "NewConnectionError", "Max retries", "Network is unreachable")):
        return "check the network connection, then start again"
    if "No space left on device" in output:
        return "free some disk space, then start again"
    if any(s in output for s in ("command 'gcc' failed", "command 'cc' failed", "Unable to find a compiler")):
        return "a package has no wheel for this Python and needs a C compiler: sudo apt-get install build-essential"
    if "Microsoft Visual C++" in output:
        return "a package has no wheel for this Python and needs a C compiler: install the Visual Studio Build Tools"
    if "No matching distribution" in output:
        return f"a package has no wheel for this Python ({platform.python_version()}); try Python 3.11, 3.12 or 3.13"
    return "the lines above are pip's"


# -- PyTorch ---------------------------------------------------------------------------------------------------------


def install_torch(folder: Path) -> None:
    """PyTorch, and not the gigabytes of its CUDA build where no NVIDIA GPU could use them."""
    if sys.platform == "linux" and not has_nvidia() and resolves_to_cuda(folder):
        try:
            quick = ["--retries", "1", "--timeout", "20"]
            pip(folder, ["install", *quick, TORCH, "--index-url", TORCH_CPU_INDEX], "installing PyTorch for the CPU")
            return
        except SetupError:
            say(f"no CPU build of PyTorch from {TORCH_CPU_INDEX}: taking the ordinary one, which is several gigabytes")
    pip(folder, ["install", TORCH], "installing PyTorch")


def has_nvidia() -> bool:
    """True where an NVIDIA driver is installed."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia").exists()


def resolves_to_cuda(folder: Path) -> bool:
    """Whether pip, as it is configured here, would bring CUDA along with PyTorch."""
    command = [str(python_of(folder)), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    command += ["--dry-run", "--report", "-", TORCH]
    say("looking which PyTorch there is ...")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0 and brings_cuda(done.stdout)


def brings_cuda(report: str) -> bool:
    """Whether pip's installation report (JSON) lists NVIDIA's libraries."""
    try:
        names = [item["metadata"]["name"].lower() for item in json.loads(report)["install"]]
    except (ValueError, KeyError, TypeError):
        return False
    return any(name.startswith(("nvidia-", "cuda-")) for name in names)


# -- the system's packages -------------------------------------------------------------------------------------------


def install_packages(names: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    """On Debian and Ubuntu: install what is missing where we are root, else print the line. Never fatal."""
    if sys.platform != "linux" or not shutil.which("dpkg-query"):
        return
    installed = installed_packages()
    missing = [n for n in names if n not in installed]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        if missing:
            say(f"not installed: {' '.join(missing)}", f"sudo apt-get install {' '.join(missing)}")
        return
    wanted = [missing, *([n] for n in optional if n not in installed)]  # an optional one must not spoil the rest
    if not any(wanted):
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], capture_output=True, env=quiet, check=False)
    for group in filter(None, wanted):
        say(f"installing {' '.join(group)} ...")
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *group]
        done = subprocess.run(command, capture_output=True, text=True, env=quiet, check=False)
        if done.returncode:
            say(f"that failed: {_last_line(done.stdout + done.stderr)}", f"apt-get install {' '.join(group)}")


def installed_packages() -> set[str]:
    """Names of all installed Debian packages, and what they provide (libglib2.0-0 is libglib2.0-0t64 by now)."""
    command = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Provides}\n"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return parse_packages(done.stdout)


def parse_packages(listing: str) -> set[str]:
    """From lines of "status package provided, provided (= version)"."""
    names: set[str] = set()
    for line in listing.splitlines():
        status, _, rest = line.partition(" ")
        if status == "installed":
            package, _, provided = rest.partition(" ")
            names |= {package, *(p.split()[0] for p in provided.split(",") if p.strip())}
    return names


# -- saying and running ----------------------------------------------------------------------------------------------


def say(line: str, hint: str = "") -> None:
    """One line on standard error, and what to type."""
    print(f"allaprima setup: {line}", *([f"  hint: {hint}"] if hint else []), sep="\n", file=sys.stderr, flush=True)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no output"])[-1]


def call(
    command: list[str], cwd: Path | None = None, env: dict[str, str] | None = None, limit_s: float | None = None
) -> int:
    """Run `command` to its end and return its exit code; ctrl-C is the command's own to answer, and SIGTERM and SIGHUP,
    which reach this program alone, are passed on to it.

    What takes longer than `limit_s` seconds is ended. A Python that was started with `-X faulthandler` writes then, on
    standard error, where each of its threads is (not on Windows, which has no signal to ask for it).
    """
    limit = None if limit_s is None else time.monotonic() + limit_s
    with subprocess.Popen(command, cwd=cwd, env=env) as process, _passed_on(process):
        while True:
            try:
                return process.wait(None if limit is None else max(0.0, limit - time.monotonic()))
            except KeyboardInterrupt:
                continue
            except subprocess.TimeoutExpired:
                code = _abort(process)
                say(f"ended, as it was not done within {limit_s:g} s: {' '.join(command)}")
                return code


@contextmanager
def _passed_on(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """On Windows there is nothing to pass on: all programs of a console are told that it closes."""
    numbers = [] if sys.platform == "win32" else [signal.SIGTERM, signal.SIGHUP]
    numbers = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, lambda n, frame: process.send_signal(n)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _abort(process: subprocess.Popen[bytes]) -> int:
    if sys.platform != "win32":
        process.send_signal(signal.SIGABRT)
        with suppress(subprocess.TimeoutExpired):
            return process.wait(30)
    process.kill()
    return process.wait()


def check_python() -> None:
    """Leave with one clear line where this Python is too old."""
    if sys.version_info >= OLDEST:
        return
    newer = next(filter(shutil.which, ("python3.13", "python3.12", "python3.11")), None)
    hint = (
        f"{newer} {' '.join(sys.argv)}" if newer else "install Python 3.11 or newer: https://www.python.org/downloads"
    )
    say(f"Python 3.11 or newer is needed; this is {platform.python_version()} ({sys.executable})", hint)
    sys.exit(2)


check_python()

if __name__ == "__main__":
    if sys.argv[1:] != ["--packages"]:
        sys.exit("usage: environment.py --packages")
    print(*GRAPHICS)
