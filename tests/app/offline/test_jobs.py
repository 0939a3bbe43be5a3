"""Which files are painted, and where they go."""

from __future__ import annotations

from pathlib import Path

import pytest

from allaprima.app.core.errors import AllaPrimaError, SettingsError
from allaprima.app.offline.jobs import plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.jpg", "._a.png", ".hidden.jpg", "notes.txt"):
        (tmp_path / "in" / name).write_bytes(b"x")
    return tmp_path / "in"


@pytest.mark.parametrize("out", ["painted", "painted/", "painted.2024/", "painted.png/", "my v1.2/", "painted.2024"])
def test_a_folder_goes_into_a_folder_whatever_that_is_called(folder: Path, out: str) -> None:
    jobs = plan([folder], f"{folder.parent}/{out}", "auto", False)
    into = folder.parent / out
    assert [job.outputs for job in jobs] == [(into / "a.png",), (into / "b.jpg",)]


@pytest.mark.parametrize("out", ["my v1.2/", "x.png/", "new/", "new"])
def test_one_picture_goes_into_what_ends_in_a_slash(folder: Path, out: str) -> None:
    (job,) = plan([folder / "a.png"], f"{folder.parent}/{out}", "auto", False)
    assert job.outputs == (folder.parent / out / "a.png",)


def test_one_picture_becomes_a_file_of_a_known_kind(folder: Path) -> None:
    assert plan([folder / "a.png"], folder.parent / "o.png", "auto", False)[0].outputs == (folder.parent / "o.png",)
    with pytest.raises(SettingsError, match=r"cannot be written as \.2"):
        plan([folder / "a.png"], folder.parent / "my v1.2", "auto", False)
    with pytest.raises(SettingsError, match="do not fit in the one file"):
        plan([folder], folder.parent / "o.png", "auto", False)


def test_hidden_files_are_no_pictures_of_a_folder(folder: Path) -> None:
    assert [job.inputs[0].name for job in plan([folder], "out", "auto", False)] == ["a.png", "b.jpg"]


def test_a_link_to_itself_is_an_error_like_others(folder: Path) -> None:
    loop = folder.parent / "loop.png"
    try:
        loop.symlink_to("loop.png")
    except OSError:
        pytest.skip("links cannot be made here")
    with pytest.raises(AllaPrimaError, match="leads back to itself"):
        plan([loop], folder.parent / "o.png", "auto", False)
    plan([folder / "a.png"], loop, "auto", True)


@pytest.fixture
def holiday(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for name in ("beach.jpg", "IMG_7_L.jpg", "IMG_7_R.jpg", "IMG_8_L.jpg", "sunset.jpg"):
        (tmp_path / "in" / name).write_bytes(b"x")
    return tmp_path / "in"


def test_pairs_among_other_pictures_are_painted_as_pairs(holiday: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    jobs = plan([holiday], holiday.parent / "out", "auto", False)
    inputs = [tuple(path.name for path in job.inputs) for job in jobs]
    assert inputs == [("IMG_7_L.jpg", "IMG_7_R.jpg"), ("IMG_8_L.jpg",), ("beach.jpg",), ("sunset.jpg",)]
    assert [job.layout for job in jobs] == ["pair", "auto", "auto", "auto"]
    assert all(len(job.outputs) == len(job.inputs) for job in jobs)
    assert "1 of 4 are pairs" in caplog.text
    assert len(plan([holiday], holiday.parent / "out", "mono", False)) == 5


def test_in_a_folder_of_nothing_but_pairs_a_missing_eye_is_a_fault(holiday: Path) -> None:
    (holiday / "beach.jpg").unlink()
    (holiday / "sunset.jpg").unlink()
    with pytest.raises(AllaPrimaError, match=r"IMG_8_L\.jpg has no right partner"):
        plan([holiday], holiday.parent / "out", "auto", False)


def test_folders_of_the_eyes_come_before_other_pictures(holiday: Path) -> None:
    for side in ("left", "right"):
        (holiday / side).mkdir()
        (holiday / side / "000.png").write_bytes(b"x")
    (job,) = plan([holiday], holiday.parent / "out", "auto", False)
    assert [path.parent.name for path in job.inputs] == ["left", "right"]
