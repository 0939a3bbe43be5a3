"""Rigs that other programs calibrated: OpenCV's FileStorage (YAML, XML), KITTI's calib.txt, and those of `robotics`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from allaprima.app.core.errors import CalibrationError
from allaprima.app.core.reading import Unreadable, read_text
from allaprima.app.core.shell import looking
from allaprima.calibration import robotics
from allaprima.calibration.camera import CameraModel, Lens, Matrix
from allaprima.calibration.rig import STRAIGHT, RigCalibration, as_rotation, as_vector
from allaprima.calibration.rig_file import LARGEST_BYTES, read_rig
from allaprima.calibration.storage import Tree, numbers, read_xml, read_yaml, whole

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
_KITTI = (("P2", "P3"), ("P_rect_02", "P_rect_03"), ("P0", "P1"), ("P_rect_00", "P_rect_01"), ("0", "1"))
_MOST_NUMBERS = 14


def read_any_rig(
    paths: Sequence[Path],
    size: tuple[int, int] | None = None,
    unit_m: float = 1.0,
    lens: Lens = "pinhole",
    swap: bool = False,
) -> RigCalibration:
    """The rig in a rig file, in one or more FileStorage files (`intrinsics.yml extrinsics.yml`), in a calib.txt, in
    Kalibr's camchain.yaml, or in the two files of ROS' camera_calibration.

    `size` (width, height) of the pictures where the files do not tell it; `unit_m` the unit of their translation in
    metres; `lens` the model of a FileStorage; `swap` where what they call left is right. Raises `CalibrationError`.
    """
    first = paths[0]
    if first.suffix.lower() not in SUFFIXES:
        rig = read_rig(first)
    else:
        try:
            rig = _read(paths, size, unit_m, lens)
        except CalibrationError as error:
            raise CalibrationError(f"{' + '.join(map(str, paths))}: {error.message}", error.hint) from error
    return rig.swapped() if swap else rig


def _read(paths: Sequence[Path], size: tuple[int, int] | None, unit_m: float, lens: Lens) -> RigCalibration:
    if paths[0].suffix.lower() == ".txt":
        return _kitti(_text(paths[0]), size, unit_m)
    trees = [read_xml(_text(path)) if path.suffix.lower() == ".xml" else read_yaml(_text(path)) for path in paths]
    if robotics.is_kalibr(trees[0]):
        return robotics.kalibr(trees[0], unit_m)
    if robotics.is_ros(trees[0]):
        return robotics.ros(trees, unit_m)
    return _opencv(trees, size, unit_m, lens)


def _opencv(
    trees: Sequence[Mapping[str, Tree]], size: tuple[int, int] | None, unit_m: float, lens: Lens
) -> RigCalibration:
    def matrix(what: str, shapes: tuple[tuple[int, int], ...]) -> Matrix:
        tree = _named(trees, what)
        if tree is None:
            raise CalibrationError(
                f"holds no {what} (looked for {', '.join(_NAMES[what])})",
                "name all files: intrinsics.yml extrinsics.yml",
            )
        return _matrix(tree, what, shapes)

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
    width, height = (whole(_named(trees, what)) for what in ("width", "height"))
    if size is None and width and height:
        size = width, height
    left, right = eyes
    return RigCalibration(_known(size), left, right, as_rotation(rotation), as_vector(translation))


def _kitti(text: str, size: tuple[int, int] | None, unit_m: float) -> RigCalibration:
    """Two of its 3x4 projection matrices, of pictures that are rectified already: colour before grey."""
    rows = dict(_projections(text))
    names = next((pair for pair in _KITTI if rows.keys() >= set(pair)), None)
    if names is None:
        raise CalibrationError(
            "holds no pair of 3x4 projection matrices", "KITTI's files have P0 to P3, or P_rect_00 to P_rect_03"
        )
    (p, q) = (rows[name] for name in names)
    if min(p[0, 0], q[0, 0]) <= 0:
        raise CalibrationError(f"a focal length of {min(p[0, 0], q[0, 0]):g} pixels is not above 0")
    left, right = (CameraModel((float(m[0, 0]), float(m[1, 1])), (float(m[0, 2]), float(m[1, 2]))) for m in (p, q))
    apart = float(q[0, 3] / q[0, 0] - p[0, 3] / p[0, 0]) * unit_m
    return RigCalibration(_known(size), left, right, STRAIGHT, (apart, 0.0, 0.0))


def _projections(text: str) -> Iterator[tuple[str, Matrix]]:
    for number, line in enumerate(text.splitlines()[:100]):
        name, colon, values = line.rpartition(":")
        try:
            row = [float(v) for v in values.split()]
        except ValueError:
            continue
        if len(row) == 12:
            yield name.strip() if colon else str(number), np.array(row).reshape(3, 4)


def _known(size: tuple[int, int] | None) -> tuple[int, int]:
    if size is None:
        raise CalibrationError("does not say how large the pictures are", "--size 640x480")
    return size


def _text(path: Path) -> str:
    try:
        return read_text(path, LARGEST_BYTES)
    except Unreadable as error:
        raise CalibrationError(str(error), looking(path)) from error


def _named(trees: Sequence[Mapping[str, Tree]], what: str) -> Tree | None:
    return next((tree[name] for tree in trees for name in _NAMES[what] if name in tree), None)


def _matrix(tree: Tree, what: str, shapes: tuple[tuple[int, int], ...]) -> Matrix:
    """Number by number: a matrix as large as the file says it is may be larger than any memory."""
    shape: tuple[int | None, int | None]
    if isinstance(tree, Mapping):
        row = numbers(tree.get("data"), _MOST_NUMBERS)
        shape = whole(tree.get("rows")), whole(tree.get("cols"))
    else:
        row = numbers(tree, _MOST_NUMBERS)
        shape = 1, len(row or ())
    rows, columns = shape
    if row is None or rows is None or columns is None or (rows, columns) not in shapes or len(row) != rows * columns:
        raise CalibrationError(f"its {what} is not {' or '.join(f'{r}x{c}' for r, c in shapes[:2])} numbers")
    return np.array(row).reshape(rows, columns)
