"""Copies painted pairs from CUDA's memory to OpenGL's, on the GPU. The only importer of `cuda`.

A pair is copied into a shared pixel buffer, and GL fills the textures from there: two copies in the GPU's memory
instead of two over its bus and a wait between them. The calls are those of CUDA's runtime ("OpenGL Interoperability"),
which support GLX, WGL and EGL contexts; the context must be the calling thread's.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from allaprima.app.compositor.context import draws_in_software
from allaprima.app.compositor.pixel_buffer import PixelBuffer
from allaprima.app.compositor.texture import Texture
from allaprima.app.compositor.texture_upload import HostUpload, fitting
from allaprima.app.core.errors import GraphicsError
from allaprima.app.core.frame import DevicePair, Painted
from allaprima.app.core.shell import install

DEVICE = 0
"""CUDA's number of the GPU that torch paints on. CUDA_VISIBLE_DEVICES chooses which one that is."""
_MOST_DEVICES = 16


def cuda_runtime(graphics: str) -> Any:
    """CUDA's runtime API, `cuda.bindings.runtime`, if the painting GPU also draws the current GL context.

    `graphics` is that context's `GraphicsContext.description`. Raises `GraphicsError` with the reason if it does not.
    """
    if draws_in_software(graphics):
        raise GraphicsError(f"OpenGL draws on the processor ({graphics})", "install the GPU's OpenGL driver")
    try:
        from cuda.bindings import runtime
    except ImportError as error:
        raise GraphicsError(f"cuda-bindings cannot be imported ({error})", install("cuda")) from error
    check_devices(runtime, graphics)
    return runtime


def check_devices(runtime: Any, graphics: str) -> None:
    """Make `DEVICE` the calling thread's. Raises `GraphicsError` if it does not draw the GL context."""
    _, devices = _call(runtime, "cudaGLGetDevices", _MOST_DEVICES, runtime.cudaGLDeviceList.cudaGLDeviceListAll)
    if DEVICE not in devices:
        raise GraphicsError(
            f"OpenGL draws on another GPU ({graphics}) than the one that paints", "choose one: CUDA_VISIBLE_DEVICES=N"
        )
    _call(runtime, "cudaSetDevice", DEVICE)


class CudaUpload:
    """A `TextureUpload`. After an error of CUDA, it uploads from the processor's memory; it calls `tell` once."""

    def __init__(self, runtime: Any, tell: Callable[[str], object]) -> None:
        self.interop, self.reason = "cuda", ""
        self._cuda, self._tell, self._host = runtime, tell, HostUpload()
        self._buffer: PixelBuffer | None = None
        self._resource: Any = None

    def upload(self, textures: list[Texture], pair: Painted) -> list[Texture]:
        if self.interop == "cuda" and not isinstance(pair, np.ndarray):
            try:
                return self._copied(textures, pair)
            except GraphicsError as error:
                self.close()
                self.interop, self.reason = "none", error.message
                self._tell(f"painted pairs take the way through the processor's memory: {error.message}")
        return self._host.upload(textures, pair)

    def close(self) -> None:
        """Unregister and free the buffer. Idempotent; the GL context must still be there."""
        if self._resource is not None:
            resource, self._resource = self._resource, None
            self._cuda.cudaGraphicsUnregisterResource(resource)  # a failure cannot be handled
        if self._buffer:
            self._buffer.close()
            self._buffer = None

    def _copied(self, textures: list[Texture], pair: DevicePair) -> list[Texture]:
        eyes, height, width, _ = pair.shape
        size = eyes * height * width * 4
        buffer = self._registered(size)
        self._do("cudaGraphicsMapResources", 1, self._resource, pair.queue)
        try:
            address, _ = self._do("cudaGraphicsResourceGetMappedPointer", self._resource)
            self._do("cudaStreamWaitEvent", pair.queue, pair.ready, 0)
            way = self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToDevice
            self._do("cudaMemcpyAsync", address, pair.address, size, way, pair.queue)
        finally:
            self._do("cudaGraphicsUnmapResources", 1, self._resource, pair.queue)  # GL waits for the copy from here on
        textures = fitting(textures, (width, height), 4)
        for eye, texture in enumerate(textures):
            buffer.fill(texture, eye * size // eyes)
        return textures

    def _registered(self, size: int) -> PixelBuffer:
        """The buffer, of `size` bytes, and known to CUDA."""
        if self._buffer is None or self._buffer.size != size:
            self.close()
            self._buffer = PixelBuffer(size)
            discard = self._cuda.cudaGraphicsRegisterFlags.cudaGraphicsRegisterFlagsWriteDiscard.value
            (self._resource,) = self._do("cudaGraphicsGLRegisterBuffer", self._buffer.handle, discard)
        return self._buffer

    def _do(self, name: str, *arguments: Any) -> tuple[Any, ...]:
        return _call(self._cuda, name, *arguments)


def _call(runtime: Any, name: str, *arguments: Any) -> tuple[Any, ...]:
    """The function's results after its error code. Raises `GraphicsError` if the code is an error."""
    error, *results = getattr(runtime, name)(*arguments)
    if error.value:
        _, text = runtime.cudaGetErrorString(error)
        raise GraphicsError(f"{name}: {text.decode(errors='replace')}")
    return tuple(results)
