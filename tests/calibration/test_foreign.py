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


KALIBR = """cam0:
  camera_model: pinhole
  distortion_coeffs: [-0.28, 0.07, 0.0002, 0.00002]
  distortion_model: radtan
  intrinsics: [458.6, 457.3, 367.2, 248.4]
  resolution: [752, 480]
cam1:
  T_cn_cnm1:
  - [0.9999, 0.0023, 0.0003, -0.1100]
  - [-0.0023, 0.9998, 0.0141, 0.0004]
  - [-0.0003, -0.0141, 0.9999, -0.0008]
  - [0.0, 0.0, 0.0, 1.0]
  camera_model: pinhole
  distortion_coeffs: [-0.28, 0.07, -0.0001, -0.00003]
  distortion_model: radtan
  intrinsics: [457.6, 456.1, 379.9, 255.2]
  resolution: [752, 480]
"""


def test_kalibrs_chain_is_read(tmp_path: Path) -> None:
    path = tmp_path / "camchain.yaml"
    path.write_text(KALIBR)
    rig = read_any_rig([path])
    assert rig.size == (752, 480) and rig.left.focal == (458.6, 457.3) and rig.right.centre == (379.9, 255.2)
    assert rig.left.distortion == (-0.28, 0.07, 0.0002, 0.00002)
    assert rig.translation == (-0.11, 0.0004, -0.0008)


def test_kalibrs_second_camera_may_stand_to_the_left(tmp_path: Path) -> None:
    path = tmp_path / "camchain.yaml"
    path.write_text(KALIBR.replace("-0.1100", "0.1100"))
    rig = read_any_rig([path])
    assert rig.left.focal == (457.6, 456.1) and rig.translation[0] == pytest.approx(-0.11, abs=1e-3)


def test_kalibrs_equidistant_lens_is_opencvs_fisheye(tmp_path: Path) -> None:
    path = tmp_path / "camchain.yaml"
    path.write_text(KALIBR.replace("radtan", "equidistant"))
    assert read_any_rig([path]).right.lens == "fisheye"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("pinhole", "omni", "is Kalibr's, and cam0 is of the model omni-radtan"),
        ("radtan", "fov", "is Kalibr's, and cam0 is of the model pinhole-fov"),
        ("cam1", "cam7", "is Kalibr's, but of one camera"),
        ("T_cn_cnm1", "T_cam_imu", "is Kalibr's, but its cam1 has no T_cn_cnm1"),
        ("[458.6, 457.3, 367.2, 248.4]", "[458.6, x]", "Kalibr's cam0 has no intrinsics of 4 numbers"),
        ("[0.9999, 0.0023", "[0.5, 0.0023", "not orthonormal"),
        ("resolution: [752, 480]\ncam1", "resolution: [640, 480]\ncam1", "pictures of 640x480 and of 752x480"),
    ],
)
def test_a_chain_that_cannot_be_used_is_called_kalibrs(tmp_path: Path, old: str, new: str, why: str) -> None:
    path = tmp_path / "camchain.yaml"
    path.write_text(KALIBR.replace(old, new))
    with pytest.raises(CalibrationError, match=why):
        read_any_rig([path])


def ros(path: Path, camera: int, model: str = "plumb_bob") -> Path:
    """What camera_calibration writes of `RIG`, rectified by OpenCV."""
    eye = (RIG.left, RIG.right)[camera]
    places = np.array(RIG.rotation), np.array(RIG.translation).reshape(3, 1)
    turns = cv2.stereoRectify(
        RIG.left.matrix, RIG.left.coefficients, RIG.right.matrix, RIG.right.coefficients, RIG.size, *places
    )
    p = turns[2 + camera]
    rows = {"camera_matrix": eye.matrix, "distortion_coefficients": np.array([eye.distortion]),
            "rectification_matrix": turns[camera], "projection_matrix": p}  # fmt: skip
    lines = [f"image_width: {RIG.size[0]}", f"image_height: {RIG.size[1]}", f"distortion_model: {model}"]
    for name, row in rows.items():
        lines += [f"{name}:", f"  rows: {row.shape[0]}", f"  cols: {row.shape[1]}", f"  data: {row.ravel().tolist()}"]
    path.write_text("\n".join(lines))
    return path


