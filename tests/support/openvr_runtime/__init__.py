"""An OpenVR runtime in C that pyopenvr's own library loads in place of SteamVR: built here, commanded from tests."""

from __future__ import annotations

import ctypes
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from patience import PATIENCE_S

SOURCES = Path(__file__).parent
INTERFACES = ("IVRSystem", "IVRCompositor", "IVRInput", "IVRApplications", "IVRTrackedCamera")
SIZES = (
    "TrackedDevicePose_t", "VRTextureWithPose_t", "InputDigitalActionData_t", "InputAnalogActionData_t",
    "Compositor_FrameTiming", "CameraVideoStreamFrameHeader_t",
)  # fmt: skip
PROPERTIES = (
    "DisplayFrequency_Float", "SecondsFromVsyncToPhotons_Float", "ModelNumber_String", "NumCameras_Int32",
    "CameraFrameLayout_Int32", "CameraToHeadTransforms_Matrix34_Array",
)  # fmt: skip


def missing() -> str:
    """What keeps it from being built here; empty if nothing does."""
    if sys.platform != "linux":
        return "the OpenVR test runtime is built on Linux only"
    return "" if shutil.which("gcc") else "no gcc to build the OpenVR test runtime with: apt install gcc libc6-dev"


def tables() -> str:
    """tables.h: what the installed pyopenvr expects of a runtime."""
    import openvr

    lines = []
    for interface in INTERFACES:
        names = [name for name, _ in getattr(openvr, f"{interface}_FnTable")._fields_]
        lines.append(f'#define VERSION_{interface} "{getattr(openvr, f"{interface}_Version")}"')
        lines.append(f"#define COUNT_{interface} {len(names)}")
        lines += [f"#define SLOT_{interface}_{name} {slot}" for slot, name in enumerate(names)]
    lines += [f"#define SIZE_{name} {ctypes.sizeof(getattr(openvr, name))}" for name in SIZES]
    lines += [f"#define PROP_{name} {int(getattr(openvr, f'Prop_{name}'))}" for name in PROPERTIES]
    return "\n".join(lines) + "\n"


class OpenVrRuntime:
    """The built runtime in `folder`. One a process, as of the real one; `do("reset")` makes it as new."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log.jsonl"
        library = folder / "bin" / "linux64" / "vrclient.so"
        library.parent.mkdir(parents=True)
        (folder / "tables.h").write_text(tables())
        command = ["gcc", "-std=gnu11", "-O1", "-Wall", "-shared", "-fPIC", f"-I{folder}", "-o", str(library)]
        sources = [str(source) for source in sorted(SOURCES.glob("*.c"))]
        subprocess.run([*command, *sources, "-lm", "-ldl"], check=True, timeout=PATIENCE_S)
        runtime = ctypes.CDLL(str(library))  # held, so that it outlives the client library's own handle
        self._do, self._eye = runtime.runtime_do, runtime.runtime_eye
        self._do.argtypes, self._do.restype = [ctypes.c_char_p], None
        self._eye.restype = ctypes.POINTER(ctypes.c_ubyte)

    @property
    def environment(self) -> dict[str, str]:
        """What makes OpenVR's library load it."""
        return {"VR_OVERRIDE": str(self.folder), "VR_CONFIG_PATH": str(self.folder), "VR_LOG_PATH": str(self.folder)}

    def do(self, *commands: str) -> None:
        """Command it; they are listed in `runtime_do` of vrclient.c."""
        for command in commands:
            self._do(command.encode())

    def read_eye(self, eye: int) -> NDArray[np.uint8]:
        """(H, W, 3) RGB, row 0 at the top, of what it was handed last for eye 0 (left) or 1, after `do("look 1")`."""
        width, height = ctypes.c_int(), ctypes.c_int()
        pixels = self._eye(eye, ctypes.byref(width), ctypes.byref(height))
        return np.ctypeslib.as_array(pixels, (height.value, width.value, 4))[::-1, :, :3].copy()

    def reset(self) -> None:
        """As new, with an empty log."""
        self.log.write_text("")
        self.do("reset", f"log {self.log}", "rate 500")

    def calls(self, *names: str) -> list[dict[str, Any]]:
        """What it was called with since `reset`, of the functions called `names` or of all."""
        calls = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [call for call in calls if not names or call["call"] in names]
