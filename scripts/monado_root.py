"""Run a program against Monado, the open-source OpenXR runtime, without a headset. Linux, as root.

Monado needs newer libraries than most systems have, so it lives in a folder of its own (a Debian trixie root, 0.8 GB),
made once and kept in the cache. This computer's own folders are in it unchanged: the checkout, its Python, its data.

    python3 scripts/monado_root.py                                             # make it, print where it is
    python3 scripts/monado_root.py -- .venv/bin/allaprima run --headset openxr --no-window
    python3 scripts/monado_root.py --compositor xcb -- .venv/bin/allaprima run --headset openxr
    python3 scripts/monado_root.py -- bash                                     # a shell beside the running service
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import environment
from environment import SetupError, say
from virtual_display import virtual_display

if sys.platform == "linux":
    import fcntl
else:
    sys.exit(f"Monado's root needs Linux, this is {sys.platform}: use the headset's own OpenXR runtime")
assert sys.platform == "linux"  # here type checkers on other systems stop reading

SUITE = "trixie"
PACKAGES = (
    "monado-service", "libopenxr1-monado", "mesa-vulkan-drivers", "libgl1-mesa-dri", "libegl1", "libgl1",
    "libglx-mesa0", "libxcursor1", "libxrandr2", "libxinerama1", "libxi6", "libglfw3", "libglib2.0-0t64",
    "libbz2-1.0", "libexpat1", "libffi8", "liblzma5", "libsqlite3-0", "libssl3t64", "zlib1g",
)  # fmt: skip
"""The runtime, the drivers, and what the host's Python and OpenCV are linked with."""

FOLDER_VARIABLE, MIRROR_VARIABLE = "ALLAPRIMA_MONADO_ROOT", "ALLAPRIMA_DEBIAN_MIRROR"
OWN = set("bin boot dev etc lib lib32 lib64 libx32 lost+found proc run sbin sys usr var".split())
"""Folders at the top that are an operating system's own; every other one is the host's."""
RUNTIME_FOLDER = "/run/xr"
VULKAN = "/usr/share/vulkan/icd.d"
READY_TIMEOUT_S = 60.0

CLIENT = {
    "XDG_RUNTIME_DIR": RUNTIME_FOLDER,
    "XR_RUNTIME_JSON": "/usr/share/openxr/1/openxr_monado.json",
    "LIBGL_ALWAYS_SOFTWARE": "1",
    "XRT_LOG": "warn",
    "OXR_NO_PRINTING": "1",
}
DRIVERS = {
    "simulated": {
        "SIMULATED_ENABLE": "1",
        "SIMULATED_ROTATE": "1",
        "SIMULATED_LEFT": "wmr",
        "SIMULATED_RIGHT": "wmr",
    },
    "remote": {"P_OVERRIDE_ACTIVE_CONFIG": "remote"},
}
COMPOSITORS = {
    "null": {"XRT_COMPOSITOR_NULL": "1"},
    "xcb": {
        "XRT_COMPOSITOR_FORCE_XCB": "1",
        "XRT_COMPOSITOR_COMPUTE": "1",  # reprojects every pixel; the other way is right in the corners only
        "XRT_COMPOSITOR_SCALE_PERCENTAGE": "50",  # eyes as large as the window shows them: the CPU draws it all
    },
}


def root_folder() -> Path:
    """Where the root is kept: ALLAPRIMA_MONADO_ROOT, else in this user's cache."""
    named = os.environ.get(FOLDER_VARIABLE)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named).absolute() if named else Path(cache) / "allaprima" / "monado-root"


def check_possible() -> None:
    """Raises `SetupError` where no root can be made or entered: what is missing, and the line to type."""
    if os.geteuid() != 0:
        raise SetupError("only root may make and enter Monado's root", f"sudo {' '.join([sys.executable, *sys.argv])}")
    if not is_made(root_folder()) and not shutil.which("debootstrap"):
        raise SetupError("debootstrap is not installed; Monado's root is made with it", "apt-get install debootstrap")
    for name in ("unshare", "mount"):
        if not shutil.which(name):
            raise SetupError(f"{name} is not installed", "apt-get install util-linux mount")
    probe = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True)
    if probe.returncode:
        raise SetupError(
            f"this computer does not let root make namespaces ({probe.stderr.strip()})",
            "in a container, start it with --privileged",
        )