def test_the_two_files_of_ros_are_read_in_any_order(tmp_path: Path) -> None:
    files = [ros(tmp_path / "left.yaml", 0), ros(tmp_path / "right.yaml", 1)]
    for paths in (files, files[::-1]):
        rig = read_any_rig(paths)
        assert (rig.size, rig.left.focal, rig.right.distortion) == (RIG.size, RIG.left.focal, RIG.right.distortion)
        assert rig.translation == pytest.approx(RIG.translation, abs=1e-9)
        assert np.array(rig.rotation) == pytest.approx(np.array(RIG.rotation), abs=1e-9)


def test_what_is_missing_in_the_files_of_ros_is_told(tmp_path: Path) -> None:
    left = ros(tmp_path / "left.yaml", 0)
    for paths, why in (([left], "ROS' calibration of one camera"), ([left, left], "each calibrated alone")):
        with pytest.raises(CalibrationError, match=why):
            read_any_rig(paths)
    odd = ros(tmp_path / "odd.yaml", 1, model="thin_prism")
    with pytest.raises(CalibrationError, match="ROS', with the distortion model 'thin_prism'"):
        read_any_rig([left, odd])


@pytest.mark.parametrize(("first", "second"), [("P_rect_02", "P_rect_03"), ("P_rect_00", "P_rect_01")])
def test_kittis_raw_calibration_is_read(tmp_path: Path, first: str, second: str) -> None:
    row = "{}: 7.07e+02 0 6.01e+02 {} 0 7.07e+02 1.83e+02 0 0 0 1 0\n"
    path = tmp_path / "calib_cam_to_cam.txt"
    path.write_text("K_00: 9 0 6 0 9 2 0 0 1\n" + row.format(first, 0) + row.format(second, -379.8145))
    assert read_any_rig([path], (1242, 375)).baseline_m == pytest.approx(379.8145 / 707)


def test_a_swapped_rig_has_its_cameras_exchanged(tmp_path: Path) -> None:
    whole = write_storage(tmp_path / "s.yml", image_width=640, image_height=480, **intrinsics(), **extrinsics())
    rig = read_any_rig([whole], unit_m=0.001, swap=True)
    assert (rig.left, rig.right) == (RIG.right, RIG.left)
    back = rig.swapped()
    assert back.translation == pytest.approx(RIG.translation)
    assert np.array(back.rotation) == pytest.approx(np.array(RIG.rotation))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yml", "%YAML:1.0\n---\na: " + "[" * 50_000),
        ("a.yml", "%YAML:1.0\n---\n" + "- " * 50_000),
        ("a.yml", "a:\n" + "\n".join(" " * n + "a:" for n in range(1, 900))),
        ("a.yml", "a: &a [*a, *a]\nb: {<<: *a}"),
        ("a.yml", "a: !!python/object/apply:os.system [exit]"),
        ("a.yml", "a: 2021-99-99\n"),
        ("a.xml", '<?xml version="1.0"?><opencv_storage>' + "<a>" * 30_000),
        ("a.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><opencv_storage><M1>&a;</M1></opencv_storage>'),
        ("a.xml", '<?xml version="1.0" encoding="klingon"?><opencv_storage>x</opencv_storage>'),
        ("a.xml", "<html><body/></html>"),
    ],
)
def test_files_made_to_break_a_parser_are_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(CalibrationError) as caught:
        read_any_rig([tmp_path / name], (640, 480))
    assert "\n" not in caught.value.message


def test_a_storage_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    whole = write_storage(tmp_path / "s.yml", image_width=640, image_height=480, **intrinsics(), **extrinsics())
    whole.write_bytes(b"\xef\xbb\xbf" + whole.read_bytes())
    assert read_any_rig([whole], unit_m=0.001).size == (640, 480)
