"""The record of a run: on the terminal, in a file, and what a crash leaves."""

from __future__ import annotations

import json
import logging
from argparse import ArgumentParser
from pathlib import Path

import pytest

from allaprima.app import cli
from allaprima.app.cli.shared.logs import NAME, logged
from allaprima.app.command_line import INTERNAL_ERROR, main
from allaprima.app.core.console import say
from allaprima.app.core.errors import OutputError
from allaprima.app.core.notes import noted

LOG = logging.getLogger("allaprima.app.a_test")


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALLAPRIMA_LOGS", str(tmp_path / "logs"))
    return tmp_path / "logs"


class Breaking:
    """A command that has a fault."""

    HELP = "a command that breaks"

    def configure(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def execute(self, args: object) -> int:
        with noted("settings", lambda: {"stylize": {"strength": float("nan")}}), noted("last stamps", lambda: [1, 2]):
            raise ZeroDivisionError("a \x1b[2J fault")


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "load", lambda name: Breaking())


def test_what_is_said_and_warned_is_told_and_kept(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with logged(["run", "--style", "a b"]):
        say("so it is")
        LOG.warning("mind %s", "that\nallaprima: forged", extra={"hint": "do this"})
        LOG.debug("nobody hears this")
    assert capsys.readouterr().err == (
        "allaprima: so it is\nallaprima: mind that\\nallaprima: forged\n  hint: do this\n"
    )
    first, second, third = (logs / NAME).read_text(encoding="utf-8").splitlines()
    assert first.endswith("allaprima run --style 'a b'") and second.endswith("allaprima: so it is")
    assert "WARNING" in third and third.endswith("allaprima.app.a_test: mind that\\nallaprima: forged")


@pytest.mark.parametrize(
    ("level", "heard"), [("debug", "dbg inf wrn"), ("info", "inf wrn"), ("warning", "wrn"), ("error", "")]
)
def test_the_level_chooses_what_is_told(level: str, heard: str, capsys: pytest.CaptureFixture[str]) -> None:
    with logged([], level):
        LOG.debug("dbg")
        LOG.info("inf")
        LOG.warning("wrn")
    assert capsys.readouterr().err.replace("allaprima: ", "").split() == heard.split()


def test_a_refusal_is_kept_and_told_once(tmp_path: Path, logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(tmp_path / "none.mkv"), "-o", str(tmp_path / "o.mp4")]) == 3
    assert capsys.readouterr().err.count("none.mkv") == 1
    assert "ERROR" in (logs / NAME).read_text(encoding="utf-8")


@pytest.mark.parametrize("place", ["before", "after"])
def test_the_log_file_is_a_global_option(tmp_path: Path, logs: Path, place: str) -> None:
    options = ["--log-level", "debug", "--log-file", str(tmp_path / "mine.log")]
    command = ["calibrate", "board", "-o", str(tmp_path / "b.pdf")]
    assert main(options + command if place == "before" else command + options) == 0
    assert "calibrate board" in (tmp_path / "mine.log").read_text(encoding="utf-8")
    assert not logs.exists()


def test_a_log_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place, said in (
        ("file/a.log", "cannot be written"),
        ("none/a.log", "cannot be written"),
        ("..", "no file to log"),
    ):
        with pytest.raises(OutputError, match=said), logged([], file=tmp_path / place):
            pass
    assert [one.name for one in tmp_path.iterdir()] == ["file"], "no folder is made that the user may have misspelt"


def test_a_log_folder_that_cannot_be_written_stops_nothing(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.write_bytes(b"in the way")
    with logged([]):
        say("on it goes")
    assert capsys.readouterr().err == "allaprima: on it goes\n"


def test_an_unknown_level_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--log-level", "loud", "styles", "list", "--json"]) == 2
    assert "loud" in json.loads(capsys.readouterr().out)["error"]["message"]


@pytest.mark.usefixtures("breaking")
def test_a_crash_leaves_one_file_and_says_where(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--json"]) == INTERNAL_ERROR
    captured = capsys.readouterr()
    (file,) = logs.glob("crash-*.txt")
    assert str(file) in captured.err and str(file) in json.loads(captured.out)["error"]["hint"]
    text = file.read_text(encoding="utf-8")
    for part in ("allaprima run --json", "numpy ", "Python 3", "Traceback", "ZeroDivisionError: a \\x1b[2J fault"):
        assert part in text
    assert 'settings: {"stylize": {"strength": null}}' in text and "last stamps: [1, 2]" in text
    assert "\x1b" not in text + captured.err


@pytest.mark.usefixtures("breaking")
def test_a_crash_is_told_even_where_nothing_can_be_written(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.write_bytes(b"in the way")
    assert main(["run"]) == INTERNAL_ERROR
    assert "ZeroDivisionError" in capsys.readouterr().err
