"""The rig file: a calibrated pair of cameras as TOML that people can read and correct."""

import dataclasses
import difflib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit

from allaprima.app.core.errors import CalibrationError
from allaprima.app.core.files import write_file
from allaprima.app.core.reading import Unreadable, read_text, read_toml
from allaprima.calibration.camera import LENSES, CameraModel
from allaprima.calibration.rig import CameraToHead, RigCalibration, Rotation, Trims, Vector3

VERSION = 1
LARGEST_BYTES = 1_000_000
"""No rig file is larger."""

_CAMERA = ("id", "lens", "focal", "centre", "distortion")
_TABLES: Mapping[str, tuple[str, ...]] = {
    "left": _CAMERA,
    "right": _CAMERA,
    "stereo": ("rotation", "translation"),
    "head": ("position", "rotation"),
    "trims": tuple(f.name for f in dataclasses.fields(Trims)),
}
_TOP = ("version", "size", "camera_delay_ms", *_TABLES)


def read_rig(path: Path) -> RigCalibration:
    """The rig in a file that `write_rig` wrote, or somebody edited.

    Raises `CalibrationError` naming the file and what is wrong in it: unreadable, no TOML, another version, unknown
    or missing keys, wrong counts, numbers that are not finite or not possible.
    """
    try:
        return _rig(_table(path))
    except CalibrationError as error:
        hint = error.hint or "correct it there, or calibrate again: allaprima calibrate solve"
        raise CalibrationError(f"{path}: {error.message}", hint) from error


def write_rig(path: Path, rig: RigCalibration) -> None:
    """Write `rig` to `path` at once: a file that was there stays whole until the new one is. Makes the folder.

    Raises `OutputError`.
    """
    write_file(path, rig_text(rig))


def save_trims(path: Path, trims: Trims) -> None:
    """Put `trims` into the rig file at `path`; all else in it, comments too, stays to the last character. Raises as
    `read_rig` and `write_rig`.
    """
    read_rig(path)  # what is broken is not written over
    document = tomlkit.parse(read_text(path, LARGEST_BYTES))
    if "trims" not in document:
        document.update(tomlkit.parse(f"\n{trims_text(trims)}"))
    for name, value in dataclasses.asdict(trims).items():
        if value is None:
            document["trims"].pop(name, None)
        else:
            document["trims"][name] = value
    write_file(path, tomlkit.dumps(document))


def rig_text(rig: RigCalibration) -> str:
    """The text of a rig file; `read_rig` gives the same numbers back to the last bit."""
    lines = [
        "# Two cameras and how they sit on a head, for Alla Prima (docs/calibration.md).",
        f"version = {VERSION}",
        f"size = {_toml(rig.size)}  # width, height in pixels of each picture",
        f"camera_delay_ms = {_toml(rig.camera_delay_ms)}  # from exposure to the stamp",
    ]
    for eye, camera in (("left", rig.left), ("right", rig.right)):
        lines += [
            "",
            f"[{eye}]",
            f"id = {_toml(camera.id.encode(errors='replace').decode())}",  # a driver may give half a character
            f"lens = {_toml(camera.lens)}",
            f"focal = {_toml(camera.focal)}  # fx, fy in pixels",
            f"centre = {_toml(camera.centre)}  # cx, cy; (0, 0) is the middle of the first pixel",
            f"distortion = {_toml(camera.distortion)}  # in OpenCV's order",
        ]
    lines += [
        "",
        "[stereo]  # right = rotation * left + translation; x right, y down, z forward",
        f"rotation = {_toml_rows(rig.rotation)}",
        f"translation = {_toml(rig.translation)}  # metres",
        "",
        "[head]  # the middle between the cameras on the head; x right, y up, z backward",
        f"position = {_toml(rig.head.position)}  # metres",
        f"rotation = {_toml_rows(rig.head.rotation)}",
        "",
        trims_text(rig.trims),
    ]
    return "\n".join(lines)


def trims_text(trims: Trims) -> str:
    """The table [trims] of a rig file."""
    numbers = {name: value for name, value in dataclasses.asdict(trims).items() if value is not None}
    lines = [f"{name} = {_toml(value)}\n" for name, value in numbers.items()]
    return "".join(["[trims]  # set by eye while the headset is worn\n", *lines])


