"""Rig files: what is written is read back, what cannot be is refused in one line."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.core.errors import CalibrationError, OutputError
from allaprima.calibration.camera import CameraModel
from allaprima.calibration.rig import CameraToHead, RigCalibration, Trims, as_rotation
from allaprima.calibration.rig_file import LARGEST_BYTES, read_rig, rig_text, save_trims, write_rig


def turned(degrees: float) -> tuple:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return as_rotation(np.array(((c, 0, s), (0, 1, 0), (-s, 0, c))))


RIG = RigCalibration(
    (640, 480),
    CameraModel((534.1 / 3, 535.2), (np.float64(0.1) + 320, 239.5), (-0.27, 0.05, 1e-3, -1e-4, 0.1), id='USB "left" é'),
    CameraModel((533.0, 533.5), (318.0, 241.0), (0.1, -0.02, 0.003, 0.0), "fisheye", "video2"),
    turned(1.5),
    (-0.0631, 0.0004, -1 / 3000),
    22.5,
    CameraToHead((0.0, 0.02, -0.08), turned(-3)),
    Trims(0.25, -0.002, 1.05, 1.5),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "rigs" / "rig.toml"
    write_rig(path, RIG)
    return path


def test_what_is_written_is_read_back_to_the_last_bit(path: Path) -> None:
    assert read_rig(path) == RIG
    assert [p.name for p in path.parent.iterdir()] == ["rig.toml"]


def test_a_rig_without_head_and_trims_has_the_plain_ones(path: Path) -> None:
    path.write_text(rig_text(RIG).partition("[head]")[0])
    rig = read_rig(path)
    assert (rig.head, rig.trims) == (CameraToHead(), Trims())
    assert rig.left == RIG.left


def test_saved_trims_change_nothing_else(path: Path) -> None:
    save_trims(path, Trims(vertical_deg=-0.5))
    assert read_rig(path) == dataclasses.replace(RIG, trims=Trims(vertical_deg=-0.5))


def test_saved_trims_leave_what_was_written_by_hand(path: Path) -> None:
    by_hand = rig_text(RIG).replace("version = 1", "version = 1  # left one has a scratch")
    before, _, _ = by_hand.partition("[trims]")
    top, tables = before.split("[left]")
    for text in (by_hand, before, f"{top}[trims]  # mine\nvertical_deg = 1 # a note\n\n[left]{tables}"):
        path.write_text(text)
        for _ in range(2):
            save_trims(path, Trims(-0.3, 0.004, 0.97, 1.5))
            assert read_rig(path) == dataclasses.replace(RIG, trims=Trims(-0.3, 0.004, 0.97, 1.5))
        assert "# left one has a scratch" in path.read_text()
        assert ("# a note" in path.read_text()) == ("# a note" in text)


def test_a_camera_may_have_any_name(path: Path) -> None:
    for name, told in (('"\\\n\x00\x7fé\u202e', '"\\\n\x00\x7fé\u202e'), ("half \ud83d", "half ?")):
        write_rig(path, dataclasses.replace(RIG, left=dataclasses.replace(RIG.left, id=name)))
        assert read_rig(path).left.id == told


def test_a_failed_write_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(self: Path, *arguments: object, **options: object) -> int:
        with self.open("wb") as file:
            file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="cannot be written: the disk is full"):
        save_trims(path, Trims())
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["rig.toml"]


BROKEN = {
    "version = 1": [
        ("version = 2", "is of version 2, this program reads 1"),
        ("", "no rig file"),
        ("version = 1\nversion = 1", "is not TOML"),
        ("version = 1\ncamera_dely_ms = 3", "no key 'camera_dely_ms'"),
    ],
    "size = [640, 480]": [
        ("size = [640]", "size is not 2 numbers"),
        ("size = [640.5, 480]", "whole numbers"),
        ("size = [0, 480]", "no camera makes pictures of 0x480"),
        ("size = [640000000, 480]", "no camera makes"),
        (f"size = [1{'0' * 400}, 480]", "whole numbers"),
        ("", "'size' is missing"),
    ],
    "camera_delay_ms = 22.5": [
        ("camera_delay_ms = nan", "outside 0 to 1000"),
        ('camera_delay_ms = "22"', "is not a number"),
    ],
    'lens = "pinhole"': [('lens = "pinehole"', "known: pinhole, fisheye"), ("lens = [1]", "known: pinhole, fisheye")],
    "focal = [533.0, 533.5]": [
        ("focal = [533.0, 0]", "right: a focal length of 0"),
        ("focal = [533.0, inf]", "right: .* finite"),
        ("focal = 533.0", "right.focal is not 2 numbers"),
        ("", "'right.focal' is missing"),
    ],
    "distortion = [0.1, -0.02, 0.003, 0.0]": [
        ("distortion = [0.1, 0.2]", "right: a fisheye lens has 0 or 4"),
        (f"distortion = {[0.0] * 20_000}", "right.distortion is not a list of numbers"),
    ],
    "translation = [": [
        ("translation = [9.9, 9.9, 9.9] #", "17.1 m long"),
        ("translation = [0, 0, 0] #", "same place"),
    ],
    "    [0.0, 1.0, 0.0],\n": [
        ("    [0.0, 1.01, 0.0],\n", "orthonormal"),
        ("", "three rows"),
        ("  [1, 0],\n", "3 num"),
    ],
    "fov_scale = 1.05": [
        ("fov_scale = 9", "fov_scale = 9 is outside 0.5 to 2"),
        ("fov_scael = 1", "no key 'trims.fov_scael'.*did you mean 'fov_scale'"),
    ],
    "[trims]": [("[[trims]]", "'trims' is not a table"), ("[trim]", "no key 'trim'.*did you mean 'trims'")],
}


@pytest.mark.parametrize(("old", "new", "why"), [(old, *case) for old, cases in BROKEN.items() for case in cases])
def test_a_broken_rig_file_is_refused_in_one_line(path: Path, old: str, new: str, why: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CalibrationError) as caught:
        read_rig(path)
    error = caught.value
    assert error.message.startswith(f"{path}: ") and "\n" not in error.message
    assert re.search(why, f"{error.message} {error.hint}")


def test_a_mirrored_rotation_is_refused() -> None:
    with pytest.raises(CalibrationError, match="a mirror image"):
        dataclasses.replace(RIG, rotation=((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[" * 100_000, b"#" * (LARGEST_BYTES + 1)])
def test_a_file_that_is_none_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "rig.toml").write_bytes(data)
    with pytest.raises(CalibrationError, match=r"is not TOML|is larger than"):
        read_rig(tmp_path / "rig.toml")


def test_a_missing_file_says_how_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r"none\.toml: cannot be read") as caught:
        read_rig(tmp_path / "none.toml")
    assert "calibrate solve" in caught.value.hint
