"""The number that is drawn is the number that is read, or none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from stand_ins import GreyReel

from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import SettingsError
from allaprima.app.core.pose import Pose
from allaprima.app.sources.reel import Playback
from allaprima.app.sources.timecode import COLUMNS, NUMBERS, TimeCode, TimeCodedSource, code, number_of, read_code

SIZES = [(640, 480), (320, 240), (1280, 720), (96, 72), (52, 8), (4096, 64)]


def drawn(number: int, size: tuple[int, int] = (640, 480)) -> np.ndarray:
    picture = np.random.default_rng(number).integers(0, 256, (size[1], size[0], 3), np.uint8)
    TimeCode(size).draw(picture, number)
    return picture


def test_every_number_has_a_code_of_its_own() -> None:
    codes = [code(number) for number in range(NUMBERS)]
    assert len(set(codes)) == NUMBERS
    assert [number_of(bits) for bits in codes] == list(range(NUMBERS))


def test_neighbours_differ_in_one_bit_and_the_parity() -> None:
    for number in range(NUMBERS):
        differing = [a != b for a, b in zip(code(number), code(number + 1), strict=True)]
        assert sum(differing[:-1]) == 1 and differing[-1]


def test_one_wrong_bit_is_noticed() -> None:
    for place in range(COLUMNS):
        bits = list(code(1234))
        bits[place] = not bits[place]
        assert number_of(tuple(bits)) is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("number", [0, 1, 1365, 2730, 4095, 4096 + 7])
def test_what_is_drawn_is_read(size: tuple[int, int], number: int) -> None:
    time_code = TimeCode(size)
    assert read_code(drawn(number, size), time_code.centres()) == number % NUMBERS


@pytest.mark.parametrize("size", [(51, 480), (640, 7)])
def test_pictures_too_small_for_it_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        TimeCode(size)


def test_it_stands_inside_the_picture_and_leaves_the_rest_alone() -> None:
    picture = np.full((480, 640, 3), 7, np.uint8)
    TimeCode((640, 480)).draw(picture, 99)
    changed = np.argwhere((picture != 7).any(-1))
    assert changed.min(0).tolist() == [204, 152] and changed.max(0).tolist() == [275, 487]


@pytest.mark.parametrize(
    "painting",
    [
        lambda p: 40 + p // 3,  # dull
        lambda p: cv2.GaussianBlur(p, (0, 0), 5),
        lambda p: np.clip(p.astype(int) * (1.2, 0.7, 0.4) + (0, 20, 60), 0, 255).astype(np.uint8),  # other colours
        lambda p: np.clip(p + np.random.default_rng(0).normal(0, 40, p.shape), 0, 255).astype(np.uint8),
        lambda p: cv2.imdecode(cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], cv2.IMREAD_COLOR),
    ],
)
def test_it_is_read_through_what_paintings_and_cameras_do(painting) -> None:
    for number in (0, 77, 2730, 4095):
        assert read_code(painting(drawn(number)), TimeCode((640, 480)).centres()) == number


def test_where_there_is_nothing_to_read_nothing_is_read() -> None:
    centres = TimeCode((640, 480)).centres()
    assert read_code(np.full((480, 640, 3), 90, np.uint8), centres) is None
    assert read_code(drawn(5)[:, :300], centres) is None, "the strip leaves the picture"
    between = (drawn(6).astype(int) + drawn(7)) // 2
    assert read_code(between.astype(np.uint8), centres) is None, "caught between two frames"


def test_pairs_carry_their_number_and_their_source_knows_when_they_were_grabbed() -> None:
    clock = FakeClock(500)
    room = Playback(GreyReel((320, 240)), clock, pace="rate", rate_hz=50)
    with TimeCodedSource(room) as source:
        frames = [source.read(1) for _ in range(3)]
        for frame in frames:
            for picture in (frame.left, frame.right):
                assert read_code(picture, source.time_code.centres()) == frame.seq
            assert source.grabbed(frame.seq) == (frame.seq, frame.t_ns)
            assert frame.head_pose is None, "a strip that moves with the head is hard to find"
        assert source.grabbed(3) is None
        assert isinstance(room.read(1).head_pose, Pose), "the source itself has them"