def _toml_rows(rows: Sequence[Sequence[float]]) -> str:
    return f"[\n{''.join(f'    {_toml(row)},' + chr(10) for row in rows)}]"


def _toml(value: object) -> str:
    return tomlkit.item(value).as_string()


def _table(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path, LARGEST_BYTES)
    except Unreadable as error:
        if not path.is_file():
            hint = "`allaprima calibrate solve` makes a rig file"
            raise CalibrationError(f"cannot be read: it {error}", hint) from error
        raise CalibrationError(str(error), "correct that line, or make another: allaprima calibrate solve") from error


def _rig(table: dict[str, Any]) -> RigCalibration:
    if "version" not in table:
        raise CalibrationError("has no 'version', so it is no rig file", "`allaprima calibrate solve` makes one")
    if table["version"] != VERSION:
        raise CalibrationError(
            f"is of version {table['version']}, this program reads {VERSION}",
            "update Alla Prima, or make another: allaprima calibrate solve",
        )
    _check_keys(table, _TOP, "")
    for name, keys in _TABLES.items():
        part = table.get(name, {})
        if not isinstance(part, dict):
            raise CalibrationError(f"'{name}' is not a table", f"write [{name}] above its keys")
        _check_keys(part, keys, f"{name}.")
    width, height = _numbers(table, "size", 2)
    if not (width.is_integer() and height.is_integer()):
        raise CalibrationError(f"size = [{width:g}, {height:g}] are not whole numbers of pixels")
    stereo, head, trims = table.get("stereo", {}), table.get("head", {}), table.get("trims", {})
    return RigCalibration(
        (int(width), int(height)),
        _camera(table.get("left", {}), "left."),
        _camera(table.get("right", {}), "right."),
        _rows(stereo, "rotation", "stereo."),
        _vector(stereo, "translation", "stereo."),
        _number(table, "camera_delay_ms") if "camera_delay_ms" in table else 0.0,
        CameraToHead(_vector(head, "position", "head."), _rows(head, "rotation", "head.")) if head else CameraToHead(),
        Trims(**{name: _number(trims, name, "trims.") for name in trims}),
    )


def _camera(table: dict[str, Any], where: str) -> CameraModel:
    lens, name = table.get("lens", "pinhole"), table.get("id", "")
    if not isinstance(name, str):
        raise CalibrationError(f"{where}id is not a text")
    if lens not in LENSES:
        raise CalibrationError(f"{where}lens = {lens!r} is unknown", f"known: {', '.join(LENSES)}")
    focal, centre = _numbers(table, "focal", 2, where), _numbers(table, "centre", 2, where)
    distortion = _numbers(table, "distortion", None, where)
    try:
        return CameraModel((focal[0], focal[1]), (centre[0], centre[1]), tuple(distortion), lens, name)
    except CalibrationError as error:
        raise CalibrationError(f"{where.rstrip('.')}: {error.message}", error.hint) from error


def _check_keys(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
            raise CalibrationError(f"there is no key '{where}{key}'", hint)


def _number(table: Mapping[str, Any], key: str, where: str = "") -> float:
    value = table[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CalibrationError(f"{where}{key} = {value!r} is not a number")
    return _float(value)


def _numbers(table: Mapping[str, Any], key: str, count: int | None, where: str = "") -> list[float]:
    """`count` numbers, or any few where that is None."""
    if key not in table:
        raise CalibrationError(
            f"'{where}{key}' is missing", "copy the rig file again, or make one: allaprima calibrate solve"
        )
    values = table[key]
    right = isinstance(values, list) and (len(values) == count if count else len(values) <= 16)
    if not right or any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        raise CalibrationError(f"{where}{key} is not {f'{count} numbers' if count else 'a list of numbers'}")
    return [_float(v) for v in values]


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a TOML integer may have any number of digits
        return float("inf")


def _vector(table: Mapping[str, Any], key: str, where: str) -> Vector3:
    x, y, z = _numbers(table, key, 3, where)
    return x, y, z


def _rows(table: Mapping[str, Any], key: str, where: str) -> Rotation:
    rows = table.get(key)
    if not isinstance(rows, list) or len(rows) != 3:
        raise CalibrationError(f"{where}{key} is not three rows of 3 numbers")
    a, b, c = (_vector({key: row}, key, where) for row in rows)
    return a, b, c
