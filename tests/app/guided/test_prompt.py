"""What whoever holds the board is told."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from allaprima.app.guided.prompt import prompt
from allaprima.calibration.board import Board, Sighting
from allaprima.calibration.capture import Look, Place, Progress, ViewQuality, place_name

BOARD = Board(9, 6)
SEEN = Sighting(np.arange(54), np.zeros((54, 2)), 2.0)


def look(verdict: ViewQuality, count: int = 3, tilted: int = 1, wanted: Place | None = (0, 0), **more) -> Look:
    grid = np.zeros((48, 64), np.int32)
    return Look(SEEN, SEEN, verdict, Progress(count, (0.2, 0.2), (grid, grid), tilted, wanted), **more)


def said(verdict: ViewQuality, mirrored: bool = False, **more) -> tuple[str, str]:
    told = prompt(look(verdict, **more), BOARD, 20, mirrored)
    return told.headline, told.line


def test_every_verdict_has_something_to_say() -> None:
    for verdict in ViewQuality:
        assert all(said(verdict))


def test_the_place_to_go_to_is_the_one_on_the_screen() -> None:
    assert said(ViewQuality.KNOWN)[0] == "Move to the top left"
    assert said(ViewQuality.KNOWN, mirrored=True)[0] == "Move to the top right"
    assert [place_name(place) for place in ((1, 1), (1, 2), (2, 1))] == ["the middle", "the right", "the bottom"]


def test_what_is_missing_is_asked_for_place_before_tilt() -> None:
    assert "Tilt" in said(ViewQuality.KNOWN, wanted=None)[0]
    assert "Nearer" in said(ViewQuality.KNOWN, wanted=None, tilted=9)[0]
    assert said(ViewQuality.TAKEN) == ("Taken: 3 of 20", "move to the top left, into the frame, near or far, tilted")
    assert said(ViewQuality.TAKEN, count=20)[0] == "Done"


@pytest.mark.parametrize("eye", ["left", "right"])
def test_the_camera_that_does_not_see_the_board_is_named(eye: str) -> None:
    seen = {"left": SEEN, "right": SEEN}
    del seen[eye]
    half = dataclasses.replace(look(ViewQuality.NO_BOARD), left=seen.get("left"), right=seen.get("right"))
    told = prompt(half, BOARD, 20, False)
    other = {"left": "right", "right": "left"}[eye]
    assert f"Only the {other} camera" in told.headline and f"{eye} picture" in told.line


def test_another_board_is_named_if_it_is_known() -> None:
    assert "--board 7x5" in said(ViewQuality.ANOTHER_BOARD, guess=(7, 5))[1]
    assert "more corners" in said(ViewQuality.ANOTHER_BOARD)[1]
