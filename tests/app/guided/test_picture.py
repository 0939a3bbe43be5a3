"""The picture of the views that are being collected."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from allaprima.app.core.clock import NS
from allaprima.app.core.frame import StereoFrame
from allaprima.app.guided.picture import CapturePicture, _places
from allaprima.calibration.board import Board, Sighting
from allaprima.calibration.capture import Look, Progress, ViewQuality

BOARD = Board(9, 6)
SIZE = (1280, 720)
EYE = (640, 480)
GREY = np.full((480, 640, 3), 90, np.uint8)
EMPTY = np.zeros((48, 64), np.int32)


def progress(count: int = 0, grid: np.ndarray = EMPTY, wanted: tuple[int, int] | None = None) -> Progress:
    return Progress(count, (0.0, 0.0), (grid, grid), 0, wanted)


def frame(left: np.ndarray = GREY, right: np.ndarray = GREY, t_ns: int = 0) -> StereoFrame:
    return StereoFrame(left, right, 0, t_ns)


NOTHING = Look(None, None, ViewQuality.NO_BOARD, progress())


def eyes(picture: np.ndarray) -> list[np.ndarray]:
    return [picture[y : y + h, x : x + w].astype(int) for x, y, w, h in _places(EYE, SIZE, 1.0)]


def colour(eye: np.ndarray, across: float, down: float) -> np.ndarray:
    """The mean about a place in parts of the picture."""
    y, x = int(down * eye.shape[0]), int(across * eye.shape[1])
    return eye[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0)


def test_each_camera_is_on_its_side_and_mirrored_until_asked_otherwise() -> None:
    left, right = GREY.copy(), GREY.copy()
    left[:, :320] = (200, 0, 0)
    right[:, :320] = (0, 0, 200)
    drawn = CapturePicture(BOARD, 20)
    for mirrored, across in ((True, 0.75), (False, 0.25)):
        drawn.mirrored = mirrored
        first, second = eyes(drawn.draw(frame(left, right), NOTHING, SIZE, 0))
        assert colour(first, across, 0.5) == pytest.approx((200, 0, 0), abs=2)
        assert colour(second, across, 0.5) == pytest.approx((0, 0, 200), abs=2)
        assert colour(first, 1 - across, 0.5) == pytest.approx((90, 90, 90), abs=2)


@pytest.mark.parametrize("mirrored", [True, False])
def test_what_boards_covered_is_green_and_where_to_go_is_framed(mirrored: bool) -> None:
    grid = EMPTY.copy()
    grid[24:, :32] = 1  # the bottom left of the cameras' pictures
    drawn = CapturePicture(BOARD, 20)
    drawn.mirrored = mirrored
    covered = 0.85 if mirrored else 0.15
    for eye in eyes(drawn.draw(frame(), dataclasses.replace(NOTHING, progress=progress(1, grid, (2, 2))), SIZE, 0)):
        red, green, _ = colour(eye, covered - 0.02, 0.8)
        assert green > red + 10
        assert colour(eye, 1 - covered, 0.2) == pytest.approx((90, 90, 90), abs=2)
        thirds = np.array_split(eye[2 * eye.shape[0] // 3 :], 3, axis=1)
        amber = [int(((third[..., 0] > 220) & (third[..., 2] < 100)).sum()) for third in thirds]
        assert amber.index(max(amber)) == (0 if mirrored else 2) and sum(amber) == max(amber) > 300


@pytest.mark.parametrize("mirrored", [True, False])
def test_corners_are_drawn_where_they_were_seen_while_that_is_not_long_ago(mirrored: bool) -> None:
    corners = np.stack(np.meshgrid(np.arange(9) * 20.0 + 100, np.arange(6) * 20.0 + 300), axis=-1).reshape(-1, 2)
    seen = Sighting(np.arange(54), corners, 2.0)
    look = Look(seen, None, ViewQuality.MOVING, progress(), t_ns=NS)
    drawn = CapturePicture(BOARD, 20)
    drawn.mirrored = mirrored
    x = corners[22, 0] / 640
    place = (1 - x if mirrored else x), corners[22, 1] / 480
    left, right = eyes(drawn.draw(frame(t_ns=NS), look, SIZE, 0))
    assert colour(left, *place)[0] > 200 and colour(left, *place)[2] < 120
    assert colour(right, *place) == pytest.approx((90, 90, 90), abs=2)
    late, _ = eyes(drawn.draw(frame(t_ns=2 * NS), look, SIZE, 0))
    assert colour(late, *place) == pytest.approx((90, 90, 90), abs=2)


def test_a_view_that_is_taken_flashes_and_is_told_for_a_second() -> None:
    drawn = CapturePicture(BOARD, 20)
    before = drawn.draw(frame(), NOTHING, SIZE, 0)
    known = Look(None, None, ViewQuality.KNOWN, progress(1))
    flash = drawn.draw(frame(), known, SIZE, 5 * NS)  # the look that took it was missed
    soon = drawn.draw(frame(), known, SIZE, 6 * NS)
    later = drawn.draw(frame(), known, SIZE, 9 * NS)
    assert [eyes(picture)[0][225, 300, 0] > 150 for picture in (before, flash, soon, later)] == [False, True] + [
        False
    ] * 2
    header = [picture[:120].astype(int) for picture in (flash, soon, later)]
    assert np.array_equal(header[0], header[1]) and not np.array_equal(header[1], header[2])
    assert (header[1][..., 1] - header[1][..., 0]).max() > 60  # green


def test_it_fits_every_window_and_every_camera() -> None:
    drawn = CapturePicture(Board(11, 7, 0.02, "charuco"), 200)
    look = Look(None, None, ViewQuality.ANOTHER_BOARD, progress(3, wanted=(1, 1)))
    for pair in ((640, 480), (1280, 720), (480, 640), (320, 240)):
        pixels = np.zeros((pair[1], pair[0], 3), np.uint8)
        for size in ((160, 120), (300, 1000), (1000, 300), (1920, 1080)):
            picture = drawn.draw(frame(pixels, pixels), look, size, 0, "left camera lost: right eye shown to both")
            assert picture.shape == (size[1], size[0], 3)
