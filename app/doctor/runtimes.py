"""The headsets' runtimes, SteamVR and OpenXR, and what they say."""

import os

from allaprima.app.core.errors import HeadsetUnavailable
from allaprima.app.doctor.finding import Finding
from allaprima.app.openvr.registry import registry_fault, registry_path
from allaprima.app.settings_and_flags import Settings

_WITHOUT = "allaprima run --headset simulated"


def steamvr(settings: Settings) -> list[Finding]:
    """Whether it is installed, runs, and has a headset. It is not started for this."""
    named = os.environ.get("VR_OVERRIDE")  # overrides the file
    if fault := "" if named else registry_fault(registry_path()):
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
