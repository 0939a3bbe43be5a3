"""Markers are read as cameras film them, and what is read is never wrong."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from filming import GAMMA, Filming

from allaprima.app.bench.latency.marker_reader import Marker, MarkerReader, Reading, judge
from allaprima.app.bench.latency.time_marker import BITS, NUMBERS, draw_marker, word
from allaprima.app.core.frame import Pixels

READER = MarkerReader()


def light(number: int, cell: int = 12) -> np.ndarray:
    return (draw_marker(number, cell) / np.float32(255)) ** GAMMA


def told(marker: Marker) -> tuple[int, int] | None:
    return None if marker.number is None else (marker.number, marker.changing)


def corners_at(dice: np.random.Generator, size: tuple[int, int]) -> tuple[tuple[float, float], ...]:
    """Of a marker somewhere in the picture, turned by up to 25 degrees and seen aslant, its cells 6 pixels or more."""
    width, height = size
    across = width * dice.uniform(0.5, 0.75)
    flat = np.array(((-1, -0.46), (1, -0.46), (1, 0.46), (-1, 0.46))) * across / 2
    turn = np.radians(dice.uniform(-25, 25))
    turned = flat @ np.array(((np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))))
    turned *= 1 + dice.uniform(-0.0012, 0.0012) * turned[:, :1] + dice.uniform(-0.0012, 0.0012) * turned[:, 1:]
    return tuple(map(tuple, turned + (width / 2, height / 2) + dice.uniform(-0.03, 0.03, 2) * width))


@pytest.mark.parametrize("seed", range(24))
def test_a_marker_is_read_askew_and_aslant_through_noise_blur_and_any_exposure(seed: int) -> None:
    dice = np.random.default_rng(seed)
    size = (320, 240) if seed % 2 else (640, 480)
    camera = Filming(size, corners_at(dice, size), seed=seed)
    camera.blur_px, camera.noise = dice.uniform(0, size[0] / 400), dice.uniform(0, 12)
    camera.darkness = 2.0 ** dice.uniform(-3, 1)
    number = int(dice.integers(NUMBERS))
    picture = camera.picture(light(number), background=dice.uniform(0, 0.2))
    assert [told(marker) for marker in READER.read(picture)] == [(number, 0)]


def test_a_marker_on_its_head_and_one_in_a_mirror_of_glass() -> None:
    picture = Filming((320, 240), ((280, 190), (40, 190), (40, 80), (280, 80))).picture(light(55))
    assert [told(marker) for marker in READER.read(picture)] == [(55, 0)]
    assert READER.read(np.ascontiguousarray(picture[:, ::-1])) == (), "its tags are those of no marker"


def test_uneven_light_and_moire() -> None:
    picture = Filming((640, 480)).picture(light(2730)).astype(np.float32)
    y, x = np.mgrid[:480, :640]
    picture *= (0.35 + 0.65 * x / 640)[..., None]
    picture += (40 * np.exp(-((x - 200) ** 2 + (y - 200) ** 2) / 8000))[..., None]  # a lamp on the screen
    picture += (14 * np.sin(x * 1.9 + y * 0.3))[..., None]
    assert [told(m) for m in READER.read(np.clip(picture, 0, 255).astype(np.uint8))] == [(2730, 0)]


def test_three_corners_are_enough_and_two_are_not() -> None:
    picture = Filming((640, 480)).picture(light(9))
    picture[60:220, 440:] = 90
    assert [told(marker) for marker in READER.read(picture)] == [(9, 0)]
    picture[60:, 440:] = 90
    assert READER.read(picture) == ()


def test_a_marker_and_a_smaller_picture_of_it_are_told_apart() -> None:
    large = Filming((640, 480), ((20, 20), (400, 20), (400, 194), (20, 194)), noise=2)
    small = Filming((640, 480), ((330, 300), (500, 290), (505, 368), (328, 376)), noise=2)
    picture = np.maximum(large.picture(light(1000)), small.picture(light(990)))
    assert [told(marker) for marker in READER.read(picture)] == [(1000, 0), (990, 0)]


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda p: cv2.resize(p, (80, 60), interpolation=cv2.INTER_AREA), None),
        (lambda p: p // 12 + 100, Reading.FAINT),
        (lambda p: p * 0, None),
        (lambda p: p | 255, None),
    ],
)
def test_what_cannot_be_read_has_its_reason(change, verdict: Reading | None) -> None:
    camera = Filming((320, 240), ((30, 60), (290, 60), (290, 180), (30, 180)), noise=0.0, blur_px=0.0)
    found = READER.read(np.ascontiguousarray(change(camera.picture(light(7)))))
    assert all(marker.number is None for marker in found)
    assert verdict is None or [marker.verdict for marker in found] == [verdict]


@pytest.mark.parametrize("share", [0.02, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.98])
def test_a_picture_of_a_change_tells_the_number_before_it_or_after_it(share: float) -> None:
    camera = Filming((320, 240), ((30, 60), (290, 60), (290, 180), (30, 180)))
    for number in (100, 101, 102, 103):
        mixed = np.float32(1 - share) * light(number) + np.float32(share) * light(number + 1)
        (marker,) = READER.read(camera.picture(mixed))
        assert told(marker) in {(number, 0), (number, 1), (number + 1, 0)}
        if 0.2 <= share <= 0.8:
            assert told(marker) == (number, 1), "its strip is neither, and the other three are clear"


@pytest.mark.parametrize("changes", [0, 1, 2, 3])
def test_exposures_over_up_to_three_changes_are_read(changes: int) -> None:
    camera = Filming((320, 240), ((30, 60), (290, 60), (290, 180), (30, 180)))
    mixed = np.sum([light(number) for number in range(40, 41 + changes)], axis=0) / np.float32(changes + 1)
    (marker,) = READER.read(camera.picture(mixed))
    assert told(marker) == (40, changes)


def test_an_exposure_over_more_changes_is_not_read() -> None:
    camera = Filming((320, 240), ((30, 60), (290, 60), (290, 180), (30, 180)))
    mixed = np.sum([light(number) for number in range(40, 48)], axis=0) / np.float32(8)
    (marker,) = READER.read(camera.picture(mixed))
    assert (marker.verdict, marker.number) == (Reading.SMEARED, None)


@pytest.mark.parametrize(
    ("strips", "judged"),
    [
        ([8, 9, 10, 11], (11, 0)),
        ([12, 9, 10, 11], (12, 0)),
        ([(8, 12), 9, 10, 11], (11, 1)),
        ([(8, 12), (9, 13), 10, 11], (11, 2)),
        ([12, (9, 13), 10, 11], (12, 1)),
        ([(8, 12), (9, 13), (10, 14), 11], (11, 3)),
        ([(8, 12), (9, 13), (10, 14), (11, 15)], None),  # nothing is clear
        ([(8, 16), 9, 10, 11], None),  # that is not what it becomes
        ([(8, 12), 9, 10, 15], None),  # not successive
        ([8, 9, (10, 14), 11], None),  # what changes is not the next
        ([9, 8, 10, 11], None),  # not in its strip
        ([0, 4093, 4094, 4095], (0, 0)),  # come round
        ([0, (4093, 1), 4094, 4095], (0, 1)),
    ],
)
def test_strips_are_believed_together(strips: list[int | tuple[int, int]], judged: tuple[int, int] | None) -> None:
    """A pair of numbers is a strip that changes from one to the other."""
    assert judge(cells(strips)) == judged


def cells(strips: list[int | tuple[int, int]]) -> np.ndarray:
    both = [(strip, strip) if isinstance(strip, int) else strip for strip in strips]
    bits = [[[word(number) >> place & 1 for place in reversed(range(BITS))] for number in pair] for pair in both]
    return np.array(bits, np.float32).mean(1)


def test_one_cell_that_did_not_turn_with_the_others_is_no_change() -> None:
    lit = cells([12, 9, 10, 11])
    turning = cells([(8, 12), 9, 10, 11])[0] == 0.5
    lit[0, np.flatnonzero(turning)[0]] = 1 - lit[0, np.flatnonzero(turning)[0]]
    assert judge(lit) is None


def _spoiled(dice: np.random.Generator, number: int) -> Pixels:
    """A marker of which cells were turned over, covered, drowned in noise, or taken from another time."""
    cell = 8
    picture = draw_marker(number, cell).astype(np.float32)
    x, y = 6 * cell, 12
    data = picture[y : y + 8 * cell, x : x + 12 * cell]
    turned = (dice.random((8, 12)) < dice.choice((0.02, 0.1, 0.3, 0.5))).repeat(cell, 0).repeat(cell, 1)[..., None]
    match dice.integers(4):
        case 0:
            data[:] = np.where(turned, 255 - data, data)
        case 1:
            top, left = dice.integers(0, 40), dice.integers(0, 60)
            data[top : top + 30, left : left + 40] = dice.integers(0, 256)
        case 2:
            data += dice.normal(0, 150, data.shape[:2])[..., None]
        case _:
            other = draw_marker(number + int(dice.integers(8, 4000)), cell)[y : y + 8 * cell, x : x + 12 * cell]
            data[:] = np.where(turned, other, data)
    framed = cv2.copyMakeBorder(picture, 8, 8, 8, 8, cv2.BORDER_CONSTANT, value=(60, 60, 60))
    return np.clip(framed, 0, 255).astype(np.uint8)


def test_of_thousands_of_spoiled_pictures_none_is_read_wrongly() -> None:
    dice = np.random.default_rng(6)
    counts = dict.fromkeys(Reading, 0)
    for _ in range(2000):
        number = int(dice.integers(NUMBERS))
        for marker in READER.read(_spoiled(dice, number)):
            counts[marker.verdict] += 1
            if marker.number is not None:  # one cell in noise may look like a change that has just begun, or ended
                assert (number - marker.number) % NUMBERS <= marker.changing <= 1
    assert counts[Reading.WRONG] > 1000 and counts[Reading.READ] > 100, "both happened, or nothing was tested"


def test_of_thousands_of_random_cells_none_is_a_number() -> None:
    dice = np.random.default_rng(7)
    picture = cv2.copyMakeBorder(draw_marker(0, 6), 8, 8, 8, 8, cv2.BORDER_CONSTANT, value=(60, 60, 60))
    data = picture[8 + 9 : 8 + 9 + 48, 8 + 36 : 8 + 36 + 72]
    for _ in range(1000):
        data[:] = (dice.random((8, 12)) < 0.5).repeat(6, 0).repeat(6, 1)[..., None] * np.uint8(255)
        assert [marker.number for marker in READER.read(picture)] == [None]
