"""SteamVR in this process. The only module that imports pyopenvr."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

from allaprima.app.core.closing import Closing
from allaprima.app.core.errors import HeadsetLost, HeadsetUnavailable
from allaprima.app.core.shell import pip
from allaprima.app.openvr.errors import HEADSET_NOT_FOUND, NOT_INSTALLED, init_error, missing_interfaces, no_answer
from allaprima.app.openvr.registry import registry_path

Role = Literal["scene", "background", "utility"]
"""Shows a picture in the headset; only reads, and never starts SteamVR; or only configures, without a headset."""

_KINDS: dict[Role, str] = {
    "scene": "VRApplication_Scene",
    "background": "VRApplication_Background",
    "utility": "VRApplication_Utility",
}

_PATIENCE_S = 5.0  # a call of another part that lasts longer will never end


def _library() -> Any:
    """pyopenvr, where there is a runtime for it: without one it would print a line of its own for every question."""
    elsewhere = os.environ.get("VR_OVERRIDE") or os.environ.get("VR_PATHREG_OVERRIDE")
    if not elsewhere and not registry_path().is_file():
        raise init_error(NOT_INSTALLED, "VRInitError_Init_PathRegistryNotFound")
    try:
        import openvr
    except (ImportError, OSError, ValueError) as error:  # the last two: no library for this platform in the wheel
        raise HeadsetUnavailable(
            f"the package openvr cannot be loaded: {error}", f"{pip()} install openvr (Windows and Linux on x86-64)"
        ) from error
    return openvr


def asked(call: Callable[..., Any], *arguments: object) -> tuple[int, Any]:
    """(0, the result of `call`), or (the error code that it fails with, None); pyopenvr raises `KeyError` for one it
    does not know.
    """
    try:
        return 0, call(*arguments)
    except KeyError as error:
        return int(error.args[0]), None
    except Exception as error:
        code = getattr(error, "error_value", None)
        if code is None:
            raise
        return int(code), None


def code_of(call: Callable[..., object], *arguments: object) -> int:
    """The error code that `call` fails with, 0 if it does not."""
    return asked(call, *arguments)[0]


class Runtime(Closing):
    """One part of the program that uses SteamVR. The process joins it once, with the first, and leaves with the last.

    The role of the process is fixed when it joins SteamVR. So opening a scene closes the parts opened before it, and
    closing it closes those opened after it: their next call raises `HeadsetLost`, after which they may open another.
    Only one scene at a time. Calls of other parts must be in `in_use`, so that the process does not leave meanwhile.

    Raises `HeadsetUnavailable`. A scene needs a headset: without one SteamVR is not started.
    """

    system: Any
    applications: Any
    compositor: Any
    input: Any
    trackedcamera: Any

    def __init__(self, role: Role, *interfaces: str) -> None:
        """`interfaces` are named as pyopenvr does: "TrackedCamera" for `VRTrackedCamera()`, then in `trackedcamera`."""
        self.api, self.role = _library(), role
        self.turned_out = False
        _membership.enter(self)
        try:
            with self.in_use():
                self._find(interfaces)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Around calls into SteamVR: it is not left meanwhile. Raises `HeadsetLost` where it was left before, or where
        another part waits for SteamVR in vain.
        """
        with _membership.held():
            if self.turned_out:
                raise HeadsetLost("SteamVR was left", "it is joined again when the headset is there again")
            yield

    def heed(self) -> None:
        """Raises `HeadsetLost` once SteamVR has asked the program to leave. Beside a scene it does nothing: that one
        answers SteamVR's events, and there is one queue of them.
        """
        with self.in_use():
            if _membership.role == "scene":
                return
            event = self.api.VREvent_t()
            while self.system.pollNextEvent(event):
                if event.eventType == self.api.VREvent_Quit:
                    self.system.acknowledgeQuit_Exiting()  # else SteamVR kills us before the recording is closed
                    raise HeadsetLost("SteamVR was closed", "start SteamVR again")

    def close(self) -> None:
        """Give up this part; nothing of it may be called afterwards. Idempotent."""
        _membership.leave(self)

    def _find(self, interfaces: tuple[str, ...]) -> None:
        api = self.api
        versions = [getattr(api, f"IVR{name}_Version") for name in interfaces]
        # to ask pyopenvr for one that the runtime lacks shuts the runtime down under all others
        lacking = [version for version in versions if not api.isInterfaceVersionValid(version)]
        if lacking:
            raise missing_interfaces(lacking)
        for name in interfaces:
            setattr(self, name.lower(), getattr(api, f"VR{name}")())


class _Membership:
    """What this process is to SteamVR, and for whom."""

    def __init__(self) -> None:
        self.role: Role | None = None
        self._parts: list[Runtime] = []
        self._lock = threading.RLock()

    @contextmanager
    def held(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=_PATIENCE_S):
            raise no_answer()
        try:
            yield
        finally:
            self._lock.release()

    def enter(self, part: Runtime) -> None:
        with self.held():
            self._settle(part.api)
            if part.role == "scene" and self._parts:
                if self.role == "scene":
                    raise HeadsetUnavailable("this program is using SteamVR already", "close the other headset first")
                self._leave(part.api)
            if not self._parts:
                _join(part.api, part.role)
                self.role = part.role
            self._parts.append(part)

    def leave(self, part: Runtime) -> None:
        part.turned_out = True
        with suppress(HeadsetLost), self.held():  # if SteamVR hangs, the next part to enter or leave does it
            self._settle(part.api)

    def _settle(self, api: Any) -> None:
        """Leave SteamVR if the scene or all parts have closed."""
        closed = [part for part in self._parts if part.turned_out]
        if closed and (len(closed) == len(self._parts) or any(part.role == "scene" for part in closed)):
            self._leave(api)
        self._parts = [part for part in self._parts if not part.turned_out]

    def _leave(self, api: Any) -> None:
        for part in self._parts:
            part.turned_out = True
        self._parts.clear()
        self.role = None
        api.shutdown()


_membership = _Membership()  # pyopenvr has one runtime per process, and closing it closes it for all parts


def _join(api: Any, role: Role) -> None:
    if role == "scene" and api.isRuntimeInstalled() and not api.isHmdPresent():  # joining would start SteamVR in vain
        code = HEADSET_NOT_FOUND
    else:
        code = code_of(api.initInternal2, getattr(api, _KINDS[role]), None)
    if code:
        raise init_error(code, api.getVRInitErrorAsSymbol(code))
