"""Python and the packages that the program cannot do without."""

import importlib.util
import os
import platform
import sys

from allaprima.app.core.shell import pip
from allaprima.app.doctor.finding import Finding
from allaprima.app.settings_and_flags import Settings

OLDEST = (3, 11)
PACKAGES = {"cv2": "opencv-python", "OpenGL": "PyOpenGL", "glfw": "glfw", "av": "av"}
"""Names to import, and to install by. Engines and headsets' libraries have probes of their own."""


def python(settings: Settings) -> list[Finding]:
    version = platform.python_version()
    text = f"{version} on {platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    if sys.version_info[:2] < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return [Finding("python", "fault", f"{text}; {oldest} or newer is needed", "install it from python.org")]
    return [Finding("python", "ok", text)]


def packages(settings: Settings) -> list[Finding]:
    """Whether those are there that every session needs."""
    missing = [package for name, package in PACKAGES.items() if importlib.util.find_spec(name) is None]
    if missing:
        return [Finding("packages", "fault", f"missing: {', '.join(missing)}", f"{pip()} install {' '.join(missing)}")]
    return [Finding("packages", "ok", "all that a session needs are there")]
