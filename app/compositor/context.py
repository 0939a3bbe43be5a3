"""GL contexts: the protocol, and the one that needs neither a window nor a display server."""

import ctypes
import ctypes.util
import sys
from typing import Any, Protocol

from allaprima.app.core.closing import Closing
from allaprima.app.core.errors import GraphicsError

_PLATFORM_DEVICE = 0x313F
_PLATFORM_SURFACELESS = 0x31DD
_NONE, _EXTENSIONS, _OPENGL_API = 0x3038, 0x3055, 0x30A2
_CONFIG = (0x3040, 0x0008, 0x3033, 0x0001, _NONE)  # RENDERABLE_TYPE = OPENGL, SURFACE_TYPE = PBUFFER
_CONFIG_ANY = (0x3040, 0x0008, _NONE)
VERSIONS = ((4, 1),) if sys.platform == "darwin" else ((4, 5), (4, 3), (4, 1))
"""OpenGL to ask for; the first that is given is taken. 4.1 is enough for us, and all that macOS has, but an OpenXR
runtime may want more, and some drivers give no more than they are asked for.
"""
_MAJOR, _MINOR, _PROFILE, _CORE = 0x3098, 0x30FB, 0x30FD, 1
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "software", "swiftshader", "gdi generic", "microsoft basic render")
_MAX_DEVICES = 16


class GraphicsContext(Protocol):
    """An OpenGL core context, 4.1 or newer. All GL objects are made, used and closed in the thread it is current in."""

    description: str
    """Renderer and version, for people and reports: 'llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5'."""

    def make_current(self) -> None:
        """Make it the calling thread's context. Raises `GraphicsError`."""

    def close(self) -> None:
        """Destroy it and everything in it. Idempotent."""


def draws_in_software(description: str) -> bool:
    """Whether the context of that `GraphicsContext.description` draws on the processor, which the network wants too."""
    return any(name in description.casefold() for name in _SOFTWARE)


def describe_current_context() -> str:
    """What to put in `GraphicsContext.description`: renderer and version of the current context.

    Raises `GraphicsError` where that is older than OpenGL 4.1.
    """
    from allaprima.app.compositor.gl import GL, install_hint

    renderer, version = GL.glGetString(GL.GL_RENDERER), GL.glGetString(GL.GL_VERSION)
    if not renderer or not version:
        raise GraphicsError("the OpenGL driver does not say what it is", install_hint())
    number = version.decode(errors="replace").split(" ")[0]
    name = renderer.decode(errors="replace")
    if tuple(int(part) for part in number.split(".")[:2] if part.isdigit()) < (4, 1):
        raise GraphicsError(f"{name} has OpenGL {number}, but 4.1 is needed", install_hint())
    return f"{name}, OpenGL {number}"


class SurfacelessContext(Closing):
    """OpenGL without a window, through EGL: on a GPU where the driver offers one, else on Mesa's software renderer.

    EGL is called through ctypes, because PyOpenGL's own EGL breaks as soon as something has chosen GLX for it.
    Draw into a `Framebuffer`: there is no default one. Linux only; raises `GraphicsError`.
    """

    def __init__(self) -> None:
        self._egl = _load_egl()
        self._context: int | None = None
        failures = []
        for name, platform, device in _displays(self._egl):
            try:
                self._display, self._context = _create(self._egl, platform, device)
                self.make_current()
                self.description = describe_current_context()
                return
            except GraphicsError as error:
                failures.append(f"{name}: {error.message}")
                self.close()
        from allaprima.app.compositor.gl import install_hint

        raise GraphicsError("no OpenGL without a window (" + "; ".join(failures) + ")", install_hint())

    def make_current(self) -> None:
        if self._context is None or not self._egl.eglMakeCurrent(self._display, None, None, self._context):
            raise GraphicsError(f"the EGL context cannot be made current ({_error(self._egl)})")

    def close(self) -> None:
        """Destroy the context. The EGL display stays: it is the process's, and others may use it."""
        if self._context is not None:
            self._egl.eglMakeCurrent(self._display, None, None, None)
            self._egl.eglDestroyContext(self._display, self._context)
            self._context = None


