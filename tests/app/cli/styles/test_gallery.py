"""`allaprima styles gallery`, as it is typed."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.command_line import main
from allaprima.app.recording.picture import write_picture
from allaprima.app.sources.recorded.pictures import read_picture

STYLES = ("red-room", "harbour", "mosaic")


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    ramp = np.linspace(0, 255, 64 * 48 * 3, dtype=np.uint8).reshape(48, 64, 3)
    write_picture(tmp_path / "my_garden.png", ramp)
    return tmp_path / "my_garden.png"


def gallery(*arguments: object) -> int:
    return main(["styles", "gallery", *map(str, arguments)])


def test_own_photo_is_painted_in_every_style(
    tiny_pack: Path, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert gallery("--pack", tiny_pack, "--photos", snapshot, "-o", out, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["styles"] == list(STYLES)
    assert report["photos"] == [{"title": "My garden", "size": [64, 48]}]
    assert (report["page"], report["sheet"]) == (str(out / "gallery.html"), str(out / "gallery.png"))
    paintings = [read_picture(out / "paintings" / f"{name}-1.jpg").astype(int) for name in STYLES]
    assert all(picture.shape == (48, 64, 3) and picture.std() > 4 for picture in paintings)
    assert all(np.abs(a - b).mean() > 4 for a, b in itertools.pairwise(paintings))
    assert read_picture(out / "gallery.png").std() > 10
    html = (out / "gallery.html").read_text(encoding="utf-8")
    assert all((out / name).is_file() for name in ("photos/1.jpg", "gallery.png"))
    assert "My garden" in html and "The Red Room" in html and "Henri M., 1911" in html


def test_without_a_photo_the_projects_own_three_hang(tiny_pack: Path, tmp_path: Path) -> None:
    assert gallery("--pack", tiny_pack, "-o", tmp_path / "g", "--size", 96) == 0
    assert len(list((tmp_path / "g" / "photos").iterdir())) == 3
    assert len(list((tmp_path / "g" / "paintings").iterdir())) == 3 * len(STYLES)


@pytest.mark.parametrize("content", [b"not a picture", b"", b"\xff\xd8\xff\xe0 cut short"])
def test_bad_photo_is_named_and_the_others_hang(
    content: bytes, tiny_pack: Path, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(content)
    assert gallery("--pack", tiny_pack, "--photos", bad, "-o", tmp_path / "g") == 3
    assert "bad.jpg" in capsys.readouterr().err
    assert not (tmp_path / "g").exists()
    assert gallery("--pack", tiny_pack, "--photos", bad, snapshot, "-o", tmp_path / "g", "--json") == 3
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert "left out" in captured.err and "bad.jpg" in report["broken"][0]
    assert [photo["title"] for photo in report["photos"]] == ["My garden"]
    assert "My garden" in (tmp_path / "g" / "gallery.html").read_text(encoding="utf-8")


def test_gallery_that_is_there_is_kept_unless_told(
    tiny_pack: Path, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gallery.html").write_text("mine")
    assert gallery("--pack", tiny_pack, "--photos", snapshot, "-o", tmp_path) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (tmp_path / "gallery.html").read_text() == "mine"
    assert gallery("--pack", tiny_pack, "--photos", snapshot, "-o", tmp_path, "--overwrite") == 0
    assert "Three untrained styles" in (tmp_path / "gallery.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--pack", "no-such-pack"], 4, "no-such-pack"),
        (["--size", "10"], 2, "--size 10"),
        (["--photos", "missing.jpg"], 3, "missing.jpg"),
    ],
)
def test_what_cannot_be_done_is_one_clear_error(
    arguments: list[str], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gallery(*arguments, "-o", tmp_path / "g") == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / "g").exists()


def test_folder_that_cannot_be_made_is_named(
    tiny_pack: Path, snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert gallery("--pack", tiny_pack, "--photos", snapshot, "-o", tmp_path / "file" / "g") == 3
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_open_shows_the_page_in_the_browser(
    tiny_pack: Path, snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def browse(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("webbrowser.open", browse)
    assert gallery("--pack", tiny_pack, "--photos", snapshot, "-o", tmp_path / "g", "--open") == 0
    assert opened == [(tmp_path / "g" / "gallery.html").as_uri()]
