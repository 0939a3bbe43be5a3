"""A stand-in for CUDA's few functions that sharing a picture with OpenGL takes, over a real OpenGL."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np


class Code:
    def __init__(self, value: int) -> None:
        self.value = value


class StandInRuntime:
    """`cuda.bindings.runtime`, whose device is the processor: what is mapped is an array of its own, which goes into
    GL's buffer when it is unmapped. Writes down every call; the one named `fails` gives an error back.
    """

    class cudaGLDeviceList:  # noqa: N801
        cudaGLDeviceListAll = "all"  # noqa: N815

    class cudaMemcpyKind:  # noqa: N801
        cudaMemcpyDeviceToDevice = "device to device"  # noqa: N815

    class cudaGraphicsRegisterFlags:  # noqa: N801
        cudaGraphicsRegisterFlagsWriteDiscard = Code(2)  # noqa: N815

    def __init__(self, fails: str = "", devices: tuple[int, ...] = (0,)) -> None:
        self.calls: list[str] = []
        self.fails, self._devices = fails, list(devices)
        self._registered: dict[int, int] = {}
        self.mapped: np.ndarray | None = None

    def _answer(self, call: str, *results: Any) -> tuple[Any, ...]:
        self.calls.append(call)
        if self.fails and call.startswith(self.fails):
            return (Code(999), *(None for _ in results))
        return (Code(0), *results)

    def cudaGetErrorString(self, error: Code) -> tuple[Code, bytes]:  # noqa: N802
        return Code(0), b"unknown error" if error.value == 999 else b"?"

    def cudaGLGetDevices(self, most: int, which: str) -> tuple[Any, ...]:  # noqa: N802
        assert which == "all"
        return self._answer("devices", len(self._devices), self._devices)

    def cudaSetDevice(self, device: int) -> tuple[Any, ...]:  # noqa: N802
        return self._answer(f"set device {device}")

    def cudaGraphicsGLRegisterBuffer(self, buffer: int, flags: int) -> tuple[Any, ...]:  # noqa: N802
        assert flags == 2
        self._registered[1000 + buffer] = buffer
        return self._answer("register", 1000 + buffer)

    def cudaGraphicsUnregisterResource(self, resource: int) -> tuple[Any, ...]:  # noqa: N802
        assert self.mapped is None
        del self._registered[resource]
        return self._answer("unregister")

    def cudaGraphicsMapResources(self, count: int, resource: int, stream: int) -> tuple[Any, ...]:  # noqa: N802
        from allaprima.app.compositor.gl import GL

        answer = self._answer(f"map in {stream}")
        if not answer[0].value:
            GL.glBindBuffer(GL.GL_PIXEL_UNPACK_BUFFER, self._registered[resource])
            size = GL.glGetBufferParameteriv(GL.GL_PIXEL_UNPACK_BUFFER, GL.GL_BUFFER_SIZE)
            GL.glBindBuffer(GL.GL_PIXEL_UNPACK_BUFFER, 0)
            self.mapped = np.zeros(int(size), np.uint8)
        return answer

    def cudaGraphicsResourceGetMappedPointer(self, resource: int) -> tuple[Any, ...]:  # noqa: N802
        assert self.mapped is not None
        return self._answer("pointer", self.mapped.ctypes.data, self.mapped.size)

    def cudaStreamWaitEvent(self, stream: int, event: int, flags: int) -> tuple[Any, ...]:  # noqa: N802
        return self._answer(f"wait for {event} in {stream}")

    def cudaMemcpyAsync(self, to: int, start: int, count: int, kind: str, stream: int) -> tuple[Any, ...]:  # noqa: N802
        assert self.mapped is not None and kind == "device to device"
        answer = self._answer(f"copy {count} in {stream}")
        if not answer[0].value:
            assert count <= self.mapped.size
            ctypes.memmove(to, start, count)
        return answer

    def cudaGraphicsUnmapResources(self, count: int, resource: int, stream: int) -> tuple[Any, ...]:  # noqa: N802
        from allaprima.app.compositor.gl import GL

        assert self.mapped is not None
        GL.glBindBuffer(GL.GL_PIXEL_UNPACK_BUFFER, self._registered[resource])
        GL.glBufferSubData(GL.GL_PIXEL_UNPACK_BUFFER, 0, self.mapped.size, self.mapped)
        GL.glBindBuffer(GL.GL_PIXEL_UNPACK_BUFFER, 0)
        self.mapped = None
        return self._answer(f"unmap in {stream}")
