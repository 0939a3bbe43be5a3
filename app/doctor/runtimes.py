"""The headsets' runtimes, SteamVR and OpenXR, and what they say."""

from __future__ import annotations

import json
from pathlib import Path

from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.doctor.finding import Finding
from allaprima.app.settings import Settings

_WITHOUT = "allaprima run --headset simulated"


def steamvr(settings: Settings) -> list[Finding]:
    """Whether it is installed, runs, and has a headset. It is not started for this."""
    if fault := registry_fault(registry()):
        return [Finding("steamvr", "warning", fault, "start SteamVR from Steam once: it writes that file again")]
    from allaprima.app.openvr.hmd import Hmd
    from allaprima.app.openvr.runtime import Runtime

    try:
        with Runtime("background", "System") as runtime:
            return [Finding("steamvr", "ok", f"it runs, with {Hmd(runtime).name}", "allaprima run --headset openvr")]
    except HeadsetUnavailable as error:
        return [Finding("steamvr", "warning", error.message, f"{error.hint}; without a headset: {_WITHOUT}")]


def openxr(settings: Settings) -> list[Finding]:
    """Which runtime the computer has made its own, and whether it has a headset."""
    try:
        from allaprima.app.headset.openxr.library import opening, xr

        about = xr.ApplicationInfo(
            application_name="Alla Prima", engine_name="Alla Prima", engine_version=0, api_version=xr.Version(1, 0, 0)
        )
        with opening("xrCreateInstance"):
            instance = xr.create_instance(xr.InstanceCreateInfo(application_info=about))
        with opening("xrGetSystem"):
            runtime = xr.get_instance_properties(instance).runtime_name.decode(errors="replace")
            system = xr.get_system(instance, xr.SystemGetInfo(xr.FormFactor.HEAD_MOUNTED_DISPLAY))
            name = xr.get_system_properties(instance, system).system_name.decode(errors="replace")
        xr.destroy_instance(instance)
    except HeadsetUnavailable as error:
        return [Finding("openxr", "warning", error.message, f"{error.hint}; without a headset: {_WITHOUT}")]
    return [Finding("openxr", "ok", f"{name} ({runtime})", "allaprima run --headset openxr")]


def registry() -> Path:
    """Where SteamVR writes down where it is; may not exist."""
    import platformdirs

    return platformdirs.user_config_path() / "openvr" / "openvrpaths.vrpath"


def registry_fault(path: Path) -> str:
    """What is wrong with that file; "" if nothing is, or there is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        return f"{path} cannot be read: {error}"
    try:
        folders = json.loads(text)["runtime"]
        if any(Path(folder).is_dir() for folder in folders):
            return ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"{path} is damaged: it does not name SteamVR's folder"
    return f"{path} names {', '.join(map(str, folders)) or 'no folder'}, where SteamVR is not"
