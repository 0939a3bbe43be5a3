"""SteamVR's files about this program: actions, default bindings for each controller, and the start command.

The formats are those of OpenVR's wiki: "Action manifest", "Input bindings" and "Application manifest".
"""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

from allaprima.app.core.errors import HeadsetUnavailable, OutputError
from allaprima.app.core.files import write_file
from allaprima.app.headset.actions import CONTROLS, PROFILES, Profile

APP_KEY = "allaprima.run"
AUTOSTART_KEY = "allaprima.autostart"
"""A second entry for the program: at its own start, SteamVR starts only overlays."""
ACTION_SET = "/actions/allaprima"
TICK = f"{ACTION_SET}/out/tick"

_TYPES = {"button": "boolean", "stick": "vector2"}
_ARGUMENTS = "-m allaprima.app run --headset openvr"


def action_path(control: str) -> str:
    """SteamVR's name for the `Control` of that name."""
    return f"{ACTION_SET}/in/{control}"


def user_folder() -> Path:
    """The folder of these files; it may not exist."""
    return platformdirs.user_data_path("allaprima", appauthor=False) / "steamvr"


def action_manifest() -> dict[str, Any]:
    """All actions, and the file name of each controller's default bindings."""
    actions = [
        {"name": action_path(control.name), "type": _TYPES[control.kind], "requirement": "optional"}
        for control in CONTROLS
    ]
    names = {action_path(control.name): control.text for control in CONTROLS}
    return {
        "default_bindings": [
            {"controller_type": profile.steamvr_type, "binding_url": _bindings_name(profile)} for profile in PROFILES
        ],
        "actions": [*actions, {"name": TICK, "type": "vibration", "requirement": "optional"}],
        "action_sets": [{"name": ACTION_SET, "usage": "leftright"}],
        "localization": [{"language_tag": "en_us", ACTION_SET: "Painting", TICK: "Tick on a change", **names}],
    }


def bindings(profile: Profile) -> dict[str, Any]:
    """The default bindings of one kind of controller."""
    sources: dict[tuple[str, str], dict[str, Any]] = {}
    for control, (path, mode, component) in profile.steamvr.items():
        source = sources.setdefault((path, mode), {"path": path, "mode": mode, "inputs": {}})
        source["inputs"][component] = {"output": action_path(control)}
        if mode == "dpad":
            source["parameters"] = {"sub_mode": "click"}  # pressed, not merely touched
    hands = ("/user/hand/left/output/haptic", "/user/hand/right/output/haptic")
    return {
        "name": "Alla Prima",
        "description": "Alla Prima's own bindings",
        "controller_type": profile.steamvr_type,
        "category": "steamvr_input",
        "app_key": APP_KEY,
        "options": {},
        "simulated_actions": [],
        "bindings": {
            ACTION_SET: {
                "sources": list(sources.values()),
                "haptics": [{"output": TICK, "path": path} for path in hands],
            }
        },
    }


def application_manifest(actions: Path) -> dict[str, Any]:
    """The start commands from SteamVR's library and at SteamVR's start; `actions` is the action manifest."""
    binary = {"win32": "binary_path_windows", "darwin": "binary_path_osx"}.get(sys.platform, "binary_path_linux")
    names = {APP_KEY: "Alla Prima", AUTOSTART_KEY: "Alla Prima, along with SteamVR"}
    description = "Walk through a painting: what the cameras see, painted live"
    return {
        "source": "builtin",
        "applications": [
            {
                "app_key": key,
                "launch_type": "binary",
                binary: sys.executable,
                "arguments": _ARGUMENTS,
                "action_manifest_path": str(actions),
                "is_dashboard_overlay": key == AUTOSTART_KEY,
                "strings": {"en_us": {"name": name, "description": description}},
            }
            for key, name in names.items()
        ],
    }


def write_action_manifest(folder: Path | None = None) -> Path:
    """Update action manifest and bindings in `folder` (None: the user's); returns the manifest's absolute path.

    Raises `HeadsetUnavailable` if the folder is not writable.
    """
    folder = (folder or user_folder()).absolute()
    for profile in PROFILES:
        _write(folder / _bindings_name(profile), bindings(profile))
    return _write(folder / "actions.json", action_manifest())


def write_application_manifest(folder: Path | None = None) -> Path:
    """Update the application manifest and the files that it names; returns its path."""
    actions = write_action_manifest(folder)
    return _write(application_manifest_path(folder), application_manifest(actions))


def application_manifest_path(folder: Path | None = None) -> Path:
    """The path of the application manifest, written or not."""
    return (folder or user_folder()).absolute() / "allaprima.vrmanifest"


def _bindings_name(profile: Profile) -> str:
    return f"bindings_{profile.steamvr_type}.json"


def _write(path: Path, content: dict[str, Any]) -> Path:
    """Write atomically, and only if the text differs: SteamVR may be reading the file."""
    text = json.dumps(content, indent=2) + "\n"
    with suppress(OSError):
        if path.is_file() and path.read_bytes() == text.encode():
            return path
    try:
        return write_file(path, text)
    except OutputError as error:
        raise HeadsetUnavailable(error.message, "SteamVR reads our bindings there: make it writable") from error
