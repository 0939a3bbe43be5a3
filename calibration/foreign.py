"""Rigs that other programs calibrated: OpenCV's FileStorage (YAML, XML) and KITTI's calib.txt."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from allaprima.app.core.errors import CalibrationError
from allaprima.calibration.camera import CameraModel, Lens, Matrix
from allaprima.calibration.rig import STRAIGHT, RigCalibration, as_rotation, as_vector
from allaprima.calibration.rig_file import LARGEST_BYTES, read_rig

SUFFIXES = (".yml", ".yaml", ".xml", ".txt")

_NAMES = {
    "left matrix": ("M1", "K1", "cameraMatrix1", "CM1", "left_camera_matrix", "camera_matrix_left"),
    "left distortion": ("D1", "distCoeffs1", "left_distortion_coefficients", "distortion_coefficients_left"),
    "right matrix": ("M2", "K2", "cameraMatrix2", "CM2", "right_camera_matrix", "camera_matrix_right"),
    "right distortion": ("D2", "distCoeffs2", "right_distortion_coefficients", "distortion_coefficients_right"),
    "rotation": ("R", "rotation", "rotation_matrix"),
    "translation": ("T", "t", "translation", "translation_vector"),
    "width": ("image_width", "imageWidth", "width"),
    "height": ("image_height", "imageHeight", "height"),
}
_MOST_NUMBERS = 14


def read_any_rig(
    paths: Sequence[Path], size: tuple[int, int] | None = None, unit_m: float = 1.0, lens: Lens = "pinhole"
) -> RigCalibration:
    """The rig in a rig file, in one or more FileStorage files (`intrinsics.yml extrinsics.yml`), or in a calib.txt.

    `size` (width, height) of the pictures where the files do not tell it; `unit_m` the unit of their translation in
    metres; `lens` the model of a FileStorage. Raises `CalibrationError`.
    """
    first = paths[0]
    if first.suffix.lower() not in SUFFIXES:
        return read_rig(first)
    try:
        if first.suffix.lower() == ".txt":
            return _kitti(_read(first), size)
        return _opencv([_storage(path) for path in paths], size, unit_m, lens)
    except CalibrationError as error:
        raise CalibrationError(f"{' + '.join(map(str, paths))}: {error.message}", error.hint) from error


def _opencv(storages: list[cv2.FileStorage], size: tuple[int, int] | None, unit_m: float, lens: Lens) -> RigCalibration:
    def matrix(what: str, shapes: tuple[tuple[int, int], ...]) -> Matrix:
        node = _node(storages, what)
        if node is None:
            raise CalibrationError(
                f"holds no {what} (looked for {', '.join(_NAMES[what])})",
                "name all files: intrinsics.yml extrinsics.yml",
            )
        return _matrix(node, what, shapes)

    eyes = []
    for eye in ("left", "right"):
        k = matrix(f"{eye} matrix", ((3, 3),))
        d = matrix(f"{eye} distortion", tuple(s for n in (4, 5, 8, 12, 14) for s in ((1, n), (n, 1)))).ravel()
        if np.any(d[8:]):
            raise CalibrationError("its lens is thin-prism or tilted, which this program does not know")
        focal, centre = (float(k[0, 0]), float(k[1, 1])), (float(k[0, 2]), float(k[1, 2]))
        eyes.append(CameraModel(focal, centre, tuple(map(float, d[:8])), lens))
    rotation = matrix("rotation", ((3, 3), (3, 1), (1, 3)))
    if rotation.size == 3:
        rotation = cv2.Rodrigues(rotation)[0]
    translation = matrix("translation", ((3, 1), (1, 3))).ravel() * unit_m
    sides = [node.real() for what in ("width", "height") if (node := _node(storages, what)) is not None]
    if size is None and len(sides) == 2 and all(math.isfinite(side) for side in sides):
        size = int(sides[0]), int(sides[1])
    left, right = eyes
    return RigCalibration(_known(size), left, right, as_rotation(rotation), as_vector(translation))


def _kitti(text: str, size: tuple[int, int] | None) -> RigCalibration:
    """The first two, or P2 and P3, of its 3x4 projection matrices, of pictures that are rectified already."""
    rows = dict(_projections(text))
    names = next((pair for pair in (("P2", "P3"), ("P0", "P1"), ("0", "1")) if rows.keys() >= set(pair)), None)
    if names is None:
        raise CalibrationError("holds no pair of 3x4 projection matrices", "KITTI's calib.txt has P0 to P3")
    (p, q) = (rows[name] for name in names)
    if min(p[0, 0], q[0, 0]) <= 0:
        raise CalibrationError(f"a focal length of {min(p[0, 0], q[0, 0]):g} pixels is none")
    left, right = (CameraModel((float(m[0, 0]), float(m[1, 1])), (float(m[0, 2]), float(m[1, 2]))) for m in (p, q))
    apart = float(q[0, 3] / q[0, 0] - p[0, 3] / p[0, 0])
    return RigCalibration(_known(size), left, right, STRAIGHT, (apart, 0.0, 0.0))


def _projections(text: str) -> Iterator[tuple[str, Matrix]]:
    for number, line in enumerate(text.splitlines()[:100]):
        name, colon, values = line.rpartition(":")
        try:
            numbers = [float(v) for v in values.split()]
        except ValueError:
            continue
        if len(numbers) == 12:
            yield name.strip() if colon else str(number), np.array(numbers).reshape(3, 4)


def _known(size: tuple[int, int] | None) -> tuple[int, int]:
    if size is None:
        raise CalibrationError("does not say how large the pictures are", "--size 640x480")
    return size


def _storage(path: Path) -> cv2.FileStorage:
    text = _read(path)
    try:
        storage = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
    except (cv2.error, SystemError) as error:
        raise CalibrationError("is no OpenCV FileStorage, or is damaged", "OpenCV writes YAML and XML") from error
    if not storage.isOpened():
        raise CalibrationError("is no OpenCV FileStorage, or is damaged", "OpenCV writes YAML and XML")
    return storage


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise CalibrationError(f"cannot be read: {error.strerror or error}", "check the path") from error
    if len(data) > LARGEST_BYTES:
        raise CalibrationError(f"is larger than {LARGEST_BYTES:,} bytes, which no calibration is")
    return data.decode("utf-8", errors="replace").replace("\0", "?")


def _node(storages: list[cv2.FileStorage], what: str) -> cv2.FileNode | None:
    for storage in storages:
        for name in _NAMES[what]:
            node = storage.getNode(name)
            if not node.empty():
                return node
    return None


def _matrix(node: cv2.FileNode, what: str, shapes: tuple[tuple[int, int], ...]) -> Matrix:
    """Number by number: a matrix as OpenCV reads it would be as large as the file says."""
    data = node.getNode("data") if node.isMap() else node
    told = [node.getNode(side) for side in ("rows", "cols")] if node.isMap() else []
    shape = (1, data.size()) if not told or any(n.empty() for n in told) else tuple(int(n.real()) for n in told)
    if shape not in shapes or not data.isSeq() or data.size() != shape[0] * shape[1] or data.size() > _MOST_NUMBERS:
        raise CalibrationError(f"its {what} is not {' or '.join(f'{r}x{c}' for r, c in shapes[:2])} numbers")
    return np.array([data.at(n).real() for n in range(data.size())]).reshape(shape)
