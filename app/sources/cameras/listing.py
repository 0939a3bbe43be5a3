"""Lists the connected cameras, with stable names."""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from allaprima.app.core.errors import CameraNotFound
from allaprima.app.sources.cameras.address import HEADSET
from allaprima.app.sources.cameras.device import CaptureMode

STEREO = ("stereo", "zed")
"""Words in the names of cameras whose frames hold both eyes."""
_LAST_INDEX = 9  # if the system has no list, indices up to this are tried


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """`id` is stable and goes into `--source`; `device` is its present place; `name` is for people."""

    id: str
    device: str
    name: str


def list_cameras(root: Path = Path("/")) -> list[CameraInfo]:
    """All cameras in the order of their devices. `root` holds `dev` and `sys` on Linux.

    On other systems, OpenCV can only try index by index: the index is then the id, and is stable only until a camera
    is connected or removed.
    """
    return list(_video4linux(root)) if sys.platform == "linux" else list(_tried())


def source_flag(ids: list[str]) -> str | None:
    """The value of `--source` for the cameras of these ids: the first two as eyes, the headset's, or the only one."""
    own = [name for name in ids if name != HEADSET]
    if len(own) > 1:
        return f"--source cameras:{own[0]},{own[1]}"
    if HEADSET in ids:
        return f"--source {HEADSET}"
    return f"--source camera:{own[0]} --stereo sbs" if own else None


def usual_source(cameras: list[CameraInfo]) -> tuple[str, str]:
    """The default of `--source`, and the reason for it: the one camera that is known to have two eyes,
    two cameras, two of one model among more, else the synthetic room.
    """
    stereo = [camera for camera in cameras if any(word in camera.name.casefold() for word in STEREO)]
    if len(stereo) == 1:
        return f"camera:{stereo[0].id}", f"{stereo[0].name} has two eyes"
    models = Counter(camera.name for camera in cameras)
    pair = cameras if len(cameras) == 2 else [camera for camera in cameras if models[camera.name] == 2]
    if len(pair) == 2:
        return f"cameras:{pair[0].id},{pair[1].id}", f"{pair[0].name} and {pair[1].name} are plugged in"
    if len(cameras) > 1:
        return "synthetic", f"{len(cameras)} cameras are plugged in, of which two must be named"
    return "synthetic", f"{'only one' if cameras else 'no'} camera is plugged in"


def _video4linux(root: Path) -> Iterator[CameraInfo]:
    """The first node of every camera in sysfs; its others carry metadata."""
    found = []
    for folder in (root / "sys/class/video4linux").glob("video*"):
        if folder.name.removeprefix("video").isdecimal() and _text(folder / "index", "0") == "0":
            found.append((int(folder.name.removeprefix("video")), _text(folder / "name", folder.name)))
    models = Counter(name for _, name in found)
    for number, name in sorted(found):
        device = root / "dev" / f"video{number}"
        # Two of one model often share a serial number, and then one name points to either: the port is unambiguous.
        folders = ("by-path",) if models[name] > 1 else ("by-id", "by-path")
        stable = next((link for folder in folders if (link := _link(root / "dev/v4l" / folder, device))), None)
        yield CameraInfo(stable or str(number), f"/dev/video{number}", name)


def _link(folder: Path, device: Path) -> str | None:
    """The name in `folder` that points to `device`."""
    if not folder.is_dir():
        return None
    return next((link.name for link in sorted(folder.iterdir()) if link.resolve() == device.resolve()), None)


def _text(path: Path, otherwise: str) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or otherwise
    except OSError:
        return otherwise


def _tried() -> Iterator[CameraInfo]:
    from allaprima.app.sources.cameras.opencv import OpenCvDevice

    for index in range(_LAST_INDEX + 1):
        try:
            device = OpenCvDevice(str(index), CaptureMode())
        except CameraNotFound:
            return
        device.close()
        yield CameraInfo(str(index), str(index), f"camera {index}")
