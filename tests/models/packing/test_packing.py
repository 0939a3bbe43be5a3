"""What goes into a pack beside the network: facts of the paintings, and previews on the project's own pictures."""

from __future__ import annotations

import itertools
import os
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from allaprima.app.core.errors import SourceError
from allaprima.app.packs.pack import MAX_TEXT, NAME, load_pack
from allaprima.app.sources.recorded.pictures import read_picture
from allaprima.models.motifs import NAMES, motifs

DATA = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).parents[3].parent / "shared" / "data"))
FACTS = files("allaprima.models.packing") / "paintings.toml"
KNOWN: dict[str, Any] = tomllib.loads(FACTS.read_text(encoding="utf-8"))


def test_names_of_the_paintings_can_be_typed_and_are_unique() -> None:
    names = [facts["name"] for facts in KNOWN.values()]
    assert len(names) == 16 == len(set(names))
    assert [name for name in names if not NAME.fullmatch(name)] == []


@pytest.mark.parametrize("stem", KNOWN)
def test_everything_is_known_of_every_painting(stem: str) -> None:
    facts = KNOWN[stem]
    assert facts.keys() == {"name", "title", "artist", "year", "source", "public_domain"}
    for text in facts.values():
        assert text.strip() and text.isprintable() and len(text) <= MAX_TEXT


@pytest.mark.parametrize("stem", KNOWN)
def test_public_domain_is_argued_from_the_painters_death(stem: str) -> None:
    life = re.search(r"\((\d{4})\W(\d{4})\)", KNOWN[stem]["public_domain"])
    if life is None:
        assert KNOWN[stem]["artist"] == "Unknown artist" and "centuries ago" in KNOWN[stem]["public_domain"]
        return
    born, died = map(int, life.groups())
    (painted,) = re.findall(r"\d{4}", KNOWN[stem]["year"])
    assert born < int(painted) <= died < 1956


@pytest.mark.skipif(not (DATA / "paintings").is_dir(), reason=f"NO PAINTINGS in {DATA / 'paintings'}: not compared")
def test_every_painting_trained_from_is_known() -> None:
    assert {file.stem for file in (DATA / "paintings").glob("*.jpg")} == set(KNOWN)


def test_own_pictures_are_three_small_photos_that_differ() -> None:
    pictures = [read_picture(file) for file in motifs()]
    assert len(NAMES) == 3 and all(file.stat().st_size <= 60_000 for file in motifs())
    assert all(picture.shape == (480, 640, 3) and picture.std() > 30 for picture in pictures)
    assert all(np.abs(a.astype(int) - b).mean() > 30 for a, b in itertools.pairwise(pictures))


@pytest.fixture
def studio(tmp_path: Path):
    """`write(previews)` writes a pack of two untrained styles and returns its folder."""
    torch = pytest.importorskip("torch", reason='packs are written with torch: pip install -e ".[train]"')
    pytest.importorskip("onnx", reason='torch exports through onnx: pip install -e ".[train]"')
    from allaprima.models.networks.network import build
    from allaprima.models.packing.paintings import Painting
    from allaprima.models.packing.writing import write_pack

    torch.manual_seed(3)
    network = build("E8-16x1", 3)
    torch.nn.init.normal_(network.exit.weight, std=0.3)
    paintings = [Painting(Path(f"{name}.jpg"), name, name.title()) for name in ("one", "two")]

    def write(previews: Path | list[Path] | None = None) -> Path:
        return write_pack(network, "E8-16x1", paintings, tmp_path / "pack", "Two", {"seed": 3}, previews)

    return write


def test_preview_shows_a_style_on_each_of_the_three(studio) -> None:
    pack = load_pack(studio())
    for style in pack.styles:
        assert style.preview is not None and style.preview.stat().st_size <= 16_000
        strip = cv2.imread(str(style.preview))
        assert strip is not None
        assert strip.shape == (160, 3 * 213, 3)
        parts = np.split(strip.astype(int), 3, axis=1)
        assert all(part.std() > 4 for part in parts)
        assert all(np.abs(a - b).mean() > 4 for a, b in itertools.pairwise(parts))


def test_preview_can_be_of_pictures_of_ones_own(studio, tmp_path: Path) -> None:
    for name, width in (("wide.png", 400), ("tall.png", 100)):
        cv2.imwrite(str(tmp_path / name), np.zeros((200, width, 3), np.uint8))
    assert read_picture(studio(tmp_path / "wide.png") / "previews/one.jpg").shape == (160, 320, 3)
    both = studio([tmp_path / "wide.png", tmp_path / "wide.png"])
    assert read_picture(both / "previews" / "two.jpg").shape == (160, 640, 3)


def test_preview_from_what_is_no_picture_is_refused_before_anything_is_written(studio, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no picture")
    with pytest.raises(SourceError, match=re.escape("bad.jpg")):
        studio(tmp_path / "bad.jpg")
    assert not (tmp_path / "pack").exists()
