"""Registration of the program in SteamVR's library, and its start with SteamVR."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.headset.steamvr import APP_KEY, AUTOSTART_KEY, application_manifest_path, write_application_manifest
from allaprima.app.openvr.runtime import Runtime, code_of

_NO_MANIFEST = 101


@contextmanager
def _applications() -> Iterator[Any]:
    """SteamVR's list of applications; needs no headset. Raises `HeadsetUnavailable`."""
    with Runtime("utility", "Applications") as runtime, runtime.in_use():
        yield runtime.applications


def register(folder: Path | None = None) -> Path:
    """Write the application manifest into `folder` (None: the user's) and register it with SteamVR; returns its path.

    Must be repeated when Python or the program has moved. Raises `HeadsetUnavailable`.
    """
    with _applications() as applications:
        manifest = write_application_manifest(folder)
        code = code_of(applications.addApplicationManifest, str(manifest), False)
        if code:
            raise HeadsetUnavailable(
                f"SteamVR does not take {manifest} (application error {code})", "update SteamVR, then try again"
            )
    return manifest


def unregister(folder: Path | None = None) -> Path:
    """Remove the program from SteamVR; returns the manifest's path. Harmless if it was not registered."""
    manifest = application_manifest_path(folder)
    with _applications() as applications:
        code = code_of(applications.removeApplicationManifest, str(manifest))
    if code not in (0, _NO_MANIFEST):
        raise HeadsetUnavailable(
            f"SteamVR does not let go of {manifest} (application error {code})", "restart SteamVR, then try again"
        )
    manifest.unlink(missing_ok=True)
    return manifest


def autostart(on: bool | None = None) -> bool:
    """Whether SteamVR starts the program at its own start; `on` changes that. Raises `HeadsetUnavailable`."""
    with _applications() as applications:
        if not applications.isApplicationInstalled(APP_KEY):
            raise HeadsetUnavailable("SteamVR does not know this program yet", "allaprima steamvr register")
        if on is not None and (code := code_of(applications.setApplicationAutoLaunch, AUTOSTART_KEY, on)):
            raise HeadsetUnavailable(
                f"SteamVR does not change what it starts (application error {code})", "allaprima steamvr register"
            )
        return bool(applications.getApplicationAutoLaunch(AUTOSTART_KEY))
