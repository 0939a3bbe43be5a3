"""An X display where there is none: Xvfb for the time of a `with` block."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def virtual_display(timeout_s: float = 60.0, screen: Path | None = None) -> Iterator[dict[str, str]]:
    """Environment variables to run a program with: DISPLAY of a fresh Xvfb where this is Linux without a display and
    Xvfb is installed, else nothing to add. With a folder for its `screen` it is fresh even where there is a display,
    and `screen / "Xvfb_screen0"` is what it shows, as an XWD picture.
    """
    shown = (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and not screen
    if sys.platform != "linux" or shown or not shutil.which("Xvfb"):
        yield {}
        return
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    command += ["-fbdir", str(screen)] if screen else []
    server = subprocess.Popen(command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        ready, _, _ = select.select([read], [], [], timeout_s)
        number = os.read(read, 16).decode().strip() if ready else ""
        yield {"DISPLAY": f":{number}"} if number else {}
    finally:
        os.close(read)
        server.terminate()
        server.wait()