# -- making it -------------------------------------------------------------------------------------------------------


def is_made(root: Path) -> bool:
    """Whether `root` is whole and has today's list of packages in it."""
    try:
        return bool(json.loads((root / "allaprima.json").read_text(encoding="utf-8")) == _recipe())
    except (OSError, ValueError):
        return False


def make_root(root: Path) -> Path:
    """Make the root in `root` unless it is there; returns it. Whole or not at all. Raises `SetupError`."""
    check_possible()
    if is_made(root):
        return root
    root.parent.mkdir(parents=True, exist_ok=True)
    with _alone(root.with_name(root.name + ".lock")):
        if is_made(root):  # somebody else was at it
            return root
        mirror = os.environ.get(MIRROR_VARIABLE) or apt_mirror(Path("/etc/apt"))
        if not mirror:
            raise SetupError("this computer's apt names no Debian mirror", f"put its address into {MIRROR_VARIABLE}")
        if root.exists() and any(root.iterdir()) and not (root / "allaprima.json").exists():
            raise SetupError(f"{root} is not a root of ours", f"move it away, or set {FOLDER_VARIABLE} to another")
        say(f"making the Monado root in {root}, once: about a minute")
        start = time.monotonic()
        part = Path(tempfile.mkdtemp(prefix=root.name + ".part-", dir=root.parent))
        try:
            part.chmod(0o755)
            _bootstrap(part, mirror)
            (part / "allaprima.json").write_text(json.dumps(_recipe()), encoding="utf-8")
            if root.exists():
                shutil.rmtree(root)
            part.rename(root)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        say(f"making the Monado root: done in {time.monotonic() - start:.0f} s")
    return root


