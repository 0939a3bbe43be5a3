"""The cameras that are plugged in: each is opened for one picture."""

import os
from pathlib import Path

from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.doctor.finding import Finding
from allaprima.app.settings_and_flags import Settings

_SILENT = "opens, but gives no picture"


def cameras(settings: Settings) -> list[Finding]:
    """One finding a camera. `run` does without any."""
    from allaprima.app.sources.cameras.listing import list_cameras, source_flag

    found = list_cameras()
    if not found:
        return [
            Finding("cameras", "warning", "none found: allaprima run paints the synthetic room", "allaprima devices")
        ]
    flag = source_flag([camera.id for camera in found])
    findings = []
    for camera in found:
        about = f"{camera.name} ({camera.device})"
        if fault := _fault(camera.id):
            users = _users(Path(camera.device))
            used = f"; in use by {', '.join(users)}" if users else ""
            findings.append(Finding("cameras", "warning", f"{about}: {fault[0]}{used}", fault[1]))
        else:
            findings.append(Finding("cameras", "ok", about, f"allaprima run {flag}"))
    return findings


def _fault(name: str) -> tuple[str, str] | None:
    """What is wrong with it, and what to do; None if it gives a picture."""
    from allaprima.app.core.errors import Stalled
    from allaprima.app.sources.cameras.device import CaptureMode
    from allaprima.app.sources.cameras.opencv import OpenCvDevice

    try:
        device = OpenCvDevice(name, CaptureMode())
    except AllaPrimaError as error:
        return error.message, error.hint
    try:
        silent = not device.grab() or device.retrieve() is None
    except Stalled:
        silent = True
    finally:
        device.close()
    return (_SILENT, "unplug it and plug it in again, then allaprima devices") if silent else None


def _users(device: Path, proc: Path = Path("/proc")) -> list[str]:
    """'zoom (process 4711)' of every other program that has the device file open, as far as this user may know."""
    found = set()
    for link in proc.glob("[0-9]*/fd/*"):
        try:
            process = link.parts[-3]
            if process != str(os.getpid()) and link.readlink() == device:
                found.add(f"{(proc / process / 'comm').read_text(errors='replace').strip()} (process {process})")
        except OSError:  # it has ended, or is another user's
            continue
    return sorted(found)
