"""What was set by eye: what it does to the rig, and that saving it loses nothing."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest

from allaprima.app.core.clock import NS
from allaprima.app.core.errors import CalibrationError
from allaprima.app.core.trims import KeptTrims, Trims, load_camera_delay_ms, load_trims, save_trims
from allaprima.app.core.view import FieldOfView, StereoRig

RIG = StereoRig.parallel(FieldOfView(1.3, 1.2, 1.0, 0.9), 0.07)
FILE = """# by hand
version = 1
camera_delay_ms = 12.5

[trims]  # mine
vertical_deg = 0.25   # a note
fov_scale = 1.1

[head]
position = [0.0, 0.03, -0.05]  # [x, y, z]
"""


@pytest.fixture
def rig_file(tmp_path: Path) -> Path:
    path = tmp_path / "rig.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_without_trims_the_rig_is_as_it_was_measured() -> None:
    assert Trims().applied(RIG) == RIG


def test_the_right_picture_rises_against_the_left_by_the_degrees() -> None:
    rig = Trims(vertical_deg=1.0).applied(RIG)
    left, right = rig.left.camera_to_head, rig.right.camera_to_head
    assert math.degrees(left.angle_to(right)) == pytest.approx(1.0)
    ahead = right.matrix() @ (0, 0, -1, 0)
    assert ahead[1] == pytest.approx(math.sin(math.radians(0.5))), "the right one looks up"


def test_separation_moves_the_cameras_apart_and_scale_widens_their_view() -> None:
    rig = Trims(separation_m=0.01, fov_scale=1.1).applied(RIG)
    assert rig.baseline_m == pytest.approx(0.08)
    assert rig.right.camera_to_head.position[0] == pytest.approx(0.04)
    assert rig.left.fov.left == pytest.approx(1.43) and rig.left.fov.down == pytest.approx(0.99)


def test_a_trim_stops_at_its_limit() -> None:
    assert Trims().moved("fov_scale", 7.0).fov_scale == 2.0
    assert Trims().moved("separation_m", -1.0).separation_m == -0.2
    with pytest.raises(CalibrationError, match="fov_scale"):
        Trims(fov_scale=float("nan"))


def test_a_rig_file_gives_its_trims_and_its_delay(rig_file: Path) -> None:
    assert load_trims(rig_file) == Trims(vertical_deg=0.25, fov_scale=1.1)
    assert load_camera_delay_ms(rig_file) == 12.5
    rig_file.write_text("version = 1\n", encoding="utf-8")
    assert (load_trims(rig_file), load_camera_delay_ms(rig_file)) == (Trims(), 0.0)


@pytest.mark.parametrize("before", [FILE, "version = 1\n", "version = 1\n[trims]", "[trims]\n[head]\nx = 1\n", ""])
def test_saved_trims_come_back_and_the_rest_of_the_file_stays(tmp_path: Path, before: str) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(before, encoding="utf-8")
    trims = Trims(-0.3, 0.004, 0.97, 1.5)
    for _ in range(2):
        save_trims(path, trims)
        assert load_trims(path) == trims
    now, then = (tomllib.loads(text) for text in (path.read_text(encoding="utf-8"), before))
    assert {k: v for k, v in now.items() if k != "trims"} == {k: v for k, v in then.items() if k != "trims"}
    assert ("# by hand" in path.read_text(encoding="utf-8")) == ("# by hand" in before)
    assert [file.name for file in tmp_path.iterdir()] == ["rig.toml"], "nothing half-written"


def test_a_distance_that_is_the_programs_own_is_not_written(rig_file: Path) -> None:
    save_trims(rig_file, Trims())
    assert "distance_m" not in rig_file.read_text(encoding="utf-8")
    assert load_trims(rig_file) == Trims()


@pytest.mark.parametrize(
    "text",
    [
        "[trims]\nvertical_deg = 99\n",
        "[trims]\nvertical = 1\n",
        "[trims]\nfov_scale = true\n",
        "trims = 3\n",
        "[trims\n",
        "[trims]\nfov_scale = nan\n",
    ],
)
def test_a_broken_rig_file_is_named_and_not_written_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rig.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CalibrationError) as caught:
        load_trims(path)
    assert str(path) in caught.value.message and caught.value.hint
    if text == "[trims\n":
        with pytest.raises(CalibrationError):
            save_trims(path, Trims())
        assert path.read_text(encoding="utf-8") == text


def test_a_missing_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r"absent\.toml"):
        load_trims(tmp_path / "absent.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(CalibrationError, match="too large"):
        load_trims(tmp_path / "huge.toml")


@pytest.mark.parametrize("delay", ["-1", "true", '"12"', "1e9", "nan"])
def test_an_impossible_delay_is_refused(tmp_path: Path, delay: str) -> None:
    (tmp_path / "rig.toml").write_text(f"camera_delay_ms = {delay}\n", encoding="utf-8")
    with pytest.raises(CalibrationError, match="camera_delay_ms"):
        load_camera_delay_ms(tmp_path / "rig.toml")


def test_trims_are_saved_when_they_have_stood_still_for_a_second_or_at_the_end(rig_file: Path) -> None:
    kept = KeptTrims(rig_file, load_trims(rig_file))
    moving = load_trims(rig_file)
    for tenth in range(30):  # a key that is held
        moving = moving.moved("fov_scale", 1.1 + tenth / 100)
        assert not kept.update(moving, tenth * NS // 10)
    assert rig_file.read_text(encoding="utf-8") == FILE
    assert kept.update(moving, 4 * NS) and load_trims(rig_file) == moving
    assert not kept.update(moving, 9 * NS) and not kept.update(moving, 9 * NS, at_once=True)
    last = moving.moved("vertical_deg", 2.0)
    assert kept.update(last, 10 * NS, at_once=True) and load_trims(rig_file) == last


def test_trims_that_cannot_be_saved_are_told_once(rig_file: Path) -> None:
    kept = KeptTrims(rig_file, Trims())
    rig_file.unlink()
    kept.update(Trims(vertical_deg=1.0), 0)
    with pytest.raises(CalibrationError):
        kept.update(Trims(vertical_deg=1.0), 2 * NS)
    assert not kept.update(Trims(vertical_deg=1.0), 4 * NS)
