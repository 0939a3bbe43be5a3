"""What every engine owes, run over every engine."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.core.errors import EngineError
from allaprima.app.packs.pack import StylePack, load_pack
from allaprima.app.stylize.engines import ENGINES, open_stylizer
from allaprima.app.stylize.stylizer import Stylizer

SIZE = (96, 64)


@pytest.fixture(scope="module")
def pack(tiny_pack: Path) -> StylePack:
    return load_pack(tiny_pack)


@pytest.fixture(scope="module", params=ENGINES)
def stylizer(request: pytest.FixtureRequest, pack: StylePack) -> Iterator[Stylizer]:
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    opened = open_stylizer(pack, SIZE, request.param, "f32", threads=1)
    yield opened
    opened.close()


def one(row: int, rows: int = 4) -> np.ndarray:
    return np.eye(rows, dtype=np.float32)[row]


def noise(seed: int = 0) -> np.ndarray:
    """A pair of different smooth-and-noisy pictures."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    base = np.stack([x * 2, y * 3, x + y], -1)[None] + np.array([0, 60]).reshape(2, 1, 1, 1)
    return np.clip(base + rng.integers(0, 40, (2, SIZE[1], SIZE[0], 3)), 0, 255).astype(np.uint8)


def quadrants() -> np.ndarray:
    """Left eye: red, green / blue, white. Right eye: the same colours turned round by one."""
    colours = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)], np.uint8)
    pair = np.empty((2, SIZE[1], SIZE[0], 3), np.uint8)
    h, w = SIZE[1] // 2, SIZE[0] // 2
    for eye in (0, 1):
        for quarter in range(4):
            y, x = divmod(quarter, 2)
            pair[eye, y * h : (y + 1) * h, x * w : (x + 1) * w] = colours[(quarter + eye) % 4]
    return pair


def largest_difference(a: np.ndarray, b: np.ndarray) -> int:
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def test_stylizer_says_what_it_is(stylizer: Stylizer) -> None:
    assert stylizer.engine in ENGINES
    assert stylizer.precision == "f32"
    assert stylizer.device in ("CPU", "CUDA")
    assert stylizer.size == SIZE


def test_painted_pair_has_the_shape_and_type_of_the_input(stylizer: Stylizer) -> None:
    painted = stylizer.paint(noise(), one(1))
    assert painted.shape == (2, SIZE[1], SIZE[0], 3)
    assert painted.dtype == np.uint8
    assert painted.flags.c_contiguous


def test_every_painting_is_a_fresh_array(stylizer: Stylizer) -> None:
    first = stylizer.paint(noise(), one(1))
    kept = first.copy()
    second = stylizer.paint(255 - noise(), one(2))
    assert not np.shares_memory(first, second)
    np.testing.assert_array_equal(first, kept)
    assert largest_difference(first, second) > 30


def test_input_is_left_alone_and_may_be_read_only(stylizer: Stylizer) -> None:
    frames = noise()
    frames.flags.writeable = False
    stylizer.paint(frames, one(1))
    np.testing.assert_array_equal(frames, noise())


def test_painting_is_repeatable(stylizer: Stylizer) -> None:
    np.testing.assert_array_equal(stylizer.paint(noise(), one(2)), stylizer.paint(noise(), one(2)))


def test_identity_row_gives_the_photo_back(stylizer: Stylizer) -> None:
    assert largest_difference(stylizer.paint(noise(), one(0)), noise()) <= 1


def test_every_level_survives_rounding(stylizer: Stylizer) -> None:
    frames = np.resize(np.arange(256, dtype=np.uint8), (2, SIZE[1], SIZE[0], 3))
    np.testing.assert_array_equal(stylizer.paint(frames, one(0)), frames)


