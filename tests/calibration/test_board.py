"""Boards: named on the command line, printed at true size, found in pictures."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from rendered import Studio, known_rig, turn

from allaprima.app.core.errors import CalibrationError
from allaprima.calibration.board import Board, board_hint, edge_width, guess_board
from allaprima.calibration.sheet import board_sheet, pdf, png, write_sheet

BOARDS = [Board(9, 6), Board(11, 7, 0.025, "charuco")]


@pytest.mark.parametrize(
    ("spec", "why"),
    [("9", "no board"), ("9x6x2", "no board"), ("chess:9x6", "no board"), ("2x6", "cannot be 2x6"), ("7x7", "turned"),
     ("charuco:40x40", "not enough markers")],
)  # fmt: skip
def test_a_board_that_is_none_is_refused(spec: str, why: str) -> None:
    with pytest.raises(CalibrationError, match=why) as caught:
        Board.parse(spec)
    assert caught.value.hint


def test_boards_are_parsed() -> None:
    assert Board.parse("9x6") == Board.parse("Chessboard:9X6") == Board(9, 6)
    assert Board.parse("charuco:11x7", 0.02) == Board(11, 7, 0.02, "charuco")
    assert len(Board(11, 7, 0.02, "charuco").points) == 60


@pytest.mark.parametrize("board", BOARDS, ids=str)
def test_a_printed_png_has_its_true_size_and_says_so(board: Board) -> None:
    data = png(board_sheet(board))
    at = data.index(b"pHYs") + 4
    per_metre = struct.unpack(">II", data[at : at + 8])[0]
    page = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert page is not None
    assert (page.shape[1] / per_metre, page.shape[0] / per_metre) == pytest.approx((0.297, 0.210), rel=1e-3)
    small = cv2.resize(page, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    found = board.find(small)
    assert found and len(found.ids) == len(board.points)
    apart = np.linalg.norm(found.pixels[0] - found.pixels[board.corners[0] - 1]) / 0.2 / per_metre
    assert apart == pytest.approx((board.corners[0] - 1) * board.square_m, rel=1e-3)


def test_a_printed_pdf_has_its_true_size_and_a_ruler() -> None:
    text = pdf(board_sheet(Board(9, 6), "letter")).decode("latin-1")
    assert text.startswith("%PDF-") and text.rstrip().endswith("%%EOF")
    assert "/MediaBox [0 0 792.0000 612.0000]" in text and "/PrintScaling /None" in text
    assert "2.83464567 0 0 2.83464567 0 0 cm" in text  # points a millimetre
    boxes = [tuple(map(float, box)) for box in re.findall(r"^(\S+) (\S+) (\S+) (\S+) re$", text, re.MULTILINE)]
    assert sum(box[2:] == (25, 25) for box in boxes) == 35
    (length,) = map(int, re.findall(r"this ruler is (\d+) mm", text))
    assert length >= 100 and any(box[2] == length for box in boxes)
    for number, place in enumerate(re.findall(r"^(\d{10}) 00000 n", text, re.MULTILINE), 1):
        assert text[int(place) :].startswith(f"{number} 0 obj")


def test_what_cannot_be_printed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match="400 x 280 mm and does not fit on A4") as caught:
        board_sheet(Board(9, 6, 0.04))
    assert caught.value.hint == "--square 26mm"
    board_sheet(Board(9, 6, 0.026))
    with pytest.raises(CalibrationError, match="no paper 'a7'"):
        board_sheet(Board(9, 6), "a7")
    with pytest.raises(CalibrationError, match="PDF or PNG"):
        write_sheet(tmp_path / "board.svg", board_sheet(Board(9, 6)))


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    studio = Studio(known_rig())
    return [studio.pair(board, turn(15, -10, 5), np.array((0.03, 0.0, 0.5)))[0] for board in BOARDS]


def test_corners_are_found_to_a_tenth_of_a_pixel(pictures: list[np.ndarray]) -> None:
    rig = known_rig()
    for board, picture in zip(BOARDS, pictures, strict=True):
        found = board.find(picture)
        middle = np.array((*np.subtract(board.corners, 1), 0)) / 2 * board.square_m
        true = rig.left.project((board.points - middle) @ turn(15, -10, 5).T + (0.03, 0.0, 0.5))
        assert found is not None
        errors = min(np.linalg.norm(found.pixels - t[found.ids], axis=1).mean() for t in (true, true[::-1]))
        assert errors < 0.15, board


def test_the_wrong_board_is_not_found_and_the_right_one_is_guessed(pictures: list[np.ndarray]) -> None:
    assert Board(10, 7).find(pictures[0]) is None
    assert Board(14, 9, 0.025, "charuco").find(np.full((480, 640), 128, np.uint8)) is None
    assert guess_board(pictures[0]) == (9, 6)
    assert guess_board(np.full((480, 640), 128, np.uint8)) is None


def test_blur_is_measured(pictures: list[np.ndarray]) -> None:
    found = BOARDS[0].find(pictures[0])
    assert found is not None and 1.5 < found.edge_px < 2.8
    widths = [edge_width(cv2.GaussianBlur(pictures[0], (0, 0), sigma), found.pixels, 30.0) for sigma in (1.0, 2.0, 3.0)]
    assert found.edge_px < widths[0] < widths[1] < widths[2]
    assert widths[2] == pytest.approx(7.5, rel=0.2)  # sqrt(2 pi) sigma


def drawn(dictionary: int, legacy: bool = False, squares: tuple[int, int] = (8, 6)) -> np.ndarray:
    board = cv2.aruco.CharucoBoard(squares, 0.025, 0.025 * 7 / 9, cv2.aruco.getPredefinedDictionary(dictionary))
    board.setLegacyPattern(legacy)
    picture = board.generateImage((squares[0] * 60, squares[1] * 60), marginSize=0)
    return cv2.copyMakeBorder(picture, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)


@pytest.mark.parametrize(
    ("picture", "hint"),
    [
        (drawn(cv2.aruco.DICT_4X4_50), "dictionary 4X4"),
        (drawn(cv2.aruco.DICT_6X6_250), "dictionary 6X6"),
        (drawn(cv2.aruco.DICT_7X7_100), "dictionary 7X7"),
        (drawn(cv2.aruco.DICT_ARUCO_ORIGINAL), "dictionary ARUCO_ORIGINAL"),
        (drawn(cv2.aruco.DICT_APRILTAG_36h11), "dictionary APRILTAG_36h11"),
        (drawn(cv2.aruco.DICT_5X5_250, legacy=True), "old pattern"),
        (drawn(cv2.aruco.DICT_5X5_250)[:, ::-1], "mirrored"),
        (drawn(cv2.aruco.DICT_5X5_250, squares=(10, 7)), "count its squares"),
        (np.full((480, 640), 128, np.uint8), "count the inner corners"),
    ],
)
def test_a_charuco_board_of_another_kind_is_told_as_that(picture: np.ndarray, hint: str) -> None:
    assert hint in board_hint(Board(8, 6, 0.025, "charuco"), [np.ascontiguousarray(picture)])
