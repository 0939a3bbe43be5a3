"""The calibrations of robotics: Kalibr's camchain.yaml, and the files of ROS' camera_calibration."""

from collections.abc import Mapping, Sequence

import numpy as np

from allaprima.app.core.errors import CalibrationError
from allaprima.calibration.camera import CameraModel, Lens, Matrix
from allaprima.calibration.rig import RigCalibration, as_rotation, as_vector
from allaprima.calibration.storage import Tree, numbers, whole

_KALIBR: Mapping[str, tuple[Lens, int]] = {
    "radtan": ("pinhole", 4),
    "equidistant": ("fisheye", 4),
    "none": ("pinhole", 0),
}
_ROS: Mapping[str, Lens] = {
    "plumb_bob": "pinhole",
    "rational_polynomial": "pinhole",
    "equidistant": "fisheye",
    "fisheye": "fisheye",
}


def is_kalibr(tree: Mapping[str, Tree]) -> bool:
    """Whether the cameras of a chain stand in it."""
    return isinstance(first := tree.get("cam0"), Mapping) and ("intrinsics" in first or "camera_model" in first)


def kalibr(tree: Mapping[str, Tree], unit_m: float) -> RigCalibration:
    """The first two cameras of a chain; the one that stands to the left is left. Raises `CalibrationError`."""
    pair = [tree[name] for name in ("cam0", "cam1") if name in tree]
    first, second = (part for part in pair if isinstance(part, Mapping)) if len(pair) == 2 else ({}, {})
    if not (first and second):
        raise CalibrationError(
            "is Kalibr's, but of one camera: it holds no cam1", "calibrate both together: allaprima calibrate capture"
        )
    cameras = []
    for name, part in (("cam0", first), ("cam1", second)):
        model, distortion = part.get("camera_model", "pinhole"), part.get("distortion_model", "none")
        if model != "pinhole" or distortion not in _KALIBR:
            raise CalibrationError(
                f"is Kalibr's, and {name} is of the model {model}-{distortion}".replace("\n", " ")[:120],
                "what can be imported is pinhole-radtan and pinhole-equi: calibrate it again with one of them",
            )
        lens, count = _KALIBR[str(distortion)]
        fx, fy, cx, cy = _row(part, "intrinsics", 4, f"Kalibr's {name}")
        coefficients = _row(part, "distortion_coeffs", count, f"Kalibr's {name}") if count else []
        cameras.append(CameraModel((fx, fy), (cx, cy), tuple(coefficients), lens))
    sizes = [tuple(map(int, _row(part, "resolution", 2, f"Kalibr's {part_name}"))) for part, part_name in
             ((first, "cam0"), (second, "cam1"))]  # fmt: skip
    lines = second.get("T_cn_cnm1")
    rows = [numbers(line, 4) for line in lines] if isinstance(lines, Sequence) and not isinstance(lines, str) else []
    if len(rows) != 4 or any(row is None or len(row) != 4 for row in rows):
        raise CalibrationError(
            "is Kalibr's, but its cam1 has no T_cn_cnm1 of 4x4 numbers",
            "calibrate both together: allaprima calibrate capture",
        )
    return _rig(sizes, cameras, np.array(rows), unit_m)


def is_ros(tree: Mapping[str, Tree]) -> bool:
    """Whether it describes one camera as ROS does."""
    return "camera_matrix" in tree and "projection_matrix" in tree


def ros(trees: Sequence[Mapping[str, Tree]], unit_m: float) -> RigCalibration:
    """Both cameras of a stereo calibration, in any order. Raises `CalibrationError`."""
    if len(trees) != 2 or not is_ros(trees[1]):
        raise CalibrationError(
            "is ROS' calibration of one camera", "name the files of both: calibrate import left.yaml right.yaml"
        )
    cameras, turns, places, sizes = [], [], [], []
    for tree, what in zip(trees, ("ROS' first camera", "ROS' second camera"), strict=True):
        model = tree.get("distortion_model", "plumb_bob")
        if model not in _ROS:
            raise CalibrationError(
                f"is ROS', with the distortion model {str(model)[:60]!r}", f"known: {', '.join(_ROS)}"
            )
        k = _row(tree, "camera_matrix", 9, what)
        coefficients = _row(tree, "distortion_coefficients", (4, 5, 8), what)
        cameras.append(CameraModel((k[0], k[4]), (k[2], k[5]), tuple(coefficients), _ROS[str(model)]))
        p = _row(tree, "projection_matrix", 12, what)
        if not p[0] > 0:
            raise CalibrationError(f"{what} has a projection_matrix without a focal length")
        turns.append(np.array(_row(tree, "rectification_matrix", 9, what)).reshape(3, 3))
        places.append(p[3] / p[0])
        sides = whole(tree.get("image_width")), whole(tree.get("image_height"))
        sizes.append(tuple(side or 0 for side in sides))
    if places[0] == places[1]:
        raise CalibrationError(
            "are ROS' files of two cameras, each calibrated alone: no projection_matrix tells how far apart they are",
            "calibrate them together: cameracalibrator with both, or allaprima calibrate capture",
        )
    first, second = turns
    transform = np.eye(4)  # both are turned to common axes, in which they stand `places` apart
    transform[:3, :3] = second.T @ first
    transform[:3, 3] = second.T @ (places[1] - places[0], 0.0, 0.0)
    return _rig(sizes, cameras, transform, unit_m)


def _rig(
    sizes: Sequence[tuple[int, ...]], cameras: Sequence[CameraModel], transform: Matrix, unit_m: float
) -> RigCalibration:
    """Of `transform` from the first camera to the second; the order is that in which they stand."""
    if sizes[0] != sizes[1]:
        raise CalibrationError("its cameras have pictures of {}x{} and of {}x{}".format(*sizes[0], *sizes[1]))
    width, height = sizes[0]
    turn, place = nearest_rotation(transform[:3, :3]), transform[:3, 3] * unit_m
    rig = RigCalibration((width, height), cameras[0], cameras[1], as_rotation(turn), as_vector(place))
    return rig.swapped() if rig.translation[0] > 0 else rig


def nearest_rotation(matrix: Matrix) -> Matrix:
    """What a rotation of few digits was; one that is none stays as it is, for the rig to refuse."""
    if not np.isfinite(matrix).all() or np.abs(matrix @ matrix.T - np.eye(3)).max() > 0.01:
        return matrix
    u, _, v = np.linalg.svd(matrix)
    return np.asarray(u @ v, float)


def _row(tree: Mapping[str, Tree], key: str, count: int | tuple[int, ...], what: str) -> list[float]:
    """The numbers under `key`, in brackets or as OpenCV has a matrix."""
    counts = (count,) if isinstance(count, int) else count
    found = tree.get(key)
    row = numbers(found.get("data") if isinstance(found, Mapping) else found, max(counts))
    if row is None or len(row) not in counts or not np.isfinite(row).all():
        raise CalibrationError(f"{what} has no {key} of {' or '.join(map(str, counts))} numbers")
    return row
