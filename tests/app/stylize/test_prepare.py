from __future__ import annotations

import numpy as np
import pytest

from allaprima.app.core.errors import SettingsError
from allaprima.app.stylize.prepare import PairBuffer, network_size, stroke_steps, stroked_size


@pytest.mark.parametrize(
    ("source", "requested", "expected"),
    [
        ((640, 480), None, (640, 480)),
        ((320, 240), None, (320, 240)),
        ((1280, 720), None, (640, 360)),
        ((1241, 376), None, (640, 192)),
        ((720, 1280), None, (360, 640)),
        ((1280, 720), 320, (320, 184)),
        ((320, 240), 640, (640, 480)),
        ((1280, 720), (500, 300), (504, 304)),
        ((100, 100), None, (104, 104)),
    ],
)
def test_network_size_keeps_the_aspect_in_multiples_of_8(
    source: tuple[int, int], requested: tuple[int, int] | int | None, expected: tuple[int, int]
) -> None:
    assert network_size(source, requested) == expected


@pytest.mark.parametrize(
    ("source", "requested"),
    [((4000, 100), None), ((640, 480), 8), ((640, 480), (0, 0)), ((640, 480), 5000), ((0, 10), None), ((9, 9), -640)],
)
def test_size_that_cannot_be_painted_is_refused(
    source: tuple[int, int], requested: tuple[int, int] | int | None
) -> None:
    with pytest.raises(SettingsError, match="painted"):
        network_size(source, requested)


@pytest.mark.parametrize(
    ("full", "stroke_size", "expected"),
    [
        ((640, 480), 1.0, (640, 480)),
        ((640, 480), 2.0, (320, 240)),
        ((640, 480), 1.4, (456, 344)),
        ((640, 480), 0.7, (912, 688)),
        ((640, 192), 2.0, (320, 96)),
    ],
)
def test_larger_strokes_are_painted_in_fewer_pixels_of_the_same_view(
    full: tuple[int, int], stroke_size: float, expected: tuple[int, int]
) -> None:
    assert stroked_size(full, stroke_size) == expected


@pytest.mark.parametrize(
    ("full", "stroke_size", "hint"),
    [((640, 192), 4.0, "smaller"), ((4096, 4096), 0.5, "larger"), ((640, 480), 9.0, "twice as large")],
)
def test_strokes_that_cannot_be_painted_are_refused_with_a_way_out(
    full: tuple[int, int], stroke_size: float, hint: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        stroked_size(full, stroke_size)
    assert hint in refused.value.hint


def test_steps_are_those_that_can_be_painted() -> None:
    assert stroke_steps((640, 480)) == (0.5, 0.7, 1.0, 1.4, 2.0)
    assert stroke_steps((640, 104)) == (0.5, 0.7, 1.0, 1.4)
    assert stroke_steps((64, 64)) == (0.5, 0.7, 1.0)
    assert stroke_steps((4096, 4096)) == (1.0, 1.4, 2.0)


def picture(width: int, height: int, colour: int) -> np.ndarray:
    pixels = np.full((height, width, 3), colour, np.uint8)
    pixels[: height // 2, : width // 2] = (255, 0, 0)
    return pixels


@pytest.mark.parametrize("source", [(64, 64), (200, 130), (32, 40)], ids=["same", "shrink", "grow"])
def test_pair_is_resized_with_left_first_and_nothing_turned(source: tuple[int, int]) -> None:
    batch = PairBuffer((64, 64)).fill(picture(*source, 40), picture(*source, 200))
    assert batch.shape == (2, 64, 64, 3) and batch.dtype == np.uint8
    assert (batch[:, 4, 4] == (255, 0, 0)).all()
    assert (batch[0, 60, 4] == 40).all() and (batch[0, 4, 60] == 40).all()
    assert (batch[1, 60, 60] == 200).all()


def test_buffer_is_used_again_without_allocating() -> None:
    buffer = PairBuffer((64, 64))
    first = buffer.fill(picture(200, 130, 40), picture(200, 130, 200))
    second = buffer.fill(picture(32, 32, 7), picture(32, 32, 9))
    assert first is second
    assert (second[1, 60, 60] == 9).all()


def test_shrinking_averages_instead_of_skipping() -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.ptp(PairBuffer((64, 64)).fill(stripes, stripes)) <= 1


def test_pictures_that_are_views_of_one_video_frame_are_taken_as_they_are() -> None:
    side_by_side = np.concatenate([picture(96, 64, 40), picture(96, 64, 200)], axis=1)
    batch = PairBuffer((48, 32)).fill(side_by_side[:, :96], side_by_side[:, 96:])
    assert (batch[0, 30, 40] == 40).all() and (batch[1, 30, 40] == 200).all()
