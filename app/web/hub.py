"""The pages' side of the link: the newest picture of each view, encoded once, and who waits for one."""

import asyncio
from collections import Counter
from dataclasses import dataclass

import cv2
import numpy as np

from allaprima.app.core.clock import NS, Clock
from allaprima.app.core.frame import Pixels
from allaprima.app.web.kept import Kept
from allaprima.app.web.link import VIEWS, Link, State, View

WIDTHS = (320, 480, 640, 1280)
"""Widths in pixels in which pictures are sent; few, so that viewers share them."""
_QUALITY, _KEPT_QUALITY = 82, 92
_STALE_NS = 3 * NS // 10  # a viewer who comes after a pause waits for the next picture instead


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as JPEG. Later ones have a larger `seq`."""

    seq: int
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class _Newest:
    seq: int
    t_ns: int
    pixels: Pixels


class Hub:
    """Lives in the pages' thread, and all its methods are called there."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self.state = State()
        self.encoded = 0
        """Pictures encoded so far."""
        self.kept = Kept(clock)
        self._link, self._clock = link, clock
        self._seq = 0
        self._newest: dict[View, _Newest] = {}
        self._pictures: dict[tuple[View, int], Picture] = {}
        self._waiting: Counter[View] = Counter()
        self._news = asyncio.Event()

    def refresh(self) -> None:
        """Take what the session has handed over, and wake all who wait for it."""
        if (views := self._link.views.take()) is not None:
            self._seq += 1
            now = self._clock.now_ns()
            self._newest |= {view: _Newest(self._seq, now, pixels) for view, pixels in views.items()}
        if (state := self._link.state.take()) is not None:
            self.state = state
        self.kept.sweep()
        while not self._link.kept.empty():
            name, kept = self._link.kept.get_nowait()
            self.kept.put(name, {view: jpeg_of(pixels, quality=_KEPT_QUALITY) for view, pixels in kept.items()})
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def changed(self) -> None:
        """Wait for the next `refresh`."""
        await self._news.wait()

    async def picture(self, view: View, width: int, after: int = 0) -> Picture:
        """The newest picture of `view` that is newer than number `after`, as soon as there is one: `width` pixels wide
        or, if the eyes have fewer, as wide as they are.
        """
        self._count(view, 1)
        try:
            while (newest := self._newest.get(view)) is None or newest.seq <= after or self._stale(newest):
                await self.changed()
        finally:
            self._count(view, -1)
        return self._encode(newest, view, width)

    def _stale(self, newest: _Newest) -> bool:
        return self._clock.now_ns() - newest.t_ns > _STALE_NS

    def _count(self, view: View, by: int) -> None:
        """Tell the session which views somebody waits for."""
        self._waiting[view] += by
        self._link.wanted = frozenset(view for view in VIEWS if self._waiting[view])

    def _encode(self, newest: _Newest, view: View, width: int) -> Picture:
        kept = self._pictures.get((view, width))
        if kept and kept.seq == newest.seq:
            return kept
        picture = Picture(newest.seq, jpeg_of(newest.pixels, width))
        self._pictures[view, width] = picture
        self.encoded += 1
        return picture


def jpeg_of(pixels: Pixels, width: int | None = None, quality: int = _QUALITY) -> bytes:
    """(H, W, 3) RGB as JPEG, made `width` pixels wide if it is wider."""
    height, whole = pixels.shape[:2]
    if width and width < whole:
        pixels = cv2.resize(pixels, (width, max(1, round(height * width / whole))), interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"no JPEG of {pixels.shape}")
    return np.asarray(data).tobytes()


def width_for(asked: float) -> int:
    """The smallest of `WIDTHS` that has `asked` pixels, or the largest one."""
    return next((width for width in WIDTHS if width >= asked), WIDTHS[-1])
