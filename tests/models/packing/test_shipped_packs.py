"""The packs that come with the program paint: strongly, differently, evenly, and what they show can be told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.app.packs.pack import StylePack, load_pack
from allaprima.app.sources.synthetic.source import SyntheticRoom
from allaprima.app.stylize.engines import open_stylizer
from allaprima.models.judging.metrics import grid_share, outline_kept, tint_share

PACKS = sorted(p.parent for p in (Path(__file__).parents[3] / "models" / "packs").glob("*/card.toml"))
SIZE = (320, 240)
FULL_SIZE = (640, 480)
"""What a live session paints at: a grid is looked for there."""


@pytest.fixture(scope="module", params=PACKS, ids=lambda path: path.name)
def pack(request: pytest.FixtureRequest) -> StylePack:
    return load_pack(request.param)


def pair_of_the_room(size: tuple[int, int]) -> NDArray[np.uint8]:
    """(2, H, W, 3)."""
    with SyntheticRoom(size, cache=False, rate_hz=None) as source:
        frame = source.read(60)
        return np.stack((frame.left, frame.right))


def paint(pack: StylePack, pair: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    """{style: (2, H, W, 3) in 0..1}."""
    stylizer = open_stylizer(pack, (pair.shape[2], pair.shape[1]))
    return {s.name: stylizer.paint(pair, np.eye(pack.rows, dtype=np.float32)[s.row]) / 255 for s in pack.styles}


@pytest.fixture(scope="module")
def room() -> NDArray[np.uint8]:
    return pair_of_the_room(SIZE)


@pytest.fixture(scope="module")
def painted(pack: StylePack, room: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    return paint(pack, room)


@pytest.fixture(scope="module")
def painted_large(pack: StylePack) -> dict[str, NDArray[np.float64]]:
    return paint(pack, pair_of_the_room(FULL_SIZE))


def test_there_is_a_pack_with_four_styles_or_more() -> None:
    assert any(len(load_pack(path).styles) >= 4 for path in PACKS)


def test_every_card_says_whose_painting_it_is_and_why_it_may_be_used(pack: StylePack) -> None:
    for style in pack.styles:
        assert style.title and style.artist != "unknown" and style.year and style.source and style.public_domain
        assert style.preview and (pack.folder / style.preview).is_file()


def test_styles_differ_at_a_glance(painted: dict[str, NDArray[np.float64]]) -> None:
    pictures = list(painted.items())
    for i, (name, one) in enumerate(pictures):
        for other_name, other in pictures[i + 1 :]:
            assert np.abs(one - other).mean() > 0.06, (name, other_name)


def test_a_painting_is_more_than_a_tint(painted: dict[str, NDArray[np.float64]], room: NDArray[np.uint8]) -> None:
    for name, picture in painted.items():
        share = tint_share(room[0], picture[0].astype(np.float32))
        assert share < 0.8, (name, share)


def test_what_is_shown_can_still_be_told(painted: dict[str, NDArray[np.float64]], room: NDArray[np.uint8]) -> None:
    for name, picture in painted.items():
        assert outline_kept(room[0], picture[0].astype(np.float32)) > 0.5, name


GRID = {4: 0.04, 8: 0.05}
"""Above the unpainted room (0.02 and 0.035) and below every style of a network whose grid could be seen (from 0.076 and
0.065 on)."""


@pytest.mark.parametrize("cell", GRID)
def test_no_grid_shows(painted_large: dict[str, NDArray[np.float64]], cell: int) -> None:
    for name, picture in painted_large.items():
        share = grid_share(picture[0].astype(np.float32), cell)
        assert share < GRID[cell], (name, share)


def test_a_grid_would_be_found(painted_large: dict[str, NDArray[np.float64]]) -> None:
    """Twelve levels of 255 on every fourth row and column."""
    width, height = FULL_SIZE
    lines = (np.arange(width) % 4 == 0)[None, :, None] | (np.arange(height) % 4 == 0)[:, None, None]
    for name, picture in painted_large.items():
        share = grid_share((picture[0] + lines * 12 / 255).astype(np.float32), 4)
        assert share > GRID[4], (name, share)


def test_both_eyes_are_painted_alike(painted: dict[str, NDArray[np.float64]]) -> None:
    for name, picture in painted.items():
        left, right = picture.mean((1, 2)), picture.std((1, 2))
        assert np.abs(left[0] - left[1]).max() < 0.03, name
        assert np.abs(right[0] - right[1]).max() < 0.03, name
