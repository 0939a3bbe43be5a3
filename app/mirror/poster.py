"""A window with one picture, as large as it fits, and a text for the operator below it."""

from collections.abc import Sequence

import cv2
import numpy as np

from allaprima.app.compositor.framebuffer import Framebuffer, blacken
from allaprima.app.compositor.gl import GL
from allaprima.app.compositor.lettering import letter_panel
from allaprima.app.core.commands import Call
from allaprima.app.core.frame import Pixels
from allaprima.app.mirror.mirror import letterbox
from allaprima.app.mirror.window import MirrorWindow

_ASPECT = 16 / 9  # of picture and words together: most screens have it


class Poster:
    """Shows pictures of `size` (width, height), wider than 16:9, in the window's own thread."""

    def __init__(self, title: str, size: tuple[int, int]) -> None:
        """Raises `GraphicsError`."""
        self._height = size[1]
        self._canvas = np.full((round(size[0] / _ASPECT), size[0], 4), (0, 0, 0, 255), np.uint8)
        self._words: tuple[str, ...] = ()
        self._window = MirrorWindow(title, (1280, 720))
        try:
            self._target = Framebuffer(size[0], len(self._canvas))
        except BaseException:
            self._window.close()
            raise

    @property
    def refresh_hz(self) -> float | None:
        return self._window.refresh_hz

    def say(self, title: str, lines: Sequence[str]) -> None:
        if self._words == (title, *lines):
            return
        self._words = (title, *lines)
        panel = letter_panel(title, lines, title_px=40, opacity=0.0)
        room = self._canvas[self._height :, :, :3]
        scale = min(room.shape[1] / panel.shape[1], room.shape[0] / panel.shape[0])
        size = int(panel.shape[1] * scale), int(panel.shape[0] * scale)
        x, y = (room.shape[1] - size[0]) // 2, (room.shape[0] - size[1]) // 2
        room[:] = 0
        room[y : y + size[1], x : x + size[0]] = cv2.resize(panel, size, interpolation=cv2.INTER_AREA)[..., :3]

    def draw(self, picture: Pixels) -> None:
        """Prepare `picture` for `show`, and return when it is ready.

        It is copied, not drawn: with software GL, drawing takes five times as long and misses the time.
        """
        self._canvas[: self._height, :, :3] = picture
        self._target.texture.upload(self._canvas)
        size = self._window.framebuffer_size
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._target.handle)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, 0)
        blacken()
        x, y, width, height = (round(side) for side in letterbox(self._target.size, size))
        if width > 0 and height > 0:  # not minimised; row 0 is the top here, and the bottom in the window
            place = (x, y + height, x + width, y)
            GL.glBlitFramebuffer(0, 0, *self._target.size, *place, GL.GL_COLOR_BUFFER_BIT, GL.GL_LINEAR)
        GL.glFinish()

    def swap(self) -> None:
        self._window.swap()

    def poll(self) -> list[Call]:
        """Keys since the last call; `f`, full screen, is done already."""
        return self._window.poll_with_fullscreen()

    def close(self) -> None:
        self._target.close()
        self._window.close()
