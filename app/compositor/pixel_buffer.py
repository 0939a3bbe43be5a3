"""Memory of GL's from which textures are filled."""

import ctypes

from allaprima.app.compositor.gl import GL
from allaprima.app.compositor.texture import Texture


class PixelBuffer:
    """A pixel-unpack buffer of `size` bytes. Whoever knows its `handle`, CUDA for one, can write to it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.handle = int(GL.glGenBuffers(1))
        GL.glBindBuffer(GL.GL_PIXEL_UNPACK_BUFFER, self.handle)
        GL.glBufferData(GL.GL_PIXEL_UNPACK_BUFFER, size, None, GL.GL_STREAM_DRAW)
        GL.glBindBuffer(GL.GL_PIXEL_UNPACK_BUFFER, 0)

    def fill(self, texture: Texture, offset: int) -> None:
        """Replace the whole picture of `texture` by what lies from byte `offset` on, row 0 at the top."""
        GL.glBindBuffer(GL.GL_PIXEL_UNPACK_BUFFER, self.handle)
        texture.replace(ctypes.c_void_p(offset))
        GL.glBindBuffer(GL.GL_PIXEL_UNPACK_BUFFER, 0)  # else uploads from the processor would be taken for offsets

    def close(self) -> None:
        if self.handle:
            GL.glDeleteBuffers(1, [self.handle])
            self.handle = 0
