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
