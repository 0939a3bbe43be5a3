"""Pictures drawn by the GPU, and read back."""

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.app.compositor.gl import GL
from allaprima.app.compositor.texture import Texture
from allaprima.app.core.errors import GraphicsError
from allaprima.app.core.frame import Pixels


class Framebuffer:
    """An RGBA8 colour texture to draw into, without depth. As in GL, (0, 0) is the bottom left in `texture`."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.texture = Texture(width, height, channels=4)
        self.handle: int = GL.glGenFramebuffers(1)
        self._raw = np.empty((height, width, 4), np.uint8)  # from GL, bottom row first
        self._rgb = np.empty((height, width, 3), np.uint8)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.handle)
        GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, self.texture.handle, 0)
        if GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) != GL.GL_FRAMEBUFFER_COMPLETE:
            raise GraphicsError(f"the driver has no framebuffer of {width}x{height}", "ask for a smaller size")
        blacken()

    def bind(self) -> None:
        draw_into(self.handle, self.size)

    def read(self, out: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """(H, W, 4) uint8 RGBA, row 0 at the top: into `out` if given, else a fresh array. Waits for the GPU."""
        self._check(out, 4)
        return cv2.flip(self._read_raw(), 0, dst=out)  # type: ignore[return-value]

    def read_rgb(self, out: Pixels | None = None) -> Pixels:
        """(H, W, 3) uint8 RGB, row 0 at the top: into `out` if given, else a fresh array. Waits for the GPU."""
        self._check(out, 3)
        cv2.cvtColor(self._read_raw(), cv2.COLOR_RGBA2RGB, dst=self._rgb)
        return cv2.flip(self._rgb, 0, dst=out)  # type: ignore[return-value]

    def close(self) -> None:
        if self.handle:
            GL.glDeleteFramebuffers(1, [self.handle])
            self.handle = 0
        self.texture.close()

    def _check(self, out: NDArray[np.uint8] | None, channels: int) -> None:
        wanted = (self.size[1], self.size[0], channels)
        if out is not None and (out.shape != wanted or out.dtype != np.uint8):  # OpenCV would fill another array
            raise ValueError(f"a framebuffer of {wanted} uint8 cannot be read into {out.shape} {out.dtype}")

    def _read_raw(self) -> NDArray[np.uint8]:
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self.handle)
        GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 4)
        GL.glReadPixels(0, 0, *self.size, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, self._raw)
        return self._raw


def draw_into(framebuffer: int, size: tuple[int, int]) -> None:
    """Draw into the whole of a GL framebuffer of `size` (width, height) pixels; 0 is the window's."""
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
    GL.glViewport(0, 0, *size)


def blacken() -> None:
    """Make all black that would be drawn into."""
    GL.glClearColor(0.0, 0.0, 0.0, 1.0)
    GL.glClear(GL.GL_COLOR_BUFFER_BIT)
