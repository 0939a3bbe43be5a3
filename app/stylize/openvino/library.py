"""OpenVINO without its telemetry. The only module that imports it.

`import openvino` reports to Google Analytics unless the user has declined. The wearer of two cameras was not asked, so
this module blocks the package that reports; OpenVINO works without it.
"""

import sys
from typing import Any, cast

sys.modules.setdefault("openvino_telemetry", cast(Any, None))  # an ImportError, which OpenVINO expects

import openvino as ov  # noqa: E402
from openvino import opset13 as ops  # noqa: E402
from openvino.passes import ConstantFolding, Manager  # noqa: E402

__all__ = ["REFUSALS", "ConstantFolding", "Manager", "first_line", "ops", "ov"]

REFUSALS = (RuntimeError, UnicodeDecodeError)
"""Exceptions of OpenVINO; it raises the second if its own message quotes bytes of a damaged network."""


def first_line(error: Exception) -> str:
    """The line of `error` that gives the reason, printable."""
    said = error.object.decode(errors="backslashreplace") if isinstance(error, UnicodeDecodeError) else str(error)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
