"""Rigs of other programs: read where they are sound, refused in one line where not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from rendered import known_rig

from allaprima.app.core.errors import CalibrationError
from allaprima.calibration.foreign import read_any_rig
from allaprima.calibration.rig_file import write_rig

RIG = known_rig()


def write_storage(path: Path, **values: object) -> Path:
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    for name, value in values.items():
        storage.write(name, value)
    storage.release()
    return path


def intrinsics() -> dict[str, object]:
    return {
        "M1": RIG.left.matrix,
        "D1": np.array([RIG.left.distortion]),
        "M2": RIG.right.matrix,
        "D2": np.array([RIG.right.distortion]),
    }


def extrinsics() -> dict[str, object]:
    return {"R": np.array(RIG.rotation), "T": np.array(RIG.translation).reshape(3, 1) * 1000}


@pytest.mark.parametrize("suffix", ["yml", "xml"])
def test_opencv_files_are_read_in_their_unit(tmp_path: Path, suffix: str) -> None:
    whole = write_storage(tmp_path / f"s.{suffix}", image_width=640, image_height=480, **intrinsics(), **extrinsics())
    rig = read_any_rig([whole], unit_m=0.001)
    assert (rig.size, rig.left, rig.right, rig.rotation) == (RIG.size, RIG.left, RIG.right, RIG.rotation)
    assert rig.translation == pytest.approx(RIG.translation)


def test_opencv_files_in_two_parts_are_joined(tmp_path: Path) -> None:
    parts = [write_storage(tmp_path / "i.yml", **intrinsics()), write_storage(tmp_path / "e.yml", **extrinsics())]
    assert read_any_rig(parts, (640, 480), 0.001).baseline_m == pytest.approx(RIG.baseline_m)
    with pytest.raises(CalibrationError, match="how large the pictures are") as caught:
        read_any_rig(parts, None, 0.001)
    assert "--size" in caught.value.hint
    with pytest.raises(CalibrationError, match="holds no rotation"):
        read_any_rig(parts[:1], (640, 480))
    with pytest.raises(CalibrationError, match="m long"):
        read_any_rig(parts, (640, 480))


def test_kitti_calibration_is_read(tmp_path: Path) -> None:
    row = "7.07e+02 0 6.01e+02 {} 0 7.07e+02 1.83e+02 0 0 0 1 0\n"
    for names in (("", ""), ("P2: ", "P3: ")):
        path = tmp_path / "calib.txt"
        path.write_text("".join(name + row.format(x) for name, x in zip(names, (0, -379.8145), strict=True)))
        rig = read_any_rig([path], (1226, 370))
        assert rig.baseline_m == pytest.approx(379.8145 / 707) and rig.left.focal == (707, 707)


def test_a_rig_file_is_read_too(tmp_path: Path) -> None:
    write_rig(tmp_path / "rig.toml", RIG)
    assert read_any_rig([tmp_path / "rig.toml"]) == RIG


HUGE = "%YAML:1.0\n---\nM1: !!opencv-matrix\n  rows: 100000000\n  cols: 100000000\n  dt: d\n  data: [ 1. ]\n"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.yml", "", "no OpenCV FileStorage"),
        ("a.yml", "%YAML:1.0\nM1: [1, 2", "no OpenCV FileStorage"),
        ("a.xml", '<?xml version="1.0"?><opencv_storage><M1>', "no OpenCV FileStorage"),
        ("a.yml", HUGE, "its left matrix is not 3x3"),
        ("a.yml", "%YAML:1.0\n---\nM1: hello\n", "its left matrix is not 3x3"),
        ("a.yml", "%YAML:1.0\n---\nM3: 1\n", "holds no left matrix"),
        ("calib.txt", "P0: 1 2 3\n", "holds no pair"),
        ("calib.txt", "P0: 0 0 0 0 0 0 0 0 0 0 0 0\nP1: 0 0 0 0 0 0 0 0 0 0 0 0\n", "a focal length of 0"),
        ("calib.txt", "nan " * 12 + "\n" + "nan " * 12, "finite"),
        ("calib.txt", "x" * 1_000_001, "larger than"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, name: str, text: str, why: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(CalibrationError, match=why) as caught:
        read_any_rig([tmp_path / name], (640, 480))
    assert caught.value.message.startswith(str(tmp_path / name)) and "\n" not in caught.value.message
