"""The picture for the person who moves the calibration board: both cameras, the board in them, and the progress."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.compositor.lettering import load_font, text_width
from allaprima.app.core.clock import NS
from allaprima.app.core.frame import Pixels, StereoFrame
from allaprima.app.guided.prompt import Mood, Prompt, prompt
from allaprima.calibration.board import Board, Sighting
from allaprima.calibration.capture import ENOUGH_TILTED, Look, Place, ViewQuality

Colour = tuple[int, int, int]
"""RGB."""

_WALL: Colour = (16, 15, 14)
_FRAME: Colour = (58, 54, 50)
_BRIGHT: Colour = (250, 242, 230)
_QUIET: Colour = (172, 163, 152)
_AMBER: Colour = (250, 190, 60)
_GREEN: Colour = (126, 211, 96)
_RED: Colour = (240, 98, 68)
_MOODS: dict[Mood, Colour] = {"calm": _BRIGHT, "busy": _AMBER, "good": _GREEN, "bad": _RED}

_DRAWN_FOR = 1280, 720  # every length below is in pixels of a window of this size
_EDGE, _GAP = 28, 20
_HEADER, _FOOTER = 138, 122
_CELLS = 16  # of the coverage, across
_SHIFT = 3  # bits of a pixel's fraction, for OpenCV
_STALE_NS = NS // 4  # corners of a pair that is older by this would be drawn beside the board
_FLASH_NS, _TAKEN_NS = NS * 2 // 5, NS * 6 // 5


class CapturePicture:
    """Draws the views of `board` as they are collected, until there are `wanted`."""

    def __init__(self, board: Board, wanted: int) -> None:
        load_font()
        self.mirrored = True
        """True shows the pictures as in a mirror; False as the cameras see them."""
        self._board, self._wanted = board, wanted
        self._count: int | None = None
        self._taken_ns: int | None = None  # time of the newest view
        self._masks: tuple[object, list[NDArray[np.uint8]]] | None = None
        self._wall = np.empty((0, 0, 3), np.uint8)

    def draw(self, frame: StereoFrame, look: Look, size: tuple[int, int], now_ns: int, trouble: str = "") -> Pixels:
        """(H, W, 3) RGB of `size` (width, height): the newest pair, its board, and the progress so far.

        `look` may be of a pair a little older than `frame`. `trouble` is the cameras' fault.
        """
        if self._count is not None and look.progress.count > self._count:
            self._taken_ns = now_ns
        self._count = look.progress.count
        age_ns = _TAKEN_NS if self._taken_ns is None else now_ns - self._taken_ns
        said = self._prompt(look, age_ns)
        if self._wall.shape[1::-1] != size:
            self._wall = np.full((size[1], size[0], 3), _WALL, np.uint8)
        canvas = self._wall.copy()
        unit = min(size[0] / _DRAWN_FOR[0], size[1] / _DRAWN_FOR[1])
        self._header(canvas, unit, said)
        flash = 0.65 * max(0.0, 1 - age_ns / _FLASH_NS)
        sightings = look.left, look.right
        fresh = abs(frame.t_ns - look.t_ns) <= _STALE_NS
        for eye, (x, y, width, height) in enumerate(_places(frame.size, size, unit)):
            picture = self._eye(frame, look, eye, (width, height))
            if fresh and (sighting := sightings[eye]):
                self._corners(picture, sighting, width / frame.size[0], unit, _MOODS[said.mood])
            if flash:
                picture = _tinted(picture, (255, 255, 255), flash)
            canvas[y : y + height, x : x + width] = picture
            colour = _FRAME if said.mood == "calm" else _MOODS[said.mood]
            line = max(1, round(3 * unit))
            cv2.rectangle(canvas, (x - line, y - line), (x + width + line - 1, y + height + line - 1), colour, line)
            _label(canvas, (x, y), unit, ("left camera", "right camera")[eye], sightings[eye] is not None)
            if 0 < look.progress.count < self._wanted and look.progress.wanted and not flash:
                row, column = look.progress.wanted
                place = row, 2 - column if self.mirrored else column
                _target(canvas[y : y + height, x : x + width], place, unit)
        self._footer(canvas, unit, look, trouble)
        return canvas

    def _prompt(self, look: Look, age_ns: int) -> Prompt:
        """Keep the message of a taken view for a second."""
        if age_ns < _TAKEN_NS and look.verdict in (ViewQuality.TAKEN, ViewQuality.KNOWN):
            look = replace(look, verdict=ViewQuality.TAKEN)
        return prompt(look, self._board, self._wanted, self.mirrored)

    def _header(self, canvas: Pixels, unit: float, said: Prompt) -> None:
        middle = canvas.shape[1] / 2
        _write(canvas, said.headline, (middle, 76 * unit), 58 * unit, _MOODS[said.mood], 650, align=0.5)
        _write(canvas, said.line, (middle, 116 * unit), 25 * unit, _QUIET, align=0.5)

    def _eye(self, frame: StereoFrame, look: Look, eye: int, size: tuple[int, int]) -> Pixels:
        """One camera's picture, green where boards were."""
        pixels = (frame.left, frame.right)[eye]
        small = size[0] < 0.6 * pixels.shape[1]  # otherwise area interpolation looks the same and is slower
        picture = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if small else cv2.INTER_LINEAR)
        if self.mirrored:
            picture = cv2.flip(picture, 1)
        return cv2.copyTo(_tinted(picture, _GREEN, 0.32), self._covered(look, size)[eye], picture)  # type: ignore[return-value]

    def _corners(self, picture: Pixels, sighting: Sighting, scale: float, unit: float, colour: Colour) -> None:
        """Every corner a dot; of a whole chessboard, its rows too."""
        corners = (sighting.pixels + 0.5) * scale - 0.5
        if self.mirrored:
            corners = np.array((picture.shape[1] - 1.0, 0.0)) + corners * (-1.0, 1.0)
        if len(corners) == len(self._board.points):
            for row in corners.reshape(-1, self._board.corners[0], 2):
                cv2.polylines(picture, [_fixed(row)], False, colour, max(1, round(1.5 * unit)), cv2.LINE_AA, _SHIFT)
        for x, y in _fixed(corners).tolist():
            for radius, fill in ((5.0, _WALL), (3.8, colour)):
                cv2.circle(picture, (x, y), round(radius * unit * (1 << _SHIFT)), fill, cv2.FILLED, cv2.LINE_AA, _SHIFT)

    def _covered(self, look: Look, size: tuple[int, int]) -> list[NDArray[np.uint8]]:
        """Of each picture, the cells that boards were on, 255; drawn anew when there are more of them."""
        key = (look.progress.count, size, self.mirrored)
        if self._masks is None or self._masks[0] != key:
            self._masks = key, [_cells(grid, size, self.mirrored) for grid in look.progress.maps]
        return self._masks[1]

    def _footer(self, canvas: Pixels, unit: float, look: Look, trouble: str) -> None:
        height, width = canvas.shape[:2]
        top = height - _FOOTER * unit + 34 * unit
        progress = look.progress
        room = width - 2 * _EDGE * unit - 2 * 40 * unit
        x = _EDGE * unit
        covered = min(progress.coverage)
        for share, text, done, total in (
            (0.5, f"{progress.count} of {self._wanted} views", progress.count, self._wanted),
            (0.27, f"{covered:.0%} covered", covered, 1),
            (0.23, f"{progress.tilted} of {ENOUGH_TILTED} tilted", progress.tilted, ENOUGH_TILTED),
        ):
            _write(canvas, text, (x, top), 22 * unit, _BRIGHT, 500)
            _meter(canvas, (x, top + 14 * unit, room * share, 10 * unit), done, total)
            x += room * share + 40 * unit
        bottom = height - 16 * unit
        other = "as the cameras see it" if self.mirrored else "as in a mirror"
        keys = f"m  {other}     f  full screen     esc  end"
        _write(canvas, keys, (width - _EDGE * unit, bottom), 17 * unit, _QUIET, align=1)
        now = trouble or ("as in a mirror" if self.mirrored else "as the cameras see it")
        _write(canvas, now, (_EDGE * unit, bottom), 17 * unit, _RED if trouble else _QUIET)


