"""OpenVR's error numbers, as what failed and what to do about it."""

import sys
from collections.abc import Container

from allaprima.app.core.errors import CameraLost, CameraNotFound, HeadsetLost, HeadsetUnavailable
from allaprima.app.core.shell import pip

HEADSET_NOT_FOUND, NOT_INSTALLED = 108, 110
REQUEST_FAILED, NO_FOCUS, ALREADY_SUBMITTED = 1, 101, 108
NO_FRAME = 113

_WAIT = "wait until it is done, then start again"
_CONNECT = "connect the headset, switch it on, and see that SteamVR shows it as ready"
_OASIS = (
    "; a Windows Mixed Reality headset (Dell Visor) on Windows 11 24H2 or later needs the community's Oasis driver "
    "from Steam: see docs/headsets.md"
)
_RESTART = "close SteamVR, start it by itself and see what it reports, then start again"
_UPDATE = "update SteamVR in Steam's library (Tools), then start again"
_LINK = "start Meta Quest Link, with the headset connected, before SteamVR"

_INIT: tuple[tuple[Container[int], str, str], ...] = (
    ((100, NOT_INSTALLED), "SteamVR is not installed", "install it from Steam"),
    ((2000,), "Steam is not installed", "install Steam, and SteamVR from it"),
    (
        (*range(101, 105), 107, 111, 112, 113, 118),
        "SteamVR's installation is damaged",
        "in Steam: SteamVR, Properties, Installed Files, Verify",
    ),
    ((105, 106, 148, 204), "SteamVR is too old for this program", _UPDATE),
    ((125, HEADSET_NOT_FOUND, 126, *range(200, 204), 208, 213, 215), "SteamVR finds no headset", _CONNECT),
    ((214,), "SteamVR lacks the headset's own driver", "install it from Steam, or from the headset's maker"),
    ((205,), "another program has the headset", "end it, then start again"),
    ((206, 207), "the headset is not calibrated", "run SteamVR's room setup, then start again"),
    ((212,), "the headset mirrors the desktop", "extend the desktop to it, or turn SteamVR's direct mode on"),
    ((115, 117, 119, 143), "SteamVR is just starting or ending", "wait a few seconds, then start again"),
    ((116,), "starting SteamVR was cancelled", "start again"),
    ((121,), "SteamVR is not running", "start SteamVR, and see that it shows the headset as ready"),
    ((*range(137, 141), 402), "the headset is busy with its firmware", _WAIT),
    (range(300, 311), "SteamVR does not answer", _RESTART),
    (
        (496, 497, 498),
        "SteamVR cannot get at the headset's display",
        "on Linux it needs X11, or a Wayland desktop that leases displays, such as KDE Plasma",
    ),
    (range(400, 501), "SteamVR's compositor does not start", f"update the graphics driver; {_RESTART}"),
    ((1000, 1002, 1114), "the Meta Quest software does not answer", _LINK),
    ((1001,), "Windows is not in developer mode", "turn it on in Windows's settings, For developers"),
    (range(1101, 1200), "the headset does not answer over USB", "unplug it, plug it in elsewhere, restart SteamVR"),
)

_COMPOSITOR = {
    100: ("SteamVR is too old for this program", _UPDATE),
    102: ("SteamVR does not take the picture", "update the graphics driver and SteamVR"),
    103: ("SteamVR does not take this program for one that shows something", _RESTART),
    104: (
        "SteamVR and this program are on different graphics cards",
        "have Python use the card that the headset is plugged into: Windows's settings, Display, Graphics",
    ),
    105: ("SteamVR does not take the picture's format", "update the graphics driver and SteamVR"),
    106: ("the graphics driver cannot share pictures with SteamVR", "update the graphics driver"),
}

_CAMERA_SETTINGS = "in SteamVR, Settings, Camera: enable it, restart SteamVR, and see whether Test Camera passes"
_CAMERA: tuple[tuple[Container[int], str, str], ...] = (
    ((105,), "this headset gives SteamVR no camera", "cameras of your own: allaprima devices"),
    ((107, 108, 114, 115), "SteamVR does not get the camera's pictures going", _CAMERA_SETTINGS),
    ((104, 106, *range(109, 113)), "SteamVR does not hand the camera's pictures on", _RESTART),
    ((NO_FRAME,), "SteamVR has no picture of the camera", _CAMERA_SETTINGS),
)


def init_error(code: int, symbol: str, platform: str = sys.platform) -> HeadsetUnavailable:
    """Why SteamVR did not start, by its EVRInitError; `symbol` is SteamVR's own name of that, for reading up on it."""
    what, hint = "SteamVR does not start", _RESTART
    for codes, known, remedy in _INIT:
        if code in codes:
            what, hint = known, remedy
            break
    if platform == "win32" and what in ("SteamVR finds no headset", "SteamVR lacks the headset's own driver"):
        hint += _OASIS
    return HeadsetUnavailable(f"{what} ({symbol}, {code})", hint)


def no_answer() -> HeadsetLost:
    """A call into SteamVR does not come back."""
    return HeadsetLost("SteamVR does not answer", _RESTART)


def missing_interfaces(versions: list[str]) -> HeadsetUnavailable:
    """The installed SteamVR lacks `versions` ("IVRCompositor_029", ...) of what this program speaks."""
    return HeadsetUnavailable(
        f"SteamVR is too old for this program: it lacks {', '.join(versions)}",
        f'{_UPDATE}; or take an older library: {pip()} install "openvr<2.12"',
    )


def compositor_error(code: int, what: str) -> HeadsetLost:
    """Why SteamVR's compositor refused, by its EVRCompositorError, while the program tried to `what`."""
    known, hint = _COMPOSITOR.get(code, (f"SteamVR's compositor refuses to {what}", _RESTART))
    return HeadsetLost(f"{known} (compositor error {code})", hint)


def camera_error(code: int) -> CameraLost:
    """Why SteamVR gives no picture of the headset's camera, by its EVRTrackedCameraError."""
    what, hint = "SteamVR does not give the headset's camera", _CAMERA_SETTINGS
    for codes, known, remedy in _CAMERA:
        if code in codes:
            what, hint = known, remedy
    return CameraLost(f"{what} (camera error {code})", hint)


def no_camera(headset: str) -> CameraNotFound:
    """The headset has none, or its driver keeps it to itself, or the wearer does."""
    return CameraNotFound(
        f"{headset} gives SteamVR no camera",
        f"where it has one (docs/cameras.md): {_CAMERA_SETTINGS}; cameras of your own: allaprima devices",
    )
