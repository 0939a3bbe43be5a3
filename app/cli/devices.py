"""`allaprima devices`: the cameras there are, the headset's among them, and what to type to use them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allaprima.app.cli.shared import arguments, overwriting
from allaprima.app.core.console import print_json, print_lines, say

if TYPE_CHECKING:
    from allaprima.app.core.frame import Pixels
    from allaprima.app.sources.cameras.device import Device
    from allaprima.app.sources.cameras.listing import CameraInfo

HELP = "list the cameras, each with the command that uses it"

_SETTLING = 15  # frames
NONE_FOUND = """no camera found
  plug one in; on Linux, /dev/video* must be there and you in the group 'video' (sudo usermod -aG video $USER, then log
  in anew); in a virtual machine or WSL, hand the USB device on to it. Network cameras are not listed, but taken:
  --source cameras:URL,URL. Without any camera: allaprima run --source cameras:simulated,simulated"""


def configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--modes", action="store_true", help="also test the common sizes of each camera (takes seconds)"
    )
    parser.add_argument("--snapshots", type=Path, metavar="DIR", help="save a picture of each, to tell left from right")
    overwriting.add_flag(parser)
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima devices
  allaprima devices --modes
  allaprima devices --snapshots pictures/
  allaprima devices --json"""


def execute(args: Namespace) -> int:
    from allaprima.app.core.errors import SourceError
    from allaprima.app.sources.cameras.listing import list_cameras, source_flag

    cameras = [*list_cameras(), *_headset_cameras()]
    if args.snapshots:
        overwriting.check(args, *(_picture_of(args.snapshots, number) for number in range(len(cameras))))
    facts = [_facts(camera, number, args) for number, camera in enumerate(cameras)]
    code = SourceError.exit_code if any("error" in camera for camera in facts) else 0
    source = source_flag([camera.id for camera in cameras])
    if args.json:
        print_json({"cameras": facts, "source": source})
        return code
    if not cameras:
        print_lines(*NONE_FOUND.splitlines())
        return 0
    for camera in facts:
        print_lines(f"{camera['name']}  ({camera['device']})", f"  {camera['id']}")
        for key in ("modes", "snapshot", "error"):
            if camera.get(key):
                print_lines(f"  {key}: {_words(camera[key])}")
    print_lines("", f"allaprima run {source}" + ("  # --swap-eyes where left is right" if len(cameras) > 1 else ""))
    return code


def _headset_cameras() -> list[CameraInfo]:
    """The headset's cameras, if SteamVR runs. An error of SteamVR is reported, but does not end the command."""
    from allaprima.app.core.errors import CameraLost
    from allaprima.app.sources.cameras.openvr.opening import list_headset_cameras

    try:
        return list_headset_cameras()
    except CameraLost as error:
        say(error.message, error.hint)
        return []


def _facts(camera: CameraInfo, number: int, args: Namespace) -> dict[str, Any]:
    """The facts about one camera. A failure to open is reported, and does not affect the others."""
    from allaprima.app.core.errors import AllaPrimaError
    from allaprima.app.sources.cameras.address import HEADSET

    facts: dict[str, Any] = {"id": camera.id, "name": camera.name, "device": camera.device}
    try:
        if args.modes and camera.id != HEADSET:
            from allaprima.app.sources.cameras.opencv import probe_modes

            facts["modes"] = [{"size": list(size), "fps": fps} for size, fps in probe_modes(camera.id)]
        if args.snapshots:
            facts["snapshot"] = str(_snapshot(camera.id, _picture_of(args.snapshots, number)))
    except AllaPrimaError as error:
        facts["error"] = error.message
        say(error.message, error.hint)
    return facts


def _picture_of(folder: Path, number: int) -> Path:
    return folder / f"camera{number}.png"


def _snapshot(name: str, path: Path) -> Path:
    from allaprima.app.core.errors import CameraLost
    from allaprima.app.recording.picture import write_picture

    device = _open(name)
    try:
        pixels = _settled(device)
    finally:
        device.close()
    if pixels is None:
        raise CameraLost(f"camera '{name}' opens, but gives no picture", "unplug it and plug it in again")
    write_picture(path, pixels)
    return path


def _open(name: str) -> Device:
    from allaprima.app.core.clock import SystemClock
    from allaprima.app.sources.cameras.address import HEADSET
    from allaprima.app.sources.cameras.device import CaptureMode

    if name == HEADSET:
        from allaprima.app.sources.cameras.openvr.opening import open_stream

        return open_stream(SystemClock())
    from allaprima.app.sources.cameras.opencv import OpenCvDevice

    return OpenCvDevice(name, CaptureMode())


def _settled(device: Device) -> Pixels | None:
    """A picture once exposure and white balance have found their way; None where none comes."""
    from allaprima.app.core.errors import Stalled

    pixels = None
    for _ in range(_SETTLING):
        while True:
            try:
                pixels = device.retrieve() if device.grab() else None
                break
            except Stalled:  # it may still be waking up, and says so itself when that takes too long
                continue
        if pixels is None:
            return None
    return pixels


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{mode['size'][0]}x{mode['size'][1]} at {mode['fps']:g}" for mode in value)
    return str(value)
