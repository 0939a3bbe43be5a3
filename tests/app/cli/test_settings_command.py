"""`allaprima settings`, and the page that is made of the same declarations."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from allaprima.app.cli.settings import page
from allaprima.app.command_line import main
from allaprima.app.settings_and_flags import Settings, declared

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setattr("allaprima.app.settings_and_flags.config_path", lambda: path)
    monkeypatch.setattr("allaprima.app.cli.settings.config_path", lambda: path)
    return path


def test_json_has_every_setting_with_what_the_file_says(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("[stylize]\nstrength = 0.25\n", encoding="utf-8")
    assert main(["settings", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["exists"], list(told["settings"])) == (str(file), True, list(declared()))
    strength = told["settings"]["stylize.strength"]
    assert (strength["value"], strength["default"], strength["range"]) == (0.25, 1.0, [0, 1])
    assert (strength["flag"], bool(strength["meaning"])) == ("--strength", True)
    assert told["settings"]["mirror.layout"]["choices"][0] == "left"


def test_for_people_it_begins_with_where_the_file_lies(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{file} (not there")
    assert "strength" in out and "watchdog" in out


def test_a_broken_file_is_one_error(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("[stylize]\nstrenth = 0.25\n", encoding="utf-8")
    assert main(["settings"]) == 2
    assert "did you mean 'stylize.strength'?" in capsys.readouterr().err


def test_the_page_says_what_is_declared() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text[text.index("## [source]") :] == page(), (
        "docs/settings.md is stale: put what allaprima.app.cli.settings.page() gives below its first paragraphs"
    )


@pytest.mark.parametrize("key", declared())
def test_every_setting_says_what_it_means_and_what_auto_stands_for(key: str) -> None:
    one = declared()[key]
    assert one.flag.meaning and (one.default is not None or one.flag.auto)
    assert not one.value.optional or one.flag.auto
    assert one.value(one.default) == Settings()[key] == one.default


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="NO PIPES HERE: named pipes in place of the file not tested")
@pytest.mark.parametrize(("make", "said"), [(Path.mkdir, "a folder"), (os.mkfifo, "a named pipe")])
def test_what_is_no_file_is_not_taken_for_none(
    file: Path, make: Callable[[Path], None], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make(file)
    assert main(["settings"]) == 2
    assert f"is {said}" in capsys.readouterr().err
