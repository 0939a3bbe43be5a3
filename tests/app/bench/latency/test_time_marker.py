"""No number of the marker is taken for another one, and only one strip changes at a time."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np

from allaprima.app.bench.latency.time_marker import (
    BITS,
    NUMBERS,
    SIZE,
    STRIP_ROWS,
    STRIPS,
    cell_centres,
    draw_marker,
    number_of,
    word,
    words_shown,
)


def test_every_number_is_read_back_and_any_two_differ_in_eight_bits() -> None:
    words = [word(number) for number in range(NUMBERS)]
    assert [number_of(shown) for shown in words] == list(range(NUMBERS))
    weights = Counter((shown ^ words[0]).bit_count() for shown in words)  # linear: the distances of all pairs
    assert weights == {0: 1, 8: 759, 12: 2576, 16: 759, 24: 1}, "the extended Golay code's"


def test_no_number_is_all_black_or_white() -> None:
    assert {0, (1 << BITS) - 1}.isdisjoint(word(number) for number in range(NUMBERS))


def test_up_to_four_wrong_bits_are_noticed_wherever_they_are() -> None:
    for number in (0, 1234, 4095):
        for count in range(1, 5):
            for places in combinations(range(BITS), count):
                assert number_of(word(number) ^ sum(1 << place for place in places)) is None


def test_the_strips_take_turns() -> None:
    for number in (4, 5, 6, 7, NUMBERS - 1, NUMBERS, 100_000):
        before, after = words_shown(number - 1), words_shown(number)
        changed = [strip for strip in range(STRIPS) if before[strip] != after[strip]]
        assert changed == [number % STRIPS]
        assert number_of(after[number % STRIPS]) == number % NUMBERS


def test_the_drawn_cells_are_the_words_of_the_strips() -> None:
    cell = 6
    picture = draw_marker(777, cell)
    assert picture.shape == (SIZE[1] * cell, SIZE[0] * cell, 3)
    x, y = np.floor(cell_centres() * cell).astype(int).transpose(2, 0, 1)
    bits = (picture[y, x, 1] == 255).reshape(STRIPS, BITS)
    assert [int("".join(str(int(bit)) for bit in strip), 2) for strip in bits] == list(words_shown(777))
    assert STRIPS * STRIP_ROWS == len(x)