def _load_egl() -> Any:
    from allaprima.app.compositor.gl import install_hint

    if sys.platform != "linux":
        raise GraphicsError("OpenGL without a window needs EGL, which only Linux has", "leave --no-window out")
    try:
        egl = ctypes.CDLL("libEGL.so.1")
    except OSError as error:
        raise GraphicsError(f"EGL cannot be loaded: {error}", install_hint()) from error
    handle = ctypes.c_void_p
    for name, result, arguments in (
        ("eglGetProcAddress", handle, [ctypes.c_char_p]),
        ("eglInitialize", ctypes.c_uint, [handle, handle, handle]),
        ("eglBindAPI", ctypes.c_uint, [ctypes.c_uint]),
        ("eglChooseConfig", ctypes.c_uint, [handle, handle, handle, ctypes.c_int, handle]),
        ("eglCreateContext", handle, [handle, handle, handle, handle]),
        ("eglMakeCurrent", ctypes.c_uint, [handle, handle, handle, handle]),
        ("eglDestroyContext", ctypes.c_uint, [handle, handle]),
        ("eglGetError", ctypes.c_int, []),
    ):
        function = getattr(egl, name)
        function.restype, function.argtypes = result, arguments
    return egl


def _error(egl: Any) -> str:
    return f"EGL error {egl.eglGetError():#x}"


def _extension(egl: Any, name: str, result: Any, *arguments: Any) -> Any:
    address = egl.eglGetProcAddress(name.encode())
    if not address:
        raise GraphicsError(f"{name} is missing")
    return ctypes.CFUNCTYPE(result, *arguments)(address)


def _displays(egl: Any) -> list[tuple[str, int, int | None]]:
    """(name, EGL platform, device) of every way to a display, best first: GPUs, Mesa without any device, others."""
    software: list[tuple[str, int, int | None]] = []
    hardware: list[tuple[str, int, int | None]] = []
    for index, (device, is_software) in enumerate(_devices(egl)):
        (software if is_software else hardware).append((f"EGL device {index}", _PLATFORM_DEVICE, device))
    return [*hardware, ("EGL surfaceless", _PLATFORM_SURFACELESS, None), *software]


def _devices(egl: Any) -> list[tuple[int, bool]]:
    """(handle, renders in software) of every EGL device; empty where the driver cannot list them."""
    handle = ctypes.c_void_p
    try:
        query = _extension(egl, "eglQueryDevicesEXT", ctypes.c_uint, ctypes.c_int, handle, handle)
        describe = _extension(egl, "eglQueryDeviceStringEXT", ctypes.c_char_p, handle, ctypes.c_int)
    except GraphicsError:
        return []
    devices, count = (handle * _MAX_DEVICES)(), ctypes.c_int()
    if not query(_MAX_DEVICES, devices, ctypes.byref(count)):
        return []
    found = [device for device in devices[: count.value] if device]
    return [(device, b"EGL_MESA_device_software" in (describe(device, _EXTENSIONS) or b"")) for device in found]


def _create(egl: Any, platform: int, device: int | None) -> tuple[int, int]:
    """(display, context) with OpenGL 4.1 core or newer."""
    handle = ctypes.c_void_p
    display = _extension(egl, "eglGetPlatformDisplayEXT", handle, ctypes.c_uint, handle, handle)(platform, device, None)
    if not display:
        raise GraphicsError("no such display")
    if not egl.eglInitialize(display, None, None):
        raise GraphicsError(f"cannot be initialised ({_error(egl)})")
    egl.eglBindAPI(_OPENGL_API)
    config, count = handle(), ctypes.c_int()
    for wanted in (_CONFIG, _CONFIG_ANY):
        attributes = (ctypes.c_int * len(wanted))(*wanted)
        if egl.eglChooseConfig(display, attributes, ctypes.byref(config), 1, ctypes.byref(count)) and count.value:
            break
    else:
        raise GraphicsError("it has no configuration for OpenGL")
    for major, minor in VERSIONS:
        version = (ctypes.c_int * 7)(_MAJOR, major, _MINOR, minor, _PROFILE, _CORE, _NONE)
        context = egl.eglCreateContext(display, config, None, version)
        if context:
            return display, context
    raise GraphicsError(f"it has no OpenGL 4.1 core ({_error(egl)})")
