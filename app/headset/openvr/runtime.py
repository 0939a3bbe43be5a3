"""SteamVR in this process. The one module that imports pyopenvr."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import platformdirs

from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.headset.openvr.errors import HEADSET_NOT_FOUND, NOT_INSTALLED, init_error, missing_interfaces

_in_use = threading.Lock()  # pyopenvr has one runtime a process, and whoever closes it closes it for everybody


def _library() -> Any:
    """pyopenvr, where there is a runtime for it: without one it would print a line of its own for every question."""
    registry = platformdirs.user_config_path() / "openvr" / "openvrpaths.vrpath"
    elsewhere = os.environ.get("VR_OVERRIDE") or os.environ.get("VR_PATHREG_OVERRIDE")
    if not elsewhere and not registry.is_file():
        raise init_error(NOT_INSTALLED, "VRInitError_Init_PathRegistryNotFound")
    try:
        import openvr
    except (ImportError, OSError, ValueError) as error:  # the last two: no library for this platform in the wheel
        raise HeadsetUnavailable(
            f"the package openvr cannot be loaded: {error}",
            "pip install openvr (Windows and Linux on x86-64); without a headset: allaprima run --headset simulated",
        ) from error
    return openvr


def code_of(call: Callable[..., object], *arguments: object) -> int:
    """The error code that `call` fails with, 0 if it does not; pyopenvr raises `KeyError` for one it does not know."""
    try:
        call(*arguments)
    except KeyError as error:
        return int(error.args[0])
    except Exception as error:
        code = getattr(error, "error_value", None)
        if code is None:
            raise
        return int(code)
    return 0


class Runtime:
    """SteamVR, joined as a program that fills the headset (`scene`), or as one that only arranges things.

    Raises `HeadsetUnavailable`. A scene needs a headset: without one SteamVR is not started.
    """

    def __init__(self, scene: bool = True) -> None:
        self.api = _library()
        if not _in_use.acquire(blocking=False):
            raise HeadsetUnavailable("this program is using SteamVR already", "close the other headset first")
        try:
            self._join(scene)
        except BaseException:
            _in_use.release()
            raise
        self._open = True
        try:
            self._find_interfaces(scene)
        except BaseException:
            self.close()
            raise

    def _join(self, scene: bool) -> None:
        api = self.api
        if scene and api.isRuntimeInstalled() and not api.isHmdPresent():  # joining would start SteamVR in vain
            code = HEADSET_NOT_FOUND
        else:
            code = code_of(api.initInternal2, api.VRApplication_Scene if scene else api.VRApplication_Utility, None)
        if code:
            raise init_error(code, api.getVRInitErrorAsSymbol(code))

    def _find_interfaces(self, scene: bool) -> None:
        api = self.api
        names = ("System", "Applications") + (("Compositor", "Input") if scene else ())
        versions = [getattr(api, f"IVR{name}_Version") for name in names]
        # to ask pyopenvr for one that the runtime lacks shuts the runtime down under all others
        lacking = [version for version in versions if not api.isInterfaceVersionValid(version)]
        if lacking:
            raise missing_interfaces(lacking)
        self.system, self.applications = api.VRSystem(), api.VRApplications()
        if scene:
            self.compositor, self.input = api.VRCompositor(), api.VRInput()

    def close(self) -> None:
        """Leave SteamVR; nothing of it may be called afterwards. Idempotent."""
        if self._open:
            self._open = False
            self.api.shutdown()
            _in_use.release()
