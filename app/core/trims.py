"""What the wearer sets by eye, on top of what was measured; kept in the rig file."""

from __future__ import annotations

import dataclasses
import math
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allaprima.app.core.clock import NS
from allaprima.app.core.errors import CalibrationError
from allaprima.app.core.pose import Pose
from allaprima.app.core.view import CameraView, FieldOfView, StereoRig

_LIMITS = {
    "vertical_deg": (-10.0, 10.0),
    "separation_m": (-0.2, 0.2),
    "fov_scale": (0.5, 2.0),
    "distance_m": (0.2, 100.0),
}
_LARGEST_BYTES = 1_000_000
_TABLE = re.compile(r"^\[trims\][^\n]*\n?(?:(?!\s*\[).*\n?)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Trims:
    """`vertical_deg` raises the right eye's picture against the left's; `separation_m` is added to the distance between
    the cameras; `fov_scale` multiplies the tangents of their field of view; `distance_m` is the projection distance,
    None the program's own.
    """

    vertical_deg: float = 0.0
    separation_m: float = 0.0
    fov_scale: float = 1.0
    distance_m: float | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:  # NaN is not, either
                raise CalibrationError(f"{name} = {value:g} is outside {low:g} to {high:g}", "set it within those")

    def moved(self, name: str, value: float) -> Trims:
        """With `name` set to `value`, or to the nearest that is allowed."""
        low, high = _LIMITS[name]
        return dataclasses.replace(self, **{name: round(min(high, max(low, value)), 6)})

    def applied(self, rig: StereoRig) -> StereoRig:
        """The rig that the pictures are drawn for."""
        return StereoRig(self._camera(rig.left, -0.5), self._camera(rig.right, 0.5))

    def _camera(self, camera: CameraView, side: float) -> CameraView:
        fov, scale = camera.fov, self.fov_scale
        tilt = Pose.from_euler(pitch=math.radians(self.vertical_deg) * side)
        return CameraView(
            FieldOfView(fov.left * scale, fov.right * scale, fov.up * scale, fov.down * scale),
            Pose((self.separation_m * side, 0.0, 0.0)) @ camera.camera_to_head @ tilt,
        )


def load_trims(path: Path) -> Trims:
    """The table [trims] of a rig file, all as measured where it has none. Raises `CalibrationError`."""
    table = _read(path).get("trims", {})
    if not isinstance(table, dict):
        raise CalibrationError(f"{path}: 'trims' is no table", "write [trims] above what belongs to it")
    for name, value in table.items():
        if name not in _LIMITS or isinstance(value, bool) or not isinstance(value, (int, float)):
            raise CalibrationError(f"{path}: [trims] {name} = {value!r}", f"known are the numbers {', '.join(_LIMITS)}")
    try:
        return Trims(**{name: float(value) for name, value in table.items()})
    except CalibrationError as error:
        raise CalibrationError(f"{path}: [trims] {error.message}", error.hint) from error


def load_camera_delay_ms(path: Path) -> float:
    """Milliseconds from exposure to the stamp, 0 where the rig file does not say. Raises `CalibrationError`."""
    delay = _read(path).get("camera_delay_ms", 0.0)
    if isinstance(delay, bool) or not isinstance(delay, (int, float)) or not 0 <= delay <= 1000:
        raise CalibrationError(f"{path}: camera_delay_ms = {delay!r}", "give milliseconds from 0 to 1000")
    return float(delay)


def save_trims(path: Path, trims: Trims) -> None:
    """Replace the table [trims] of a rig file, or add it; all else stays to the last character, and the file is whole
    at every moment. Raises `CalibrationError`.
    """
    _read(path)  # what is broken is not written over
    kept = {name: value for name, value in dataclasses.asdict(trims).items() if value is not None}
    table = "[trims]\n" + "".join(f"{name} = {value!r}\n" for name, value in kept.items())
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        text = path.read_text(encoding="utf-8")
        if found := _TABLE.search(text):
            before, after = text[: found.start()], text[found.end() :]
            text = before + table + ("\n" + after.lstrip("\n") if after.strip() else "")
        else:
            text = text.rstrip("\n") + "\n\n" + table
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    except OSError as error:
        raise CalibrationError(
            f"the trims cannot be saved into {path}: {error.strerror or error}", "make that file writable"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


class KeptTrims:
    """Saves trims into the rig file at `path` when they have stood still for a second: keys repeat while held."""

    def __init__(self, path: Path, saved: Trims) -> None:
        self._path, self._saved, self._last = path, saved, saved
        self._changed_ns = 0

    def update(self, trims: Trims, now_ns: int, at_once: bool = False) -> bool:
        """Called again and again; True when it has saved. Raises `CalibrationError`, once for each change."""
        if trims != self._last:
            self._last, self._changed_ns = trims, now_ns
        if trims == self._saved or not (at_once or now_ns - self._changed_ns >= NS):
            return False
        self._saved = trims
        save_trims(self._path, trims)
        return True


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise CalibrationError(
            f"{path} cannot be read: {error.strerror or error}", "name a rig file: --rig FILE"
        ) from error
    if len(data) > _LARGEST_BYTES:
        raise CalibrationError(f"{path} is too large for a rig file", "name a rig file: --rig FILE")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CalibrationError(f"{path} is not TOML: {error}", "correct that line, or calibrate again") from error
