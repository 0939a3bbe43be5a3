"""Windows Mixed Reality, which Windows itself no longer has."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from allaprima.app.doctor.finding import Finding
from allaprima.app.openvr.registry import registry_path
from allaprima.app.settings_and_flags import Settings

WITHOUT = 26100
"""The build of Windows 11 24H2, the first without Mixed Reality."""


def mixed_reality(settings: Settings, build: int | None = None) -> list[Finding]:
    """What a headset such as the Dell Visor needs; nothing to tell but on Windows. `build` None asks Windows."""
    if build is None:
        if sys.platform != "win32":
            return []
        build = sys.getwindowsversion().build
    if build < WITHOUT:
        text = f"Windows (build {build}) still has it: SteamVR needs 'Windows Mixed Reality for SteamVR' from Steam"
        return [Finding("mixed reality", "ok", text)]
    if any(oasis_drivers(registry_path())):
        return [Finding("mixed reality", "ok", "the Oasis driver is installed: start SteamVR before this program")]
    text = f"Windows (build {build}) has none: such headsets need the Oasis driver"
    return [Finding("mixed reality", "warning", text, "install it from Steam (docs/headsets.md)")]


def oasis_drivers(registry_file: Path) -> Iterator[Path]:
    """The folders of that driver: those beside SteamVR's, and those registered with SteamVR."""
    try:
        registry = json.loads(registry_file.read_text(encoding="utf-8-sig"))
        places = [
            *(registry.get("external_drivers") or ()),
            *(p for r in registry["runtime"] for p in Path(r).parent.iterdir()),
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    yield from (Path(place) for place in places if "oasis" in str(place).casefold())
