"""What hangs in a gallery: the pictures, the page and the sheet."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from allaprima.app.offline.gallery.page import page
from allaprima.app.offline.gallery.paintings import THUMBNAIL, Photo, _thumbnail, open_photo
from allaprima.app.offline.gallery.sheet import best_columns, sheet
from allaprima.app.packs.pack import Style, StylePack
from allaprima.app.recording.picture import write_picture

HOSTILE = "<script>alert('x')</script> \"& co"


def style(
    number: int,
    title: str = "",
    artist: str = "A. Painter",
    year: str = "1901",
    source: str = "",
    public_domain: str = "",
) -> Style:
    return Style(f"style-{number}", number, title or f"Title {number}", artist, year, source, public_domain)


def pack_of(*styles: Style, title: str = "A pack") -> StylePack:
    nowhere = Path("nowhere")
    return StylePack("pack", title, nowhere, nowhere, "0" * 64, "E", 40, styles, 1234, MappingProxyType({}))


def photo(title: str = "Garden", width: int = 64, height: int = 48) -> Photo:
    return Photo(title, np.full((height, width, 3), 90, np.uint8))


class Reader(HTMLParser):
    """Every tag that is opened is closed, in order; keeps the attributes of all."""

    VOID = frozenset({"meta", "link", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def sources(self) -> list[str]:
        return [attributes["src"] or "" for tag, attributes in self.seen if tag == "img"]


@pytest.mark.parametrize("field", ["title", "artist", "year", "source", "public_domain"])
def test_text_from_a_card_is_text_on_the_page(field: str) -> None:
    text = page(pack_of(style(1, **{field: HOSTILE})), [photo()])
    assert "<script" not in text
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &#34;&amp; co" in text
    assert not [tag for tag, _ in Reader(text).seen if tag == "script"]


def test_title_of_the_pack_and_names_of_photos_are_text_too() -> None:
    text = page(pack_of(style(1), title=HOSTILE), [photo(HOSTILE), photo()])
    assert "<script" not in text
    assert all(attributes.keys() <= {"src", "alt", "width", "height", "loading", "class"}
               for tag, attributes in Reader(text).seen if tag == "img")  # fmt: skip


def test_page_loads_nothing_from_elsewhere() -> None:
    text = page(pack_of(style(1)), [photo()])
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)


def test_every_style_hangs_once_for_each_photo_beside_the_photo_itself() -> None:
    styles = [style(n) for n in range(1, 17)]
    sources = Reader(page(pack_of(*styles), [photo(), photo("Cat"), photo("Dog")])).sources()
    for number in (1, 2, 3):
        assert sources.count(f"photos/{number}.jpg") == 16 + 1  # under every painting, and on the button
        for each in styles:
            assert sources.count(f"paintings/{each.name}-{number}.jpg") == 1


def test_label_names_title_painter_year_and_rights() -> None:
    told = style(1, title="Lilies", artist="C. Monet", year="1919", public_domain="Monet (1840–1926)")  # noqa: RUF001
    text = page(pack_of(told), [photo()])
    for words in ("Lilies", "C. Monet, 1919", "Monet (1840–1926).", "--style style-1"):  # noqa: RUF001
        assert words in text


def test_one_photo_needs_no_buttons() -> None:
    assert 'class="photos"' not in page(pack_of(style(1)), [photo()])


@pytest.mark.parametrize("count", [1, 6, 16])
def test_sheet_has_a_cell_for_the_photo_and_one_for_every_style(count: int) -> None:
    rng = np.random.default_rng(0)
    colours = [tuple(int(c) for c in rng.integers(0, 200, 3)) for _ in range(count + 1)]
    row = [(style(i) if i else None, np.full((30, 40, 3), colour, np.uint8)) for i, colour in enumerate(colours)]
    picture = sheet([row], width=80)
    for colour in colours:
        assert (picture == colour).all(axis=-1).sum() == 80 * 60


def test_sheet_of_several_photos_is_as_wide_as_one() -> None:
    def row(height: int) -> list[tuple[Style | None, np.ndarray]]:
        return [(style(i) if i else None, np.zeros((height, 40, 3), np.uint8)) for i in range(5)]

    one, both = sheet([row(30)], 80), sheet([row(30), row(60)], 80)
    assert both.shape[1] == one.shape[1] and both.shape[0] > 2 * one.shape[0]


@pytest.mark.parametrize(("cells", "columns"), [(1, 1), (2, 2), (7, 4), (17, 6), (27, 7)])
def test_sheet_is_wider_than_high_and_its_last_row_nearly_full(cells: int, columns: int) -> None:
    assert best_columns(cells) == columns


def test_photo_is_shrunk_to_the_size_asked_for_and_never_enlarged(tmp_path: Path) -> None:
    write_picture(tmp_path / "my_garden.png", np.zeros((50, 100, 3), np.uint8))
    assert open_photo(tmp_path / "my_garden.png", 80).size == (80, 40)
    assert open_photo(tmp_path / "my_garden.png", 800).size == (100, 50)
    assert open_photo(tmp_path / "my_garden.png", 800).title == "My garden"


def test_thumbnail_of_a_very_tall_picture_is_its_middle() -> None:
    tall = np.zeros((2000, 20, 3), np.uint8)
    tall[995:1005] = 255
    small = _thumbnail(tall)
    assert small.shape[:2] == (THUMBNAIL[1], THUMBNAIL[0])
    assert small[THUMBNAIL[1] // 2].min() == 255 and small[0].max() == 0
