"""The file in which SteamVR writes down where it is."""

import json
import os
from pathlib import Path

import platformdirs


def registry_path() -> Path:
    """Where it is; may not exist."""
    named = os.environ.get("VR_PATHREG_OVERRIDE")
    return Path(named) if named else platformdirs.user_config_path() / "openvr" / "openvrpaths.vrpath"


def registry_fault(path: Path) -> str:
    """What is wrong with it; "" if nothing is, or there is none."""
    try:
        folders = json.loads(path.read_text(encoding="utf-8-sig"))["runtime"]
        if any(Path(folder).is_dir() for folder in folders):
            return ""
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{path} cannot be read: {error.strerror or error}"
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"{path} is damaged: it does not name SteamVR's folder"
    return f"{path} names {', '.join(map(str, folders)) or 'no folder'}, where SteamVR is not"
