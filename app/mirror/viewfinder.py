"""What the cameras see, in a window, while nothing is painted."""

from allaprima.app.compositor.texture import Texture
from allaprima.app.core.commands import Call
from allaprima.app.core.frame import StereoFrame
from allaprima.app.mirror.mirror import Layout, Mirror, next_layout
from allaprima.app.mirror.window import MirrorWindow


class Viewfinder:
    """Shows pairs of `size` (width, height) each, in the window's own thread; `m` and `M` change the layout."""

    def __init__(self, title: str, size: tuple[int, int], layout: Layout) -> None:
        """Raises `GraphicsError`."""
        self._size, self._layout = size, layout
        self._window = MirrorWindow(title, (1280, 720))
        try:
            self._mirror = Mirror()
            self._eyes = Texture(*size), Texture(*size)
        except BaseException:
            self._window.close()
            raise

    def show(self, frame: StereoFrame) -> None:
        for texture, pixels in zip(self._eyes, (frame.left, frame.right), strict=True):
            texture.upload(pixels[::-1])  # the mirror draws what GL drew, bottom row first
        handles = self._eyes[0].handle, self._eyes[1].handle
        self._mirror.draw(0, self._window.framebuffer_size, self._layout, handles, self._size)
        self._window.swap()

    def poll(self) -> list[Call]:
        """Keys since the last call that are not the viewfinder's own."""
        calls = []
        for call in self._window.poll_with_fullscreen():
            if call.name in ("layout", "previous-layout"):
                self._layout = next_layout(self._layout, -1 if call.name == "previous-layout" else 1)
            else:
                calls.append(call)
        return calls

    def close(self) -> None:
        for thing in (self._mirror, *self._eyes):
            thing.close()
        self._window.close()
