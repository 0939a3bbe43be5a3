"""The door for files from outside."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from allaprima.app.core.reading import (
    DEEPEST_TOML,
    LONGEST_WORD,
    Unreadable,
    check_file,
    parse_toml,
    read_bytes,
    read_text,
    read_toml,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def refused(path: Path, most: int = 1000) -> str:
    with pytest.raises(Unreadable) as caught:
        read_bytes(path, most)
    with pytest.raises(Unreadable):
        check_file(path, most)
    return str(caught.value)


def test_a_file_is_read_whole_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 1000)
    assert read_bytes(path, 1000) == b"x" * 1000
    assert refused(path, 999) == "is larger than 999 bytes"


def test_what_is_no_regular_file_is_told_in_words(tmp_path: Path) -> None:
    assert refused(tmp_path) == "is a folder, not a file"
    assert refused(tmp_path / "none") == "does not exist"
    assert refused(Path("a\0b")).startswith("cannot be read")


@posix
def test_pipes_devices_sockets_and_loops_are_refused_without_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe") == "is a named pipe, not a file"
    (tmp_path / "link").symlink_to("pipe")
    assert refused(tmp_path / "link") == "is a named pipe, not a file"
    assert refused(Path("/dev/zero")) == "is a device, not a file"
    (tmp_path / "loop").symlink_to("loop")
    assert refused(tmp_path / "loop") == "is a link that leads back to itself"
    (tmp_path / "broken").symlink_to("nowhere")
    assert refused(tmp_path / "broken") == "is a link to nothing"
    assert refused(tmp_path / ("n" * 300)) == "cannot be read: File name too long"
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(tmp_path)  # its name has room for 108 bytes
        listening.bind("s")
        assert refused(tmp_path / "s") == "is a socket, not a file"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("é\r\n".encode(), "é\r\n"),
        (b"\xef\xbb\xbfa = 1", "a = 1"),
        ("a".encode("utf-16"), "UTF-16"),
        (b"one\ntwo \xe9", "line 2 has the byte 0xe9"),
    ],
)
def test_text_is_utf_8_with_or_without_a_mark(tmp_path: Path, data: bytes, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    try:
        assert read_text(path, 1000) == text
    except Unreadable as error:
        assert text in str(error)


def test_toml_may_begin_with_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf[a]\r\nb = 1\r\n")
    assert read_toml(path, 1000) == {"a": {"b": 1}}


DEEP = DEEPEST_TOML + 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("\na = " + "[" * DEEP, "nests too deep (line 2)"),
        ("a = " + "{b=" * DEEP, "nests too deep"),
        ('a = """x"""' + "\nb = " + "[" * DEEP, "line 2"),
        ('a = """x""""\nb = ' + "[" * DEEP, "line 2"),
        ("a = '''x'''''\nb = " + "[" * DEEP, "line 2"),
        ('a = "\\"" \nb = ' + "[" * DEEP, "line 2"),
        (".".join("a" * 100) + " = 1", "too many parts"),
        ('"a"' + ' . "a"' * 100 + " = 1", "too many parts"),
        ("[" + ".".join("a" * 5000) + "]", "word of more than"),
        ("a = 1" + "0" * LONGEST_WORD, "word of more than"),
        ("a = 0x" + "f" * LONGEST_WORD, "word of more than"),
        ("a = 2021-02-31", "is not TOML: Invalid date"),
        ("a = [", "is not TOML"),
        ('a = """', "is not TOML"),
    ],
)
def test_toml_that_nobody_writes_is_refused_before_it_is_parsed(text: str, why: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_toml(text)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "text", ["#" + "[" * 100, 'a = "' + "[" * 100 + '"', "a = '" + "x" * 5000 + "'", "a.b.c = [[1], {d = 2}]"]
)
def test_what_stands_in_texts_and_comments_is_not_counted(text: str) -> None:
    parse_toml(text)
