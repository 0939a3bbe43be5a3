"""Run a program against Monado, the open-source OpenXR runtime, without a headset. Linux, as root.

Monado needs newer libraries than most systems have, so it lives in a folder of its own (a Debian trixie root, 0.8 GB),
made once and kept in the cache. This computer's own folders are in it unchanged: the checkout, its Python, its data.

    python3 scripts/monado_root.py                                             # make it, print where it is
    python3 scripts/monado_root.py -- .venv/bin/allaprima run --headset openxr --no-window
    python3 scripts/monado_root.py --compositor xcb -- .venv/bin/allaprima run --headset openxr
    python3 scripts/monado_root.py -- bash                                     # a shell beside the running service
"""

import argparse
import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import environment
from debian_root import MIRROR_VARIABLE, DebianRoot
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

FOLDER_VARIABLE = "ALLAPRIMA_MONADO_ROOT"
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


def monado_root() -> DebianRoot:
    """In the folder that ALLAPRIMA_MONADO_ROOT names, else in this user's cache."""
    named = os.environ.get(FOLDER_VARIABLE)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return DebianRoot(Path(named).absolute() if named else cache / "allaprima" / "monado-root", SUITE, PACKAGES)


def made_root() -> Path:
    """Its folder, made first where it is not there. Raises `SetupError`: what is missing, and the line to type."""
    if os.geteuid() != 0:
        raise SetupError("only root may make and enter Monado's root", f"sudo {' '.join([sys.executable, *sys.argv])}")
    for name in ("unshare", "mount"):
        if not shutil.which(name):
            raise SetupError(f"{name} is not installed", "apt-get install util-linux mount")
    probe = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True)
    if probe.returncode:
        raise SetupError(
            f"this computer does not let root make namespaces ({probe.stderr.strip()})",
            "in a container, start it with --privileged",
        )
    root = monado_root()
    root.make("the Monado root")
    return root.folder


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
        if not binary.with_name("python3").exists():
            binary.with_name("python3").symlink_to(version)
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
        root = made_root()
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
