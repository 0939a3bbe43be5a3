"""A number to be filmed: four tags that are found in any camera's picture, and between them four strips of cells."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.frame import Pixels

SIZE = (24, 11)
"""(width, height) of the marker in cells, with the white rim that tags need; everything here is measured in cells."""
STRIPS = 4
STRIP_ROWS, COLUMNS = 2, 12
BITS = STRIP_ROWS * COLUMNS
NUMBERS = 1 << 12
"""So many before they come round."""
TAG = 4
TAGS = ((1, 1), (19, 1), (19, 6), (1, 6))
"""Of each tag the (x, y) of its top left corner; clockwise, as are each one's own corners."""
DATA = (6, 1.5)
"""(x, y) of the first cell's top left corner."""

_GENERATOR = 0xC75
_MASK = 0x59A6C3
_WHITE, _BLACK = 255, 0


@cache
def word(number: int) -> int:
    """The `BITS` bits of `number`, modulo `NUMBERS`: the extended Golay code (Golay 1949), any two of which differ in 8
    bits or more; turned over by a mask, so that none of them is all black or white.
    """
    data = number % NUMBERS
    rest = data << 11
    for place in reversed(range(11, 23)):
        if rest >> place & 1:
            rest ^= _GENERATOR << (place - 11)
    golay = data << 11 | rest
    return (golay << 1 | golay.bit_count() & 1) ^ _MASK


def number_of(bits: int) -> int | None:
    """The number of a `word`; None where that is none. Up to seven wrong bits are always noticed."""
    number = (bits ^ _MASK) >> 12
    return number if word(number) == bits else None


def words_shown(number: int) -> tuple[int, ...]:
    """The words of the `STRIPS` strips once `number` (0 or more) was drawn. The strips take turns: only one changes at
    a time, and each keeps its number until `STRIPS` numbers later.

    A picture exposed during a change has that strip smeared, and the others are read. (One strip in Gray code would do
    where no more than one change falls into an exposure; a webcam indoors exposes longer than that.)
    """
    newest = [number - (number - strip) % STRIPS for strip in range(STRIPS)]
    return tuple(word(shown % NUMBERS) for shown in newest)


def cell_centres() -> NDArray[np.float32]:
    """(STRIPS * STRIP_ROWS, COLUMNS, 2) middles of the data's cells as (x, y) in cells."""
    rows, columns = np.mgrid[: STRIPS * STRIP_ROWS, :COLUMNS] + 0.5
    return (np.stack((columns, rows), -1) + DATA).astype(np.float32)


@cache
def tag_dictionary() -> cv2.aruco.Dictionary:
    """The tags: ArUco's (Garrido-Jurado 2014) of 4x4 bits. These four differ in 7 or more from one another and from
    themselves when turned, so that any 3 wrong ones are put right. The calibration's boards have 5x5 bits.
    """
    known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    return cv2.aruco.Dictionary(known.bytesList[: len(TAGS)], known.markerSize, 3)


def tag_corners(tag: int) -> NDArray[np.float32]:
    """(4, 2) corners of a tag as (x, y) in cells, in the order in which OpenCV finds them."""
    return np.array(TAGS[tag], np.float32) + np.array(((0, 0), (TAG, 0), (TAG, TAG), (0, TAG)), np.float32)


def draw_marker(number: int, cell: int) -> Pixels:
    """(11 * cell, 24 * cell, 3): the marker once `number` was drawn; `cell` pixels a side, even."""
    picture = _frame(cell).copy()
    bits = [[shown >> place & 1 for place in reversed(range(BITS))] for shown in words_shown(number)]
    cells = np.array(bits, np.uint8).reshape(STRIPS * STRIP_ROWS, COLUMNS) * np.uint8(_WHITE)
    x, y = (round(at * cell) for at in DATA)
    picture[y : y + STRIPS * STRIP_ROWS * cell, x : x + COLUMNS * cell] = np.kron(
        cells, np.ones((cell, cell), np.uint8)
    )
    return cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)  # type: ignore[return-value]


@cache
def _frame(cell: int) -> NDArray[np.uint8]:
    """Everything but the data, grey."""
    picture = np.full((SIZE[1] * cell, SIZE[0] * cell), _WHITE, np.uint8)
    side = TAG * cell
    for tag, (x, y) in enumerate(TAGS):
        drawn = tag_dictionary().generateImageMarker(tag, side)
        picture[y * cell : y * cell + side, x * cell : x * cell + side] = drawn
    return picture
