from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from allaprima.app.core.errors import StylePackError
from allaprima.app.packs import pack as pack_module
from allaprima.app.packs.pack import DEFAULT_PACK, default_pack, installed_packs, load_pack
from allaprima.app.settings_and_flags import Settings


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Empty stand-ins for the shipped and the user's folder of packs."""
    shipped, user = tmp_path / "shipped", tmp_path / "user"
    monkeypatch.setattr(pack_module, "shipped_folder", lambda: shipped)
    monkeypatch.setattr(pack_module, "user_folder", lambda: user)
    return shipped, user


def test_card_is_read_in_full(tiny_pack: Path) -> None:
    pack = load_pack(tiny_pack)
    assert (pack.name, pack.title, pack.family, pack.rows) == ("tiny", "Three untrained styles", "E8-16x1", 4)
    assert pack.network == tiny_pack / "network.onnx"
    assert pack.training == {"iterations": 0}
    assert pack.parameters > 1000
    assert [style.row for style in pack.styles] == [1, 2, 3]
    style = pack.styles[0]
    assert (style.name, style.title, style.artist, style.year) == ("red-room", "The Red Room", "Henri M.", "1911")
    assert (style.source, style.public_domain) == ("seed 7", "nobody's")
    assert style.preview == tiny_pack / "previews" / "red-room.jpg"


def test_pack_can_be_named_by_its_card_too(tiny_pack: Path) -> None:
    assert load_pack(tiny_pack / "card.toml") == load_pack(str(tiny_pack))


def test_style_is_found_in_any_case(tiny_pack: Path) -> None:
    assert load_pack(tiny_pack).style(" Mosaic").name == "mosaic"


def test_unknown_style_names_the_nearest_and_the_list(tiny_pack: Path) -> None:
    with pytest.raises(StylePackError, match="no style 'harbor' in pack 'tiny'; did you mean 'harbour'") as caught:
        load_pack(tiny_pack).style("harbor")
    assert caught.value.hint == "it has: red-room, harbour, mosaic"


def test_network_is_read_with_its_rows(tiny_pack: Path) -> None:
    assert load_pack(tiny_pack).read_network().rows == 4


def test_shipped_packs_come_before_the_users_and_win_their_name(folders: tuple[Path, Path], tiny_pack: Path) -> None:
    shipped, user = folders
    shutil.copytree(tiny_pack, user / "zebra")
    shutil.copytree(tiny_pack, user / "first")
    shutil.copytree(tiny_pack, shipped / "first")
    assert installed_packs() == (shipped / "first", user / "zebra")
    assert default_pack().folder == shipped / "first"
    assert load_pack("Zebra").folder == user / "zebra"


def test_the_default_pack_is_the_settings_one_whatever_else_is_installed(
    folders: tuple[Path, Path], tiny_pack: Path
) -> None:
    shutil.copytree(tiny_pack, folders[0] / "another")
    shutil.copytree(tiny_pack, folders[0] / DEFAULT_PACK)
    assert default_pack().folder == folders[0] / DEFAULT_PACK
    assert Settings().stylize.pack == DEFAULT_PACK


def test_installed_name_wins_over_a_folder_that_lies_here(
    folders: tuple[Path, Path], tiny_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(tiny_pack, folders[0] / "first")
    shutil.copytree(tiny_pack, tmp_path / "here" / "first")
    monkeypatch.chdir(tmp_path / "here")
    assert load_pack("first").folder == folders[0] / "first"
    assert load_pack("./first").folder == Path("first")
    with pytest.raises(StylePackError, match="no style pack ''"):
        load_pack("")


def test_no_pack_at_all_says_how_to_get_one(folders: tuple[Path, Path]) -> None:
    with pytest.raises(StylePackError, match="no style pack is installed") as caught:
        default_pack()
    assert "styles train" in caught.value.hint


def test_unknown_pack_names_the_nearest(folders: tuple[Path, Path], tiny_pack: Path) -> None:
    shutil.copytree(tiny_pack, folders[0] / "first")
    with pytest.raises(StylePackError, match=r"no style pack 'fist'.*did you mean 'first'") as caught:
        load_pack("fist")
    assert caught.value.hint == "installed: first"


def test_every_installed_pack_is_sound() -> None:
    for folder in installed_packs():
        pack = load_pack(folder)
        assert all(style.preview and style.public_domain for style in pack.styles), folder
