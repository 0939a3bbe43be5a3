"""The runtime's own textures for one eye."""

from typing import Any

from allaprima.app.compositor.framebuffer import Framebuffer
from allaprima.app.compositor.gl import GL
from allaprima.app.core.clock import NS
from allaprima.app.core.errors import HeadsetLost, HeadsetUnavailable
from allaprima.app.headset.openxr.library import RUNTIME_HINT, opening, using, xr

_SRGB8_ALPHA8 = 0x8C43
_WAIT_NS = 2 * NS


class EyeSwapchain:
    """sRGB textures that pictures are copied into byte by byte: ours are sRGB already, so FRAMEBUFFER_SRGB stays off.

    `size` (width, height) in pixels. Raises `HeadsetUnavailable`.
    """

    def __init__(self, session: Any, size: tuple[int, int]) -> None:
        self.size = size
        with opening("xrEnumerateSwapchainFormats"):
            if _SRGB8_ALPHA8 not in list(xr.enumerate_swapchain_formats(session)):
                raise HeadsetUnavailable("the OpenXR runtime offers no sRGB textures", RUNTIME_HINT)
        with opening("xrCreateSwapchain"):
            self.handle = xr.create_swapchain(
                session,
                xr.SwapchainCreateInfo(
                    usage_flags=xr.SwapchainUsageFlags.COLOR_ATTACHMENT_BIT | xr.SwapchainUsageFlags.SAMPLED_BIT,
                    format=_SRGB8_ALPHA8,
                    sample_count=1,
                    width=size[0],
                    height=size[1],
                    face_count=1,
                    array_size=1,
                    mip_count=1,
                ),
            )
            images = xr.enumerate_swapchain_images(self.handle, xr.SwapchainImageOpenGLKHR)
        self._framebuffers = [_framebuffer(image.image) for image in images]

    def fill(self, picture: Framebuffer) -> None:
        """Copy `picture`, of the same size, to be shown next. Raises `HeadsetLost`."""
        with using("xrAcquireSwapchainImage"):
            index = xr.acquire_swapchain_image(self.handle, xr.SwapchainImageAcquireInfo())
        with using("xrWaitSwapchainImage"):
            try:
                xr.wait_swapchain_image(self.handle, xr.SwapchainImageWaitInfo(timeout=_WAIT_NS))
            except xr.exception.TimeoutExpired as error:
                raise HeadsetLost("the OpenXR runtime does not give its textures back", RUNTIME_HINT) from error
        width, height = self.size
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, picture.handle)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, self._framebuffers[index])
        GL.glBlitFramebuffer(
            0, 0, width, height, 0, 0, width, height, GL.GL_COLOR_BUFFER_BIT, GL.GL_NEAREST
        )  # fmt: skip
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, 0)
        with using("xrReleaseSwapchainImage"):
            xr.release_swapchain_image(self.handle, xr.SwapchainImageReleaseInfo())

    def sub_image(self) -> Any:
        """The whole picture, as a part of a layer."""
        extent = xr.Extent2Di(*self.size)
        return xr.SwapchainSubImage(self.handle, xr.Rect2Di(xr.Offset2Di(0, 0), extent), 0)

    def close(self) -> None:
        """Free our objects; the session frees the textures."""
        if self._framebuffers:
            GL.glDeleteFramebuffers(len(self._framebuffers), self._framebuffers)
            self._framebuffers = []


def _framebuffer(texture: int) -> int:
    handle: int = GL.glGenFramebuffers(1)
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, handle)
    GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, texture, 0)
    complete = GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) == GL.GL_FRAMEBUFFER_COMPLETE
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, 0)
    if not complete:
        raise HeadsetUnavailable("the driver cannot draw into the OpenXR runtime's textures", RUNTIME_HINT)
    return handle
