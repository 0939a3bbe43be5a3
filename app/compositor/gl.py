"""The only importer of PyOpenGL. Other modules: `from allaprima.app.compositor.gl import GL`.

PyOpenGL decides at import how it finds functions and whether it checks for errors after every call, so this module
configures it before any other module can import it.
"""

import os
import sys
from typing import Any

from allaprima.app.core.errors import GraphicsError

DEBIAN_PACKAGES = "libgl1 libglx-mesa0 libgl1-mesa-dri libegl1 libegl-mesa0"
"""Packages for software OpenGL on Debian and Ubuntu, with or without a display."""


def debug_wanted() -> bool:
    """True if ALLAPRIMA_GL_DEBUG=1 asks for an error check after every GL call (slow; tests and --debug)."""
    return os.environ.get("ALLAPRIMA_GL_DEBUG", "") not in ("", "0")


def install_hint() -> str:
    """The next command to type when there is no OpenGL on this machine."""
    if sys.platform == "linux":
        return f"install a driver: apt install {DEBIAN_PACKAGES} (add xvfb libglfw3 for a window without a screen)"
    return "install or update the graphics driver; OpenGL 4.1 is needed"


def _load() -> Any:
    if sys.platform == "linux":
        # libglvnd hands every call to whichever API made the current context, so GLX's loader also serves EGL
        # contexts (surfaceless, Wayland). The reverse fails, and `import xr` forces GLX anyway. A setting in the
        # environment is meant for another program.
        os.environ["PYOPENGL_PLATFORM"] = "glx"
    try:
        import OpenGL

        OpenGL.ERROR_CHECKING = debug_wanted()
        OpenGL.ERROR_LOGGING = False
        from OpenGL import GL
    except (ImportError, OSError, AttributeError) as error:
        raise GraphicsError(f"OpenGL cannot be loaded: {error}", install_hint()) from error
    return GL


GL: Any = _load()
"""`OpenGL.GL`, without types because PyOpenGL has none."""
