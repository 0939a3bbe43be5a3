"""Pictures on the GPU.

**The flip convention.** A picture's row 0 is its top (core/frame.py). GL calls the first row of an upload v = 0. So in
a `Texture`, (u, v) = (0, 0) is the picture's *top* left: an upload flips nothing. A `Framebuffer` is drawn by GL, whose
y points up, so in *its* texture (0, 0) is the *bottom* left. Code that draws a texture says which of the two it is
(uniform `flip` of rectangle.vert); code that reads a framebuffer gets row 0 at the top, because `Framebuffer.read`
flips it.

Colours stay gamma-encoded from camera to display: no sRGB formats, no GL_FRAMEBUFFER_SRGB.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from allaprima.app.compositor.gl import GL
from allaprima.app.core.errors import GraphicsError

_COLOURS: dict[int, tuple[str, str, str, Any]] = {
    3: ("GL_RGB8", "GL_RGB", "GL_UNSIGNED_BYTE", np.uint8),
    4: ("GL_RGBA8", "GL_RGBA", "GL_UNSIGNED_BYTE", np.uint8),
}
_NUMBERS: dict[int, tuple[str, str, str, Any]] = {
    2: ("GL_RG32F", "GL_RG", "GL_FLOAT", np.float32),
    4: ("GL_RGBA32F", "GL_RGBA", "GL_FLOAT", np.float32),
}


class Texture:
    """A 2-D texture of 8 bits a channel, linear filtering, clamped at its edges; v = 0 is the picture's top.

    `channels` is 3 (RGB) or 4 (RGBA); with `numbers`, they are float32 and not colours, 2 or 4 of them. Storage is
    allocated once, with mipmaps if requested. Raises `GraphicsError` for a size that the driver cannot allocate.
    """

    def __init__(
        self, width: int, height: int, channels: int = 3, *, mipmaps: bool = False, numbers: bool = False
    ) -> None:
        internal, external, number, self._dtype = (_NUMBERS if numbers else _COLOURS)[channels]
        most = int(GL.glGetIntegerv(GL.GL_MAX_TEXTURE_SIZE))
        if not (0 < width <= most and 0 < height <= most):
            raise GraphicsError(f"no texture can have {width}x{height} pixels", f"use sizes from 1 to {most}")
        self.size = (width, height)
        self.channels = channels
        self._mipmaps = mipmaps
        self._format, self._number = getattr(GL, external), getattr(GL, number)
        self.handle: int = GL.glGenTextures(1)
        self.bind()
        levels = max(width, height).bit_length() if mipmaps else 1
        for level in range(levels):  # glTexStorage2D is 4.2; macOS stops at 4.1
            size = (max(1, width >> level), max(1, height >> level))
            GL.glTexImage2D(GL.GL_TEXTURE_2D, level, getattr(GL, internal), *size, 0, self._format, self._number, None)
        minify = GL.GL_LINEAR_MIPMAP_LINEAR if mipmaps else GL.GL_LINEAR
        for parameter, value in (
            (GL.GL_TEXTURE_MAX_LEVEL, levels - 1),
            (GL.GL_TEXTURE_MIN_FILTER, minify),
            (GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR),
            (GL.GL_TEXTURE_WRAP_S, GL.GL_CLAMP_TO_EDGE),
            (GL.GL_TEXTURE_WRAP_T, GL.GL_CLAMP_TO_EDGE),
        ):
            GL.glTexParameteri(GL.GL_TEXTURE_2D, parameter, value)

    def bind(self, unit: int = 0) -> None:
        GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self.handle)

    def upload(self, pixels: NDArray[np.uint8] | NDArray[np.float32]) -> None:
        """Replace the whole picture by `pixels` (H, W, channels), row 0 at the top.

        Raises `ValueError` when shape or type is not the texture's.
        """
        width, height = self.size
        if pixels.shape != (height, width, self.channels) or pixels.dtype != self._dtype:
            wanted = (height, width, self.channels)
            raise ValueError(f"a texture of {wanted} {self._dtype.__name__} was given {pixels.shape} {pixels.dtype}")
        self.replace(np.ascontiguousarray(pixels))

    def replace(self, pixels: Any) -> None:
        """Like `upload`, unchecked, from an address for GL, such as an offset in a `PixelBuffer`."""
        self.bind()
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)  # rows of RGB are rarely a multiple of 4 bytes
        GL.glTexSubImage2D(GL.GL_TEXTURE_2D, 0, 0, 0, *self.size, self._format, self._number, pixels)
        if self._mipmaps:
            GL.glGenerateMipmap(GL.GL_TEXTURE_2D)

    def close(self) -> None:
        if self.handle:
            GL.glDeleteTextures(1, [self.handle])
            self.handle = 0
