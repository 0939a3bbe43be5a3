"""A number that survives painting: drawn into a frame, and read from the final picture."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.errors import SettingsError
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.sources.source import StereoSource
from allaprima.app.sources.wrapped import WrappedSource

BITS = 12
COLUMNS = BITS + 1
"""Bits of the number in Gray code, and a parity bit that makes the number of ones even."""
NUMBERS = 1 << BITS
_GREY, _CONTRAST = 128, 24
_LUMA = np.array((0.299, 0.587, 0.114), np.float32)


def code(number: int) -> tuple[bool, ...]:
    """The `COLUMNS` bits of `number`, modulo 4096, most significant first, parity last.

    In Gray code, so that a picture caught between two frames differs from either in one bit and the parity.
    """
    number %= NUMBERS
    gray = number ^ (number >> 1)
    bits = [bool(gray >> place & 1) for place in reversed(range(BITS))]
    return (*bits, sum(bits) % 2 == 1)


def number_of(bits: tuple[bool, ...]) -> int | None:
    """The number of a `code`; None if the parity is wrong."""
    if sum(bits) % 2:
        return None
    number = last = 0
    for bit in bits[:BITS]:
        last ^= bit
        number = number << 1 | last
    return number


@dataclass(frozen=True, slots=True)
class TimeCode:
    """The place of the code in pictures of `size` (width, height): a strip across the middle, two squares for each bit.

    The upper square is white and the lower black for a one, the reverse for a zero. So a bit is read without a
    threshold, from the brighter of the two, which a painting of any colours preserves. The squares are as large as the
    strokes (multiples of 8 pixels, the network's cell, if there is room), on grey.
    Raises `SettingsError` for pictures too small for it.
    """

    size: tuple[int, int]

    def __post_init__(self) -> None:
        if self.square < 2:
            raise SettingsError(
                f"a time code cannot be read from pictures of {self.size[0]}x{self.size[1]}",
                "try --set source.size=640x480",
            )

    @property
    def square(self) -> int:
        """Pixels a side."""
        side = min(self.size[0] // (2 * COLUMNS), self.size[1] // 4)
        return side // 8 * 8 if side >= 8 else side

    @property
    def corner(self) -> tuple[int, int]:
        """(x, y) of the strip's top left."""
        return (self.size[0] - COLUMNS * self.square) // 2, self.size[1] // 2 - self.square

    def centres(self) -> NDArray[np.float64]:
        """(2, COLUMNS, 2) centres of the squares as (x, y) in pixels from the picture's top left corner."""
        rows, columns = np.mgrid[:2, :COLUMNS] + 0.5
        return np.stack((columns, rows), -1) * self.square + self.corner

    def draw(self, picture: Pixels, number: int) -> None:
        (x, y), side = self.corner, self.square
        margin = side // 2
        picture[max(0, y - margin) : y + 2 * side + margin, max(0, x - margin) : x + COLUMNS * side + margin] = _GREY
        upper = np.array(code(number))
        squares = np.stack((upper, ~upper)).astype(np.uint8) * 255  # (2, COLUMNS)
        strip = squares.repeat(side, 0).repeat(side, 1)[..., None]
        picture[y : y + 2 * side, x : x + COLUMNS * side] = strip


def read_code(picture: Pixels, centres: NDArray[np.float64]) -> int | None:
    """The number that `picture` (H, W, 3) shows in squares with these centres, (2, COLUMNS, 2) pixels; None if two
    squares of a bit are too similar, if the parity is wrong, or if a square is outside.

    A square is judged by the mean luma of its inner half, of 13x13 pixels at most.
    """
    height, width = picture.shape[:2]
    radius = min(6, int(abs(centres[0, 1, 0] - centres[0, 0, 0]) / 4))
    x, y = np.floor(centres[..., 0]).astype(int), np.floor(centres[..., 1]).astype(int)
    if x.min() < radius or y.min() < radius or x.max() >= width - radius or y.max() >= height - radius:
        return None
    around = np.arange(-radius, radius + 1)
    seen = picture[y[..., None, None] + around[:, None], x[..., None, None] + around]  # (2, COLUMNS, k, k, 3)
    luma = (seen.astype(np.float32) @ _LUMA).mean((-1, -2))
    brighter = luma[0] - luma[1]
    if np.abs(brighter).min() < _CONTRAST:
        return None
    return number_of(tuple(bool(bit) for bit in brighter > 0))


class TimeCodedSource(WrappedSource):
    """Another source's pairs with their number drawn into both pictures. It remembers the grab time of each.

    Head poses are left out, so that the head stands still and the strip keeps its place before the eyes.
    """

    def __init__(self, source: StereoSource) -> None:
        super().__init__(source)
        self.name = f"{source.name} with a time code"
        self.time_code = TimeCode(source.size)
        self._grabbed: dict[int, tuple[int, int]] = {}

    def read(self, timeout_s: float) -> StereoFrame:
        frame = self._source.read(timeout_s)
        self._grabbed[frame.seq % NUMBERS] = frame.seq, frame.t_ns  # replaced when the numbers come round
        left, right = (self._marked(picture, frame.seq) for picture in (frame.left, frame.right))
        return replace(frame, left=left, right=right, head_pose=None)

    def grabbed(self, number: int) -> tuple[int, int] | None:
        """(seq, t_ns) of the newest pair that carries `number`; None if there was none. From any thread."""
        return self._grabbed.get(number)

    def _marked(self, picture: Pixels, number: int) -> Pixels:
        marked = picture.copy()
        self.time_code.draw(marked, number)
        marked.flags.writeable = False
        return marked
