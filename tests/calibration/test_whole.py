"""A board that is not the one that was named is not taken for it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from rendered import Optics, known_rig, poses, turn

from allaprima.calibration.board import Board, board_hint, guess_board
from allaprima.calibration.camera import Lens
from allaprima.calibration.whole import is_whole

BOARD = Board(9, 6)
SIZE = (640, 480)


def shown(board: Board, count: int, lens: Lens = "pinhole", background: int = 110) -> list[np.ndarray]:
    """Pictures of `board` as a camera that bends straight lines sees it."""
    optics = Optics(known_rig(lens).left, SIZE)
    middle = np.array((*np.subtract(board.corners, 1), 0)) / 2 * board.square_m
    pictures = [optics.picture(board, turned, place - turned @ middle) for turned, place in poses(count, reach=0.3)]
    return [np.where(picture == 110, np.uint8(background), picture) for picture in pictures]


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return shown(BOARD, 4)


@pytest.mark.parametrize("lens", ["pinhole", "fisheye"])
def test_the_board_that_was_named_is_whole(lens: Lens) -> None:
    random = np.random.default_rng(2)
    light = np.linspace(0.4, 1.0, SIZE[0])
    for board in (BOARD, Board(5, 4, 0.04)):
        for number, picture in enumerate(shown(board, 4, lens, background=(25, 225)[board is BOARD])):
            worse = cv2.GaussianBlur(picture, (0, 0), 0.5 + 0.4 * number) * light + random.normal(0, 4, picture.shape)
            found = board.find(np.clip(worse, 0, 255).astype(np.uint8))
            assert found and found.whole, (board, number)


@pytest.mark.parametrize("spec", ["6x5", "5x3", "4x3"])
def test_a_part_of_a_larger_board_is_not_whole(pictures: list[np.ndarray], spec: str) -> None:
    found = [sighting for picture in pictures if (sighting := Board.parse(spec).find(picture))]
    assert found and sum(sighting.whole for sighting in found) <= len(found) / 4


@pytest.mark.parametrize("board", [BOARD, Board(13, 12, 0.014)], ids=str)
def test_a_row_more_or_less_than_there_is_is_not_whole(board: Board) -> None:
    """Told one more, detectors may take the ends of the outermost squares for corners."""
    (picture,) = shown(board, 1)
    found = board.find(picture)
    assert found
    across, down = board.corners
    grid = found.pixels.reshape(down, across, 2)
    for axis in (0, 1):
        lines = np.moveaxis(grid, axis, 0)
        more = np.concatenate([lines, 3 * lines[-1:] - 3 * lines[-2:-1] + lines[-3:-2]])
        for some, whole in ((lines, True), (more, False), (lines[:-1], False), (lines[2:], False), (lines[::2], False)):
            rows = np.moveaxis(some, 0, axis)
            assert is_whole(picture, rows.reshape(-1, 2), (rows.shape[1], rows.shape[0])) is whole, (axis, some.shape)


def test_the_board_in_sight_is_named(pictures: list[np.ndarray]) -> None:
    assert "--board 9x6" in board_hint(Board(6, 5), pictures)
    assert "count the inner corners" in board_hint(Board(6, 9), pictures)  # it is that board
    assert "count the inner corners" in board_hint(Board(6, 5), [np.full((480, 640), 120, np.uint8)])


def test_a_board_that_the_picture_cuts_is_not_guessed() -> None:
    picture = Optics(known_rig().left, SIZE).picture(BOARD, turn(), np.array((-0.1, -0.3, 0.5)))
    assert guess_board(picture) is None


def test_corners_outside_the_picture_are_no_board() -> None:
    """Told too small a board the detector sometimes says so, and refining them would fail."""
    picture = Optics(known_rig().left, SIZE).picture(BOARD, turn(), np.array((-0.1, -0.06, 0.5)))
    outside = np.full((54, 1, 2), -3.0, np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cv2, "findChessboardCornersSB", lambda *_: (True, outside))
        assert BOARD.find(picture) is None


def test_a_board_looked_for_in_a_smaller_copy_is_found_to_the_same_hundredth_of_a_pixel(
    pictures: list[np.ndarray],
) -> None:
    large = cv2.resize(pictures[0], (1280, 960), interpolation=cv2.INTER_CUBIC)
    whole, quick = BOARD.find(large), BOARD.find(large, within_px=640)
    assert whole and quick and np.abs(whole.pixels - quick.pixels).max() < 0.02
