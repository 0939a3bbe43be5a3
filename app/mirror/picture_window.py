"""One picture in a window, as large as the window is."""

from allaprima.app.compositor.framebuffer import blacken, draw_into
from allaprima.app.compositor.gl import GL
from allaprima.app.compositor.program import Program
from allaprima.app.compositor.texture import Texture
from allaprima.app.core.commands import Call
from allaprima.app.core.frame import Pixels
from allaprima.app.mirror.mirror import letterbox
from allaprima.app.mirror.window import MirrorWindow

_LARGEST = 1920  # pixels across: beyond that drawing costs more than it shows


class PictureWindow:
    """Shows pictures that are drawn for `size`. In one thread, as `MirrorWindow` is."""

    def __init__(self, title: str, size: tuple[int, int]) -> None:
        """Raises `GraphicsError`."""
        self._window = MirrorWindow(title, size)
        self._texture: Texture | None = None
        try:
            self._program = Program("rectangle.vert", "picture.frag")
        except BaseException:
            self._window.close()
            raise

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels to draw the next picture in; (0, 0) while there is nothing to see."""
        width, height = self._window.framebuffer_size
        scale = min(1.0, _LARGEST / max(width, 1))
        return round(width * scale), round(height * scale)

    def show(self, picture: Pixels) -> None:
        """Show it now, with black bars where the window has another shape."""
        size = picture.shape[1], picture.shape[0]
        if self._texture is None or self._texture.size != size:
            if self._texture:
                self._texture.close()
            self._texture = Texture(*size)
        self._texture.upload(picture)
        draw_into(0, self._window.framebuffer_size)
        blacken()
        GL.glViewport(*map(round, letterbox(size, self._window.framebuffer_size)))
        self._program.use()
        self._program.set_floats("rectangle", -1, -1, 1, 1)
        self._program.set_floats("flip", 1)
        self._program.set_int("picture", 0)
        self._program.draw()
        self._window.swap()

    def poll(self) -> list[Call]:
        """Keys since the last call; `f`, full screen, is done already."""
        return self._window.poll_with_fullscreen()

    def close(self) -> None:
        self._program.close()
        if self._texture:
            self._texture.close()
        self._window.close()
