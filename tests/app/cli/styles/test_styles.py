from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from allaprima.app.command_line import main
from allaprima.app.core.shell import install
from allaprima.app.packs import pack as pack_module
from allaprima.app.packs.pack import installed_packs, load_pack


@pytest.fixture
def installed(tiny_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder with the tiny pack as the only one."""
    shutil.copytree(tiny_pack, tmp_path / "tiny")
    monkeypatch.setattr(pack_module, "shipped_folder", lambda: tmp_path / "nothing")
    monkeypatch.setattr(pack_module, "user_folder", lambda: tmp_path)
    return tmp_path


def test_list_names_every_style_and_its_painter(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["styles", "list"]) == 0
    out = capsys.readouterr().out
    for word in ("red-room", "harbour", "mosaic", "The Red Room", "Henri M.", "1911", "Three untrained styles"):
        assert word in out


def test_list_as_json_is_one_object(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["styles", "list", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [pack["name"] for pack in report["packs"]] == ["tiny"]
    assert [style["name"] for style in report["packs"][0]["styles"]] == ["red-room", "harbour", "mosaic"]
    assert report["packs"][0]["training"] == {"iterations": 0}
    assert report["broken"] == []


def test_brackets_in_a_title_are_text_and_not_markup(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = installed / "tiny" / "card.toml"
    text = (
        card.read_text(encoding="utf-8").replace("Three untrained", "[/red] Three").replace("The Red Room", "[/b]Red")
    )
    card.write_text(text, encoding="utf-8")
    assert main(["styles", "list"]) == 0
    out = capsys.readouterr().out
    assert "[/red] Three" in out and "[/b]Red" in out


def test_broken_pack_is_reported_beside_the_sound_ones(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (installed / "bad").mkdir()
    (installed / "bad" / "card.toml").write_text("format = 9")
    assert main(["styles", "list", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [pack["name"] for pack in report["packs"]] == ["tiny"]
    assert "its format is 9" in report["broken"][0]["message"]


def test_broken_pack_alone_is_an_error(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (installed / "tiny" / "network.onnx").write_bytes(b"")
    assert main(["styles", "list"]) == 4
    assert "network.onnx" in capsys.readouterr().err


def test_show_tells_all_that_is_known(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["styles", "show", "Red-Room"]) == 0
    out = capsys.readouterr().out
    for word in ("The Red Room", "Henri M.", "1911", "seed 7", "nobody's", "E8-16x1", "iterations"):
        assert word in out


def test_show_as_json_is_one_object(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["styles", "show", "mosaic", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["name"], report["row"], report["pack"]["name"]) == ("mosaic", 3, "tiny")


def test_show_of_an_unknown_style_names_the_nearest(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["styles", "show", "mosiac"]) == 4
    assert "did you mean 'mosaic'" in capsys.readouterr().err


def test_train_answers_for_its_flags_without_torch(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["styles", "train", "--help"]) == 0
    assert "--into PACK" in capsys.readouterr().out
    assert main(["styles", "train", "--style", "a.jpg", "--json", "--nope"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["message"] == "there is no option '--nope'"


def test_train_without_torch_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "allaprima.models.training.finish", None)
    assert main(["styles", "train", "--style", "a.jpg"]) == 5
    assert install("train") in capsys.readouterr().err


def test_the_list_is_a_line_a_style_in_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["styles", "list"]) == 0
    lines = capsys.readouterr().out.rstrip().splitlines()
    names = [style.name for folder in installed_packs() for style in load_pack(folder).styles]
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if line.split()[0] in names] == names
