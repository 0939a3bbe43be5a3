"""OpenVINO as it is, but for what it tells others. The one module that imports it.

`import openvino` reports to Google Analytics, unless somebody has declined. Whoever lets us have two cameras in their
room has not been asked; so the package that reports is not to be had, and OpenVINO does without.
"""

from __future__ import annotations

import sys
from typing import Any, cast

sys.modules.setdefault("openvino_telemetry", cast(Any, None))  # an ImportError, which OpenVINO expects

import openvino as ov  # noqa: E402
from openvino import opset13 as ops  # noqa: E402
from openvino.passes import ConstantFolding, Manager  # noqa: E402

__all__ = ["REFUSALS", "ConstantFolding", "Manager", "first_line", "ops", "ov"]

REFUSALS = (RuntimeError, UnicodeDecodeError)
"""What OpenVINO raises; the second where its own message quotes bytes of a damaged network."""


def first_line(error: Exception) -> str:
    """The line of `error` that says why, printable."""
    said = error.object.decode(errors="backslashreplace") if isinstance(error, UnicodeDecodeError) else str(error)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
