from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.core.errors import SettingsError
from allaprima.app.offline.painter import Painter
from allaprima.app.packs.pack import load_pack
from allaprima.app.stylize.colour import keep_colour

PLAIN, PAINTED = np.array([1, 0, 0, 0], np.float32), np.array([0, 1, 0, 0], np.float32)


@pytest.fixture
def painter(tiny_pack: Path) -> Iterator[Painter]:
    painter = Painter(load_pack(tiny_pack), precision="f32")
    yield painter
    painter.close()


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)


@pytest.mark.parametrize("size", [(96, 64), (101, 67), (97, 80), (5, 3), (1, 1)])
def test_any_size_comes_out_as_it_went_in_and_in_its_place(painter: Painter, size: tuple[int, int]) -> None:
    left, right = noise(*size), noise(*size, seed=1)
    np.testing.assert_array_equal(painter.paint(left, right, PLAIN), np.stack([left, right]))


def test_picture_of_a_size_the_network_takes_is_painted_as_it_is(painter: Painter) -> None:
    left, right = noise(96, 64), noise(96, 64, seed=1)
    painted = painter.paint(left, right, PAINTED)
    assert painter.stylizer is not None
    np.testing.assert_array_equal(painted, painter.stylizer.paint(np.stack([left, right]), PAINTED))


def test_network_stays_loaded_while_the_size_stays(painter: Painter) -> None:
    painter.paint(noise(96, 64), noise(96, 64), PLAIN)
    loaded = painter.stylizer
    painter.paint(noise(93, 61), noise(93, 61), PLAIN)  # continued to the same 96x64
    assert painter.stylizer is loaded
    painter.paint(noise(104, 64), noise(104, 64), PLAIN)
    assert painter.stylizer is not loaded


def test_size_asked_for_is_painted_and_given_out(tiny_pack: Path) -> None:
    painter = Painter(load_pack(tiny_pack), precision="f32", requested=128)
    assert painter.output_size((1280, 720)) == (128, 72)
    assert painter.paint(noise(640, 360), noise(640, 360), PLAIN).shape == (2, 72, 128, 3)


@pytest.mark.parametrize(("stroke_size", "painted_at"), [(2.0, (96, 72)), (1.4, (136, 104)), (0.5, (384, 288))])
@pytest.mark.parametrize("requested", [None, (192, 144)])
def test_strokes_change_what_is_painted_at_and_not_what_is_given_out(
    tiny_pack: Path, stroke_size: float, painted_at: tuple[int, int], requested: tuple[int, int] | None
) -> None:
    painter = Painter(load_pack(tiny_pack), precision="f32", requested=requested, stroke_size=stroke_size)
    y, x = np.mgrid[0:143, 0:191]
    smooth = np.stack([x, y, (x + y) // 2], -1).astype(np.uint8)
    painted = painter.paint(smooth, smooth, PLAIN)
    assert painter.stylizer is not None and painter.stylizer.size == painted_at
    assert painted.shape == ((2, 143, 191, 3) if requested is None else (2, 144, 192, 3))
    assert np.abs(painted[:, :143, :191].astype(int) - smooth).max() <= 3, "the same field of view, in its place"


def test_kept_colours_are_the_inputs_at_the_size_given_out(tiny_pack: Path) -> None:
    left, right = noise(96, 64), noise(96, 64, seed=1)
    plain = Painter(load_pack(tiny_pack), precision="f32", stroke_size=0.5)
    kept = Painter(load_pack(tiny_pack), precision="f32", stroke_size=0.5, camera_colour=0.7)
    expected = keep_colour(plain.paint(left, right, PAINTED), np.stack([left, right]), 0.7)
    np.testing.assert_array_equal(kept.paint(left, right, PAINTED), expected)
    smaller = Painter(load_pack(tiny_pack), precision="f32", requested=(72, 64), camera_colour=1.0)
    assert smaller.paint(left, right, PAINTED).shape == (2, 64, 72, 3)


@pytest.mark.parametrize("size", [(4097, 64), (64, 100_000), (0, 5)])
def test_size_beyond_the_limits_is_refused(painter: Painter, size: tuple[int, int]) -> None:
    with pytest.raises(SettingsError, match=f"{size[0]}x{size[1]}"):
        painter.output_size(size)


def test_eyes_of_different_sizes_are_refused(painter: Painter) -> None:
    with pytest.raises(SettingsError, match="left 96x64, right 64x64"):
        painter.paint(noise(96, 64), noise(64, 64), PLAIN)


class OnCanvas:
    """A network that keeps the canvases it is given."""

    canvas = 2

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.given: list[np.ndarray] = []

    def paint(self, frames: np.ndarray, weights: np.ndarray, canvas: np.ndarray | None = None) -> np.ndarray:
        assert canvas is not None
        self.given.append(canvas.copy())
        return frames.copy()

    def close(self) -> None: ...


def test_a_films_canvas_moves_with_what_it_shows_and_begins_anew_with_another(
    tiny_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = OnCanvas((320, 240))
    monkeypatch.setattr("allaprima.app.offline.painter.open_stylizer", lambda *_, **__: network)
    painter = Painter(load_pack(tiny_pack))
    broad = cv2.GaussianBlur(noise(480, 240), (0, 0), 6)
    broad = cv2.normalize(broad, None, 0, 255, cv2.NORM_MINMAX)
    for step in range(4):
        picture = np.ascontiguousarray(broad[:, 4 * step : 4 * step + 320])
        painter.paint(picture, picture, PAINTED)
    first, last = network.given[0][0, 0], network.given[3][0, 0]
    carried = np.corrcoef(first[20:-20, 26:-20].ravel(), last[20:-20, 20:-26].ravel())[0, 1]
    stayed = np.corrcoef(first[20:-20, 26:-20].ravel(), last[20:-20, 26:-20].ravel())[0, 1]
    assert carried > 0.8 > stayed
    assert np.array_equal(network.given[3][0], network.given[3][1])  # one picture for both eyes
    painter.begin()
    painter.paint(picture, picture, PAINTED)
    assert np.array_equal(network.given[4], network.given[0])