def _places(pair: tuple[int, int], size: tuple[int, int], unit: float) -> list[tuple[int, int, int, int]]:
    """(x, y, width, height) of the left and the right picture of `pair` (width, height)."""
    edge, gap, top = round(_EDGE * unit), round(_GAP * unit), round(_HEADER * unit)
    room = (size[0] - 2 * edge - gap) / 2, size[1] - top - round(_FOOTER * unit)
    scale = min(room[0] / pair[0], room[1] / pair[1])
    width, height = max(1, round(pair[0] * scale)), max(1, round(pair[1] * scale))
    y = top + max(0, round((room[1] - height) / 2))
    return [((size[0] - gap) // 2 - width, y, width, height), ((size[0] + gap) // 2, y, width, height)]


def _cells(grid: NDArray[np.int32], size: tuple[int, int], mirrored: bool) -> NDArray[np.uint8]:
    """(H, W) 255 where boards were, as cells with a line of the picture between them."""
    rows = max(1, round(_CELLS * size[1] / size[0]))
    seen = cv2.resize((grid > 0).astype(np.float32), (_CELLS, rows), interpolation=cv2.INTER_AREA) > 0.5
    mask = np.zeros((size[1], size[0]), np.uint8)
    for row, column in np.argwhere(seen[:, ::-1] if mirrored else seen):
        (x0, x1), (y0, y1) = (
            (at * side // count, (at + 1) * side // count)
            for at, side, count in ((column, size[0], _CELLS), (row, size[1], rows))
        )
        mask[y0 + 1 : y1 - 1, x0 + 1 : x1 - 1] = 255
    return mask


def _tinted(picture: Pixels, colour: Colour, share: float) -> Pixels:
    return cv2.add(  # type: ignore[return-value]
        cv2.convertScaleAbs(picture, alpha=1 - share), (*(share * part for part in colour), 0)
    )


def _target(picture: Pixels, place: Place, unit: float) -> None:
    """Four brackets about the ninth of the picture where the board should go."""
    height, width = picture.shape[:2]
    row, column = place
    inset, arm, line = 10 * unit, 34 * unit, max(2, round(5 * unit))
    ends_x = (column * width / 3 + inset, (column + 1) * width / 3 - inset)
    ends_y = (row * height / 3 + inset, (row + 1) * height / 3 - inset)
    for colour, thick in ((_WALL, line + 2), (_AMBER, line)):
        for x, inward_x in zip(ends_x, (1, -1), strict=True):
            for y, inward_y in zip(ends_y, (1, -1), strict=True):
                path = _fixed(np.array(((x + inward_x * arm, y), (x, y), (x, y + inward_y * arm))))
                cv2.polylines(picture, [path], False, colour, thick, cv2.LINE_AA, _SHIFT)


def _label(canvas: Pixels, corner: tuple[int, int], unit: float, text: str, sees: bool) -> None:
    """Which camera it is, and a dot that is green while it sees the board, on dark glass in the picture's corner."""
    px = round(18 * unit)
    x, y = corner
    width, height = round(text_width(text, px, 500) + 46 * unit), round(34 * unit)
    glass = canvas[y : y + height, x : x + width]
    glass[:] = glass // 3 + np.array(_WALL, np.uint8) // 2
    middle = round(x + 20 * unit), round(y + height / 2)
    cv2.circle(canvas, middle, round(6 * unit), _GREEN if sees else _QUIET, cv2.FILLED if sees else 1, cv2.LINE_AA)
    _write(canvas, text, (x + 34 * unit, y + 23 * unit), px, _BRIGHT, 500)


def _meter(canvas: Pixels, place: tuple[float, float, float, float], done: float, total: float) -> None:
    """A bar with one part for each counted thing, if the parts are large enough to distinguish."""
    x, y, width, height = place
    parts = int(total) if 1 < total <= 40 else 1
    step = width / parts
    for part in range(parts):
        left, right = x + part * step, x + (part + 1) * step - (0.25 * height if parts > 1 else 0)
        cv2.rectangle(canvas, _at(left, y), _at(right, y + height), _FRAME, cv2.FILLED)
        full = min(1.0, max(0.0, done * parts / total - part))
        if full:
            cv2.rectangle(canvas, _at(left, y), _at(left + (right - left) * full, y + height), _GREEN, cv2.FILLED)


def _write(
    canvas: Pixels, text: str, at: tuple[float, float], px: float, colour: Colour, weight: int = 400, align: float = 0.0
) -> None:
    """`text` on the baseline `at` (x, y), its left end, its middle or its right end by `align` 0, 0.5, 1; smaller where
    it would be wider than the canvas.
    """
    height = max(8, round(px))
    room = canvas.shape[1] - 2 * px
    width = text_width(text, height, weight)
    if width > room:
        height = max(8, int(height * room / width))
        width = text_width(text, height, weight)
    place = round(at[0] - align * width), round(at[1])
    cv2.putText(canvas, text, place, colour, load_font(), height, weight)


def _at(x: float, y: float) -> tuple[int, int]:
    return round(x), round(y)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Pixels as OpenCV's drawing takes them with fractions."""
    return np.round(points * (1 << _SHIFT)).astype(np.int32)
