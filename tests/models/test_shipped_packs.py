"""The packs that come with the program paint: strongly, differently, evenly, and what they show can be told."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.app.sources.synthetic.source import SyntheticRoom
from allaprima.app.stylize.engines import open_stylizer
from allaprima.app.stylize.pack import StylePack, load_pack

PACKS = sorted(p.parent for p in (Path(__file__).parents[2] / "models" / "packs").glob("*/card.toml"))
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


def outline(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where large edges are, whatever the colours on their sides."""
    small = cv2.resize(cv2.GaussianBlur(picture, (0, 0), 3), (80, 60), interpolation=cv2.INTER_AREA)
    return np.sqrt(sum(np.square(g) for g in np.gradient(small, axis=(0, 1)))).sum(2)


def test_there_is_a_pack_with_four_styles_or_more() -> None:
    assert any(len(load_pack(path).styles) >= 4 for path in PACKS)


def test_every_card_says_whose_painting_it_is_and_why_it_may_be_used(pack: StylePack) -> None:
    for style in pack.styles:
        assert style.title and style.artist != "unknown" and style.year and style.source and style.public_domain
        assert (pack.folder / style.preview).is_file()


def test_styles_differ_at_a_glance(painted: dict[str, NDArray[np.float64]]) -> None:
    pictures = list(painted.items())
    for i, (name, one) in enumerate(pictures):
        for other_name, other in pictures[i + 1 :]:
            assert np.abs(one - other).mean() > 0.06, (name, other_name)


def test_a_painting_is_more_than_a_tint(painted: dict[str, NDArray[np.float64]], room: NDArray[np.uint8]) -> None:
    """The best tint, any linear map of the photo's colours, must leave much of the painting unexplained."""
    colours = np.c_[room[0].reshape(-1, 3) / 255, np.ones(room[0].size // 3)]
    for name, picture in painted.items():
        wanted = picture[0].reshape(-1, 3)
        tint = colours @ np.linalg.lstsq(colours, wanted, rcond=None)[0]
        unexplained = (wanted - tint).var(0).sum() / wanted.var(0).sum()
        assert unexplained > 0.2, (name, unexplained)


def test_what_is_shown_can_still_be_told(painted: dict[str, NDArray[np.float64]], room: NDArray[np.uint8]) -> None:
    before = outline(room[0] / 255).ravel()
    for name, picture in painted.items():
        assert np.corrcoef(before, outline(picture[0]).ravel())[0, 1] > 0.5, name


def pattern_share(picture: NDArray[np.float64], cell: int) -> float:
    """Share of the fine detail that repeats with cells of `cell` pixels, in the flattest third of all windows of 7 x 7
    cells, where a faint grid is seen: about 0.02 for what falls anywhere, 1 for a grid.
    """
    fine, window = picture - cv2.blur(picture, (9, 9)), 7 * cell
    rows, columns = picture.shape[0] // window, picture.shape[1] // window
    cells = fine[: rows * window, : columns * window].reshape(rows, 7, cell, columns, 7, cell, 3)
    pattern = np.square(cells.mean((1, 4))).mean((1, 3)).sum(2)
    detail = np.square(cells).mean((1, 2, 4, 5)).sum(2)
    flat = detail <= np.quantile(detail, 0.3)
    return float((pattern[flat] / (detail[flat] + 1e-6)).mean())


GRID = {4: 0.04, 8: 0.05}
"""Above the unpainted room (0.02 and 0.035) and below every style of a network whose grid could be seen (from 0.076 and
0.065 on)."""


@pytest.mark.parametrize("cell", GRID)
def test_no_grid_shows(painted_large: dict[str, NDArray[np.float64]], cell: int) -> None:
    for name, picture in painted_large.items():
        share = pattern_share(picture[0], cell)
        assert share < GRID[cell], (name, share)


def test_a_grid_would_be_found(painted_large: dict[str, NDArray[np.float64]]) -> None:
    """Twelve levels of 255 on every fourth row and column."""
    width, height = FULL_SIZE
    lines = (np.arange(width) % 4 == 0)[None, :, None] | (np.arange(height) % 4 == 0)[:, None, None]
    for name, picture in painted_large.items():
        share = pattern_share(picture[0] + lines * 12 / 255, 4)
        assert share > GRID[4], (name, share)


def test_both_eyes_are_painted_alike(painted: dict[str, NDArray[np.float64]]) -> None:
    for name, picture in painted.items():
        left, right = picture.mean((1, 2)), picture.std((1, 2))
        assert np.abs(left[0] - left[1]).max() < 0.03, name
        assert np.abs(right[0] - right[1]).max() < 0.03, name