def apt_mirror(folder: Path) -> str | None:
    """The first Debian archive that apt's configuration `folder` names, in either of its two notations."""
    for file in sorted((folder / "sources.list.d").glob("*.sources")):
        for block in file.read_text(encoding="utf-8", errors="replace").split("\n\n"):
            fields = dict(line.split(":", 1) for line in block.splitlines() if ":" in line and line[0] not in "# ")
            uris = fields.get("URIs", "").split()
            if uris and "deb" in fields.get("Types", "").split() and _is_debian(uris[0]):
                return uris[0]
    for file in (folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list"))):
        if file.exists():
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
                words = line.split("]")[-1].split() if "[" in line else line.split()[1:]
                if line.startswith("deb ") and words and _is_debian(words[0]):
                    return words[0]
    return None


def _is_debian(uri: str) -> bool:
    return uri.rstrip("/").endswith("/debian")


def _recipe() -> dict[str, object]:
    return {"suite": SUITE, "packages": list(PACKAGES)}


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """While nobody else is making it."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _bootstrap(part: Path, mirror: str) -> None:
    """Debian's base, then the packages, into the empty folder `part`."""
    apart = ["unshare", "--mount"]  # what debootstrap mounts is never seen outside, so never deleted by mistake
    _logged([*apart, "debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, str(part), mirror])
    if Path("/etc/resolv.conf").exists():
        shutil.copyfile("/etc/resolv.conf", part / "etc/resolv.conf")
    lean = part / "etc/dpkg/dpkg.cfg.d/lean"
    lean.write_text("force-unsafe-io\npath-exclude /usr/share/doc/*\npath-exclude /usr/share/locale/*\n")
    install = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
    environ = {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    variables = [f"{name}={value}" for name, value in environ.items()]
    _logged([*apart, "chroot", str(part), "/usr/bin/env", *variables, *install])
    _logged(["chroot", str(part), "apt-get", "clean"])


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
        raise SetupError(f"{name} failed while making the Monado root", hint, output)


# -- running in it ---------------------------------------------------------------------------------------------------


def entered(root: Path, command: list[str], compositor: str = "null", driver: str = "simulated") -> list[str]:
    """The command line that runs `command` in `root`, beside a Monado of its own, in this folder."""
    inside = ["--inside", str(root), "--compositor", compositor, "--driver", driver]
    script = [sys.executable, str(Path(__file__).resolve()), *inside, "--", *command]
    apart = ["--net"] if driver == "remote" else []  # its port is open to everybody
    return ["unshare", "--mount", "--pid", *apart, "--fork", "--kill-child", *script]


def run_inside(root: Path, command: list[str], compositor: str, driver: str) -> int:
    """In namespaces of our own: mount, change the root, start Monado, run `command` to its end."""
    folder = Path.cwd()
    if driver == "remote":
        _raise_loopback()
    _mount_host(root)
    os.chroot(root)
    os.chdir(folder)
    Path(RUNTIME_FOLDER).mkdir(mode=0o700)
    rasterisers = sorted(Path(VULKAN).glob("lvp_icd*.json"))
    shared = {**os.environ, **CLIENT, "VK_DRIVER_FILES": ":".join(map(str, rasterisers))}
    log = Path(RUNTIME_FOLDER, "monado.log")
    with log.open("wb") as output:
        variables = {**shared, **DRIVERS[driver], **COMPOSITORS[compositor], "XRT_NO_STDIN": "1", "XRT_LOG": "info"}
        service = subprocess.Popen(["monado-service"], stdout=output, stderr=output, env=variables)
    try:
        _wait_ready(service, log)
        shared["ALLAPRIMA_MONADO_PID"] = str(service.pid)
        return environment.call(command, env=shared)
    except FileNotFoundError as error:
        raise SetupError(f"{error.filename} is not there in the Monado root", "give the program's full path") from error
    finally:
        if service.poll() is None:
            service.send_signal(signal.SIGTERM)
        elif service.returncode not in (0, -signal.SIGKILL):
            sys.stderr.write(log.read_text(errors="replace")[-2000:])
            say(f"monado-service ended by itself ({service.returncode}); its last lines are above")


def _raise_loopback() -> None:
    """The only network that there is in a namespace of its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x41))  # SIOCSIFFLAGS: IFF_UP | IFF_RUNNING


def _mount_host(root: Path) -> None:
    """Everything of the host that is not its operating system, at the same place inside `root`."""

    def mount(*arguments: str, at: str) -> None:
        target = root / at.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", *arguments, str(target)], capture_output=True, text=True)
        if done.returncode:
            raise SetupError(f"cannot mount {at} in the Monado root: {done.stderr.strip()}", "run it as root")

    mount("-t", "proc", "proc", at="/proc")
    mount("-t", "tmpfs", "tmpfs", at="/run")
    for folder in sorted(Path("/").iterdir()):
        if folder.name not in OWN and folder.is_dir() and not folder.is_symlink():
            mount("--rbind", str(folder), at=str(folder))
    for own in ("/dev", "/sys", "/usr/local"):
        mount("--rbind", own, at=own)
    if sys.base_prefix == "/usr":  # the system's own Python
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        for library in (f"/usr/lib/{version}", "/usr/lib/python3"):
            if Path(library).exists():
                mount("--rbind", library, at=library)
        binary = root / "usr/bin" / version
        binary.touch()
        subprocess.run(["mount", "--bind", f"/usr/bin/{version}", str(binary)], check=True)


def _wait_ready(service: subprocess.Popen[bytes], log: Path) -> None:
    """Return once Monado answers on its socket."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline and service.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(f"{RUNTIME_FOLDER}/monado_comp_ipc")
            return
        time.sleep(0.02)
    what = "does not answer" if service.poll() is None else f"does not start ({service.returncode})"
    hint = "see the lines above; --compositor null needs no display"
    raise SetupError(f"monado-service {what}", hint, log.read_text(errors="replace")[-4000:])


def main(argv: list[str]) -> int:
    """The command's exit code."""
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"{FOLDER_VARIABLE} names another folder for it, {MIRROR_VARIABLE} the Debian mirror it is made from\n"
        "(default: the one that this computer's apt uses).",
    )
    parser.add_argument(
        "--compositor", choices=COMPOSITORS, default="null", help="null: shows nothing, 20 Hz; xcb: a window, 60 Hz"
    )
    parser.add_argument(
        "--driver",
        choices=DRIVERS,
        default="simulated",
        help="simulated: a head that turns by itself; remote: moved through port 4242, with no network but that",
    )
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv[:cut])
    command = argv[cut + 1 :]
    try:
        if options.inside:
            return run_inside(options.inside, command, options.compositor, options.driver)
        root = make_root(root_folder())
        if not command:
            print(root)
            return 0
        with virtual_display() as display:
            line = entered(root, command, options.compositor, options.driver)
            return environment.call(line, env={**os.environ, **display})
    except SetupError as error:
        error.report()
        return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
