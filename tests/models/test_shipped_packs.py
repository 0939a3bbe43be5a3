"""The packs that come with the program paint: strongly, differently, evenly, and what they show can be told."""

from __future__ import annotations

from collections.abc import Iterator
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


@pytest.fixture(scope="module", params=PACKS, ids=lambda path: path.name)
def pack(request: pytest.FixtureRequest) -> StylePack:
    return load_pack(request.param)


@pytest.fixture(scope="module")
def room() -> Iterator[NDArray[np.uint8]]:
    """(2, H, W, 3): a pair of the synthetic room."""
    with SyntheticRoom(SIZE, cache=False, rate_hz=None) as source:
        frame = source.read(60)
        yield np.stack((frame.left, frame.right))


@pytest.fixture(scope="module")
def painted(pack: StylePack, room: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    """{style: (2, H, W, 3) in 0..1}."""
    stylizer = open_stylizer(pack, SIZE)
    return {s.name: stylizer.paint(room, np.eye(pack.rows, dtype=np.float32)[s.row]) / 255 for s in pack.styles}


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
    """Share of the fine detail that repeats with cells of `cell` pixels, window by window of 7 x 7 cells: about 0.02
    for what falls anywhere, 1 for a grid. A faint grid is seen on a flat sky: flat windows count as busy ones do.
    """
    fine, window = picture - cv2.blur(picture, (9, 9)), 7 * cell
    rows, columns = picture.shape[0] // window, picture.shape[1] // window
    cells = fine[: rows * window, : columns * window].reshape(rows, 7, cell, columns, 7, cell, 3)
    pattern = np.square(cells.mean((1, 4))).mean((1, 3)).sum(2)
    return float((pattern / (np.square(cells).mean((1, 2, 4, 5)).sum(2) + 1e-4)).mean())


@pytest.mark.parametrize("cell", [4, 8])
def test_no_grid_shows(painted: dict[str, NDArray[np.float64]], room: NDArray[np.uint8], cell: int) -> None:
    unpainted = pattern_share(room[0] / 255, cell)
    for name, picture in painted.items():
        assert pattern_share(picture[0], cell) < max(0.1, 1.5 * unpainted), (name, unpainted)


def test_both_eyes_are_painted_alike(painted: dict[str, NDArray[np.float64]]) -> None:
    for name, picture in painted.items():
        left, right = picture.mean((1, 2)), picture.std((1, 2))
        assert np.abs(left[0] - left[1]).max() < 0.03, name
        assert np.abs(right[0] - right[1]).max() < 0.03, name
