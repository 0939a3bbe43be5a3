"""The current GL context in OpenXR's form: EGL, GLX or WGL."""

import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.headset.openxr.library import xr

_EGL_CONFIG_ID, _EGL_NONE = 0x3028, 0x3038
_GLX_FBCONFIG_ID, _GLX_SCREEN = 0x8013, 0x800C


@dataclass(frozen=True, slots=True)
class Binding:
    """The API of the context ("EGL"), the extensions that a runtime needs for it, and the structure for
    `xr.SessionCreateInfo(next=...)` with the objects that it points to.
    """

    api: str
    extensions: tuple[str, ...]
    structure: Any
    kept: Any = None


def current_binding() -> Binding:
    """The binding of this thread's current context. Raises `HeadsetUnavailable`."""
    for find in (_wgl,) if sys.platform == "win32" else (_egl, _glx):
        binding = find()
        if binding:
            return binding
    raise HeadsetUnavailable("no OpenGL context is current that OpenXR can draw with")


def _egl() -> Binding | None:
    handle, integer = ctypes.c_void_p, ctypes.c_int
    egl = _library("libEGL.so.1")
    if egl is None:
        return None
    context = _function(egl, "eglGetCurrentContext", handle)()
    if not context:
        return None
    display = _function(egl, "eglGetCurrentDisplay", handle)()
    number = integer()
    query = _function(egl, "eglQueryContext", ctypes.c_uint, handle, handle, integer, handle)
    query(display, context, _EGL_CONFIG_ID, ctypes.byref(number))
    config, count = handle(), integer()
    wanted = (integer * 3)(_EGL_CONFIG_ID, number.value, _EGL_NONE)
    choose = _function(egl, "eglChooseConfig", ctypes.c_uint, handle, handle, handle, integer, handle)
    choose(display, wanted, ctypes.byref(config), 1, ctypes.byref(count))
    find = ctypes.cast(egl.eglGetProcAddress, xr.PFN_xrEglGetProcAddressMNDX)
    structure = xr.GraphicsBindingEGLMNDX(
        get_proc_address=find,
        display=ctypes.cast(display, xr.platform.linux.EGLDisplay),
        config=ctypes.cast(config, xr.platform.linux.EGLConfig),
        context=ctypes.cast(context, xr.platform.linux.EGLContext),
    )
    return Binding("EGL", ("XR_KHR_opengl_enable", "XR_MNDX_egl_enable"), structure, (egl, find))


def _glx() -> Binding | None:
    handle, integer = ctypes.c_void_p, ctypes.c_int
    glx = _library("libGL.so.1")
    if glx is None:
        return None
    context = _function(glx, "glXGetCurrentContext", handle)()
    if not context:
        return None
    display = _function(glx, "glXGetCurrentDisplay", handle)()
    drawable = _function(glx, "glXGetCurrentDrawable", ctypes.c_ulong)()
    number, screen, count = integer(), integer(), integer()
    query = _function(glx, "glXQueryContext", integer, handle, handle, integer, handle)
    query(display, context, _GLX_FBCONFIG_ID, ctypes.byref(number))
    query(display, context, _GLX_SCREEN, ctypes.byref(screen))
    choose = _function(glx, "glXChooseFBConfig", ctypes.POINTER(handle), handle, integer, handle, handle)
    wanted = (integer * 3)(_GLX_FBCONFIG_ID, number.value, 0)
    configs = choose(display, screen.value, wanted, ctypes.byref(count))
    if not configs or not count.value:
        raise HeadsetUnavailable("the window's OpenGL configuration cannot be found", "add --no-window")
    visual = _function(glx, "glXGetVisualFromFBConfig", ctypes.POINTER(_XVisualInfo), handle, handle)(
        display, configs[0]
    )
    fields = xr.platform.linux.GraphicsBindingOpenGLXlibKHR
    types = dict(fields._fields_)
    structure = xr.GraphicsBindingOpenGLXlibKHR(
        x_display=ctypes.cast(display, types["x_display"]),
        visualid=visual.contents.visualid if visual else 0,
        glx_fbconfig=ctypes.cast(configs[0], types["glx_fbconfig"]),
        glx_drawable=drawable,
        glx_context=ctypes.cast(context, types["glx_context"]),
    )
    return Binding("GLX", ("XR_KHR_opengl_enable",), structure)


def _wgl() -> Binding | None:
    """Written from the specification; never run so far."""
    handle = ctypes.c_void_p
    wgl = ctypes.WinDLL("opengl32")  # type: ignore[attr-defined]
    context = _function(wgl, "wglGetCurrentContext", handle)()
    if not context:
        return None
    device = _function(wgl, "wglGetCurrentDC", handle)()
    return Binding("WGL", ("XR_KHR_opengl_enable",), xr.GraphicsBindingOpenGLWin32KHR(h_dc=device, h_glrc=context))


class _XVisualInfo(ctypes.Structure):
    _fields_ = (("visual", ctypes.c_void_p), ("visualid", ctypes.c_ulong))  # the rest is not read


def _library(name: str) -> Any:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


def _function(library: Any, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A separately typed function: other modules give the same library's functions other types."""
    address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
    return ctypes.CFUNCTYPE(result, *arguments)(address)  # type: ignore[no-any-return, arg-type]
