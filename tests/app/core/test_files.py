"""A file is written whole or not at all, beside nothing that lies there already."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from allaprima.app.core import files
from allaprima.app.core.errors import AllaPrimaError, OutputError, SettingsError
from allaprima.app.core.files import PartialFile, PartialFolder, check_apart, check_free, write_file

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="WINDOWS: links want rights that tests have not")


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("before", [None, b"old"])
def test_a_file_that_fails_on_the_way_leaves_what_was_there(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "a.txt"
    if before:
        path.write_bytes(before)
    with pytest.raises(KeyboardInterrupt), PartialFile(path) as file:
        file.temporary.write_bytes(b"half")
        raise KeyboardInterrupt
    assert names(tmp_path) == (["a.txt"] if before else [])
    assert not before or path.read_bytes() == before


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "Permission denied"),
        (errno.EROFS, "Read-only file system"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_refuses_is_one_line_and_a_hint(tmp_path: Path, number: int, said: str) -> None:
    with (
        pytest.raises(OutputError, match=f"a.txt cannot be written: {said}") as caught,
        PartialFile(tmp_path / "a.txt"),
    ):
        raise OSError(number, os.strerror(number))
    assert caught.value.hint and caught.value.exit_code == 3
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, "name with spaces", ".hidden", "a.part"])
def test_any_name_that_the_folder_takes_is_written(tmp_path: Path, name: str) -> None:
    assert write_file(tmp_path / name, "text\n").read_bytes() == b"text\n"
    assert names(tmp_path) == [name]


def test_two_that_write_one_file_have_a_temporary_each(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    first, second = PartialFile(path), PartialFile(path)
    assert first.temporary != second.temporary
    first.temporary.write_bytes(b"first")
    second.temporary.write_bytes(b"second")
    first.commit()
    second.discard()
    assert path.read_bytes() == b"first" and names(tmp_path) == ["a.txt"]


def test_a_discarded_file_is_removed_once(tmp_path: Path) -> None:
    file = PartialFile(tmp_path / "a.txt")
    file.discard()
    file.temporary.write_bytes(b"another's")
    file.discard()
    assert file.temporary.read_bytes() == b"another's"


@needs_links
def test_a_link_of_that_name_is_replaced_and_what_it_names_is_left(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"precious")
    (tmp_path / "a.txt").symlink_to("victim")
    write_file(tmp_path / "a.txt", b"new")
    assert (tmp_path / "victim").read_bytes() == b"precious"
    assert not (tmp_path / "a.txt").is_symlink() and (tmp_path / "a.txt").read_bytes() == b"new"


@needs_links
def test_a_temporary_is_never_opened_through_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "victim").write_bytes(b"precious")
    monkeypatch.setattr("allaprima.app.core.files.secrets.token_hex", lambda count: "guessed")
    link = tmp_path / ".allaprima-guessed.part"
    link.symlink_to("victim")
    with pytest.raises(OutputError, match="cannot be written"):
        write_file(tmp_path / "a.txt", b"new")
    assert (tmp_path / "victim").read_bytes() == b"precious" and link.is_symlink()


@needs_links
@pytest.mark.parametrize(("place", "said"), [("/dev/null", "is a device"), ("/dev", "is a folder")])
def test_what_is_no_file_is_refused(place: str, said: str) -> None:
    with pytest.raises(OutputError, match=said):
        write_file(Path(place), b"new")


def test_a_folder_that_is_taken_meanwhile_is_left_alone(tmp_path: Path) -> None:
    partial = PartialFolder(tmp_path / "out")
    (partial.temporary / "ours").write_bytes(b"")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "theirs").write_bytes(b"")
    with pytest.raises(OutputError, match="out cannot be written"):
        partial.commit()
    assert names(tmp_path) == ["out"] and names(tmp_path / "out") == ["theirs"]


def test_what_exists_is_replaced_only_when_asked_for(tmp_path: Path) -> None:
    there, free = tmp_path / "there", tmp_path / "free"
    there.write_bytes(b"")
    check_free([free], overwrite=False)
    check_free([free, there], overwrite=True)
    with pytest.raises(SettingsError, match="there exists already") as caught:
        check_free([free, there], overwrite=False)
    assert "--overwrite" in caught.value.hint


def test_of_two_new_files_of_one_name_the_second_is_kept_beside_the_first(tmp_path: Path) -> None:
    path = tmp_path / "painted.png"
    first, second = PartialFile(path), PartialFile(path)
    first.temporary.write_bytes(b"first")
    second.temporary.write_bytes(b"second")
    first.commit()
    with pytest.raises(OutputError, match="made by another program meanwhile") as caught:
        second.commit()
    (kept,) = set(tmp_path.iterdir()) - {path}
    assert path.read_bytes() == b"first" and kept.read_bytes() == b"second" and str(kept) in caught.value.hint


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_is_made_at_the_last_moment_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    path, rename = tmp_path / "painted.png", files._rename_new

    def late(source: Path, target: Path) -> None:
        path.write_bytes(b"another's")
        rename(source, target)

    def no_links(*arguments: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(files, "_rename_new", late)
    if not links:
        monkeypatch.setattr(files.os, "link", no_links)
    with pytest.raises(OutputError, match="made by another program meanwhile"):
        write_file(path, b"ours")
    (kept,) = set(tmp_path.iterdir()) - {path}
    assert path.read_bytes() == b"another's" and kept.read_bytes() == b"ours"


def test_a_folder_without_links_is_written_to_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*arguments: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(files.os, "link", no_links)
    assert write_file(tmp_path / "a.txt", b"new").read_bytes() == b"new" and names(tmp_path) == ["a.txt"]


def test_of_two_writers_of_a_cache_the_last_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    first, second = PartialFile(path, shared=True), PartialFile(path, shared=True)
    for partial, content in ((first, b"first"), (second, b"second")):
        partial.temporary.write_bytes(content)
        partial.commit()
    assert path.read_bytes() == b"second" and names(tmp_path) == ["entry"]


@pytest.mark.parametrize("place", ["/dev/full", "/dev/null/painted.png"])
def test_an_output_that_can_never_be_written_is_refused_before_the_work(place: str) -> None:
    with pytest.raises(AllaPrimaError, match=r"is a device|is not a folder"):
        check_free([Path(place)], overwrite=True)


def test_a_write_protected_folder_is_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.os, "access", lambda place, mode: place != tmp_path)
    with pytest.raises(OutputError, match=f"{tmp_path} is write-protected"):
        check_free([tmp_path / "new" / "painted.png"], overwrite=False)


def test_neither_part_of_a_recording_is_ever_replaced(tmp_path: Path) -> None:
    film, journal, other = tmp_path / "walk.mkv", tmp_path / "walk.jsonl", tmp_path / "painted.mkv"
    for path in (film, other):
        path.write_bytes(b"")
    check_free([film, other], overwrite=True)  # films without a journal
    journal.write_bytes(b"")
    check_free([other], overwrite=True)
    for path in (film, journal):
        with pytest.raises(SettingsError, match="belongs to a recording"):
            check_free([path], overwrite=True)


def test_outputs_are_neither_the_input_nor_one_another(tmp_path: Path) -> None:
    read, new = tmp_path / "read.mp4", tmp_path / "new.mp4"
    read.write_bytes(b"")
    check_apart([new, tmp_path / "other.mp4"], [read])
    with pytest.raises(SettingsError, match="named for two outputs"):
        check_apart([new, new], [read])
    with pytest.raises(SettingsError, match="is what is read"):
        check_apart([new, read], [tmp_path / "missing.mp4", read])