def test_values_beyond_white_and_black_are_clamped(stylizer: Stylizer) -> None:
    frames = np.full((2, SIZE[1], SIZE[0], 3), 250, np.uint8)
    frames[:, :, : SIZE[0] // 2] = 2
    beyond = stylizer.paint(frames, np.array([1.8, -0.8, 0, 0], np.float32))
    bright, dark = beyond[:, :, SIZE[0] // 2 :], beyond[:, :, : SIZE[0] // 2]
    once = stylizer.paint(frames, np.array([1, 0, 0, 0], np.float32))
    assert beyond.max() == 255 or beyond.min() == 0
    assert np.median(bright) > np.median(dark)
    assert largest_difference(once, frames) <= 1


def test_quadrants_stay_where_they_are_and_keep_their_colours(stylizer: Stylizer) -> None:
    np.testing.assert_array_equal(stylizer.paint(quadrants(), one(0)), quadrants())


def test_styles_differ_and_styles_paint(stylizer: Stylizer) -> None:
    paintings = [stylizer.paint(noise(), one(row)) for row in range(4)]
    for a in range(4):
        for b in range(a):
            assert largest_difference(paintings[a], paintings[b]) > 30


def test_same_picture_in_both_eyes_is_painted_the_same(stylizer: Stylizer) -> None:
    frames = noise()
    frames[1] = frames[0]
    left, right = stylizer.paint(frames, one(1))
    np.testing.assert_array_equal(left, right)


def test_swapping_the_eyes_swaps_the_paintings(stylizer: Stylizer) -> None:
    painted, swapped = stylizer.paint(noise(), one(1)), stylizer.paint(noise()[::-1], one(1))
    assert largest_difference(painted[0], painted[1]) > 30
    assert largest_difference(painted[::-1], swapped) <= 1  # sums over both eyes round differently


@pytest.mark.parametrize("row", range(4))
def test_engines_agree_within_two_levels(stylizer: Stylizer, pack: StylePack, row: int) -> None:
    reference = open_stylizer(pack, SIZE, "torch", "f32")
    expected = reference.paint(noise(3), one(row))
    assert largest_difference(stylizer.paint(noise(3), one(row)), expected) <= 2


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_picture_is_painted_calmly(stylizer: Stylizer, level: int) -> None:
    """A capped lens: there is no variance to divide by, and rounding errors must not be blown up into a picture."""
    flat = np.full((2, SIZE[1], SIZE[0], 3), level, np.uint8)
    np.testing.assert_array_equal(stylizer.paint(flat, one(0)), flat)
    painted = stylizer.paint(flat, one(1)).astype(int)
    np.testing.assert_array_equal(painted[0], painted[1])
    inner = painted[:, 24:40, 24:72].reshape(2, 2, 8, 6, 8, 3)  # the pattern of the exit's 4-pixel cells may repeat
    assert np.ptp(inner, axis=(1, 3)).max() <= 1


@pytest.mark.parametrize("contrast", [1, 2, 3])
def test_nearly_flat_picture_is_painted_as_in_training(stylizer: Stylizer, pack: StylePack, contrast: int) -> None:
    dim = np.random.default_rng(1).integers(0, contrast + 1, (2, SIZE[1], SIZE[0], 3), np.uint8)
    expected = open_stylizer(pack, SIZE, "torch", "f32").paint(dim, one(2))
    assert largest_difference(stylizer.paint(dim, one(2)), expected) <= 2


@pytest.mark.parametrize("size", [(100, 64), (96, 60), (0, 0), (-8, 64), (8, 8), (8192, 64)])
def test_size_that_no_network_takes_is_refused(stylizer: Stylizer, pack: StylePack, size: tuple[int, int]) -> None:
    with pytest.raises(EngineError, match=f"{size[0]}x{size[1]}: sides must be multiples of 8"):
        open_stylizer(pack, size, stylizer.engine)


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((2, 64, 88, 3), np.uint8),
        np.zeros((1, 64, 96, 3), np.uint8),
        np.zeros((2, 3, 64, 96), np.uint8),
        np.zeros((2, 64, 96, 3), np.float32),
    ],
    ids=["size", "one eye", "layout", "type"],
)
def test_frames_of_another_shape_are_refused(stylizer: Stylizer, frames: np.ndarray) -> None:
    with pytest.raises(EngineError, match="frames are"):
        stylizer.paint(frames, one(1))


@pytest.mark.parametrize(
    "weights", [np.ones(3, np.float32), np.ones((1, 4), np.float32), np.array([np.nan, 0, 0, 1], np.float32)]
)
def test_weights_that_no_blend_gives_are_refused(stylizer: Stylizer, weights: np.ndarray) -> None:
    with pytest.raises(EngineError, match="must be 4 finite numbers"):
        stylizer.paint(noise(), weights)


def test_closing_twice_is_fine_and_painting_after_is_not(stylizer: Stylizer, pack: StylePack) -> None:
    other = open_stylizer(pack, SIZE, stylizer.engine, "f32")
    other.close()
    other.close()
    with pytest.raises(EngineError, match="closed"):
        other.paint(noise(), one(0))
