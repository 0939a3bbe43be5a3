"""The graphics card and its driver, as far as painting is concerned."""

import shutil
import subprocess
from pathlib import Path

from allaprima.app.doctor.finding import Finding
from allaprima.app.settings_and_flags import Settings

VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}
_ASKED = ("--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
_LIMIT_S = 20.0


def gpu(settings: Settings, root: Path = Path("/")) -> list[Finding]:
    """What nvidia-smi says, else the makers of the cards in sysfs, which lies in `root`. Only NVIDIA's can paint."""
    if tool := shutil.which("nvidia-smi"):
        return _nvidia(tool)
    makers = sorted(
        {VENDORS.get(_text(path), "unknown") for path in root.glob("sys/class/drm/card[0-9]/device/vendor")}
    )
    if "NVIDIA" in makers:
        return [Finding("gpu", "warning", "an NVIDIA card without its driver", "install it: nvidia-smi then lists it")]
    card = f"{' and '.join(makers)}, which draws only" if makers else "none seen"
    return [Finding("gpu", "ok", f"{card}: the network runs on the processor")]


def _nvidia(tool: str) -> list[Finding]:
    try:
        done = subprocess.run([tool, *_ASKED], capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [Finding("gpu", "warning", f"nvidia-smi does not work: {error}", "restart the computer")]
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        said = (done.stdout + done.stderr).strip().partition("\n")[0] or f"exit code {done.returncode}"
        return [Finding("gpu", "warning", f"nvidia-smi: {said}", "install NVIDIA's driver again, then nvidia-smi")]
    findings = []
    for line in lines:
        name, driver, memory = (part.strip() for part in (f"{line},,").split(",")[:3])
        text = f"{name}, driver {driver}, {memory}"
        findings.append(Finding("gpu", "ok", text, "allaprima run --device cuda"))
    return findings


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
