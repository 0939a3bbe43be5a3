"""Names of cameras on the command line, and their addresses."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from allaprima.app.core.errors import CameraNotFound, SettingsError

SIMULATED = "simulated"
HEADSET, DISTORTED = "headset", "headset:distorted"
LISTING = "allaprima devices lists what is there"
ID_FOLDERS = ("by-id", "by-path")


@dataclass(frozen=True, slots=True)
class Address:
    """The present address of a camera: an index or a device file, a stream's URL, or a pipeline of GStreamer."""

    kind: Literal["device", "stream", "pipeline", "simulated"]
    target: str | int


def resolve(text: str, devices: Path = Path("/dev")) -> Address:
    """`0`, `/dev/video0`, a name in /dev/v4l/by-id or by-path, `http://...`, a pipeline with `!`, or `simulated`.

    Resolved at every opening, because a camera may return under another number. Raises `CameraNotFound` for a device
    that does not exist.
    """
    if text == SIMULATED:
        return Address("simulated", text)
    if "://" in text:
        return Address("stream", text)
    if "!" in text:
        return Address("pipeline", text)
    if text.isdecimal() and text.isascii():
        return Address("device", int(text))
    candidates = [devices / "v4l" / folder / text for folder in ID_FOLDERS] if "/" not in text else []
    for path in (*candidates, Path(text)):
        if path.is_absolute() and path.exists():
            return Address("device", str(path.resolve()))
    raise CameraNotFound(f"there is no camera '{text}'", LISTING)


def names_headset(source: str) -> bool:
    """Whether this means the headset's own cameras, even with a misspelt option."""
    return source.partition(":")[0] == HEADSET


def split_pair(text: str) -> tuple[str, str]:
    """(left, right) of `LEFT,RIGHT`; a semicolon separates names that contain commas.

    Raises `SettingsError` unless there are two different ones.
    """
    parts = [part.strip() for part in text.split(";" if ";" in text else ",")]
    if len(parts) != 2 or not all(parts):
        raise SettingsError(
            f"cameras:{text} does not name two cameras", "cameras:LEFT,RIGHT, or camera:ONE --stereo sbs for one device"
        )
    if parts[0] == parts[1] != SIMULATED:
        raise SettingsError(f"camera {parts[0]} cannot be both eyes", "camera:ONE --stereo mono shows one to both eyes")
    return parts[0], parts[1]
