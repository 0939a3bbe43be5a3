"""Which views are taken, and what is said about the others."""

from __future__ import annotations

import dataclasses

import numpy as np
from rendered import known_rig, poses, sighted, turn

from allaprima.calibration.board import Board
from allaprima.calibration.capture import ViewQuality, ViewTaker, preview

BOARD = Board(9, 6)
SIZE = (640, 480)


def held(yaw: float = 0.0, x: float = 0.03, far: float = 0.5):
    (view,) = sighted(known_rig(), BOARD, [(turn(yaw), np.array((x, 0.0, far)))], 0.05)
    return view.left, view.right


def show(taker: ViewTaker, sightings: tuple, times: int) -> list[ViewQuality]:
    return [taker.consider(*sightings) for _ in range(times)]


def test_a_board_is_taken_once_it_is_still_and_only_once() -> None:
    taker = ViewTaker(BOARD, SIZE)
    verdicts = show(taker, held(), 5)
    assert verdicts == [ViewQuality.MOVING, ViewQuality.MOVING, ViewQuality.TAKEN, ViewQuality.KNOWN, ViewQuality.KNOWN]
    assert taker.progress.count == 1


def test_a_moving_board_is_not_taken() -> None:
    taker = ViewTaker(BOARD, SIZE)
    assert {taker.consider(*held(x=0.01 * n)) for n in range(8)} == {ViewQuality.MOVING}


def test_a_board_that_one_camera_does_not_see_is_not_taken() -> None:
    taker = ViewTaker(BOARD, SIZE)
    show(taker, held(), 2)
    assert taker.consider(held()[0], None) is ViewQuality.NO_BOARD
    assert taker.consider(*held()) is ViewQuality.MOVING  # stillness begins anew


def test_a_blurred_board_is_not_taken() -> None:
    left, right = held()
    taker = ViewTaker(BOARD, SIZE)
    assert show(taker, (left, dataclasses.replace(right, edge_px=9.0)), 3)[-1] is ViewQuality.BLURRED


def test_another_place_distance_or_tilt_is_new() -> None:
    taker = ViewTaker(BOARD, SIZE)
    for sightings in (held(), held(x=0.15), held(far=0.9), held(yaw=30)):
        assert show(taker, sightings, 3)[-1] is ViewQuality.TAKEN
    assert taker.progress.tilted == 1


def test_it_says_where_the_board_has_not_been() -> None:
    taker = ViewTaker(BOARD, SIZE)
    show(taker, held(x=0.2), 3)
    progress = taker.progress
    assert progress.wanted and progress.wanted[1] == 0 and progress.coverage[0] < 0.3
    assert "left" in progress.advice
    for view in sighted(known_rig(), BOARD, poses(30, reach=0.5)):
        taker.keep(view.left, view.right)
    assert min(taker.progress.coverage) > 0.5 and progress.count == 1  # what was told does not change


def test_the_preview_is_bright_where_boards_were() -> None:
    taker = ViewTaker(BOARD, SIZE)
    show(taker, held(), 3)
    grey = np.full((480, 640, 3), 120, np.uint8)
    picture = preview(taker, grey, grey)
    assert picture.shape == (480, 1280, 3)
    middle = taker.boards[0][0].mean(axis=0).astype(int)
    assert picture[middle[1] + 5, middle[0] + 5, 0] >= 120 and picture[5, 5, 0] == 40


def test_a_part_of_another_board_is_not_taken() -> None:
    left, right = held()
    taker = ViewTaker(BOARD, SIZE)
    assert set(show(taker, (left, dataclasses.replace(right, whole=False)), 4)) == {ViewQuality.ANOTHER_BOARD}


def test_one_camera_for_both_eyes_is_not_taken() -> None:
    left, _ = held()
    assert set(show(ViewTaker(BOARD, SIZE), (left, left), 4)) == {ViewQuality.ONE_EYE}


def test_a_board_that_moves_in_one_picture_only_is_moving() -> None:
    """The cameras' moments differ: the one that is late must have come to rest, too."""
    left, right = held()
    taker = ViewTaker(BOARD, SIZE)
    down = [dataclasses.replace(right, pixels=right.pixels + np.array((0.0, 5.0 * n))) for n in range(4)]
    assert {taker.consider(left, lower) for lower in down} == {ViewQuality.MOVING}
