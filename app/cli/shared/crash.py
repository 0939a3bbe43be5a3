"""The crash file: the record of a fault of the program itself, for its developers."""

import os
import platform
import shlex
import traceback
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from allaprima.app.cli.shared.logs import log_folder
from allaprima.app.core.console import printable_lines
from allaprima.app.core.errors import OutputError
from allaprima.app.core.files import write_file

_PACKAGES = (
    "allaprima numpy opencv-python av glfw PyOpenGL openvino onnxruntime onnxruntime-gpu torch onnx openvr pyopenxr"
).split()


def write_crash(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Versions, command line and `error`'s traceback with its notes, which hold settings and last stamps, as a new
    file in the log folder. Returns its path; None where it cannot be written.
    """
    path = log_folder() / f"crash-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    lines = [
        shlex.join(["allaprima", *arguments]),
        f"{datetime.now().astimezone().isoformat(timespec='seconds')}, Python {platform.python_version()}, "
        f"{platform.platform()}",
        ", ".join(f"{name} {number}" for name in _PACKAGES if (number := _version(name))),
        "",
        "".join(traceback.format_exception(error)),
    ]
    try:
        return write_file(path, printable_lines("\n".join(lines)))
    except OutputError:
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
