"""A run's latency as files: report.json for programs, trace.json for Perfetto, report.html for people."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from allaprima.app.core.errors import SettingsError
from allaprima.app.core.files import write_file
from allaprima.app.latency.monitor import Records
from allaprima.app.latency.page import page
from allaprima.app.latency.trace import trace

PAGE = "report.html"
"""The last file written: where it is, the others are."""


def write_report(folder: Path, summary: dict[str, Any], records: Records, context: Mapping[str, Any]) -> list[Path]:
    """Write the three files into `folder`, which is made if need be, and return their paths, the page last.

    `summary` and `records` come from a `LatencyMonitor`; `context` says what ran on what (JSON-ready values, or
    mappings of them). Each file appears whole or not at all. Raises `OutputError`.
    """
    texts = {
        "report.json": json.dumps({"summary": summary, "context": context}, indent=2, allow_nan=False) + "\n",
        "trace.json": json.dumps(trace(records), separators=(",", ":"), allow_nan=False),
        PAGE: page(summary, records, context),
    }
    return [write_file(folder / name, text) for name, text in texts.items()]


def check_folder(folder: Path) -> None:
    """Raises `SettingsError` where no report can be written into `folder`, as far as one can tell without making it:
    better now than after the run.
    """
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not place.is_dir():
        raise _refused(folder, f"{place} is not a folder")
    if not os.access(place, os.W_OK):
        raise _refused(folder, f"{place} is not yours to write to")


def _refused(folder: Path, why: str) -> SettingsError:
    return SettingsError(
        f"cannot write the report into {folder}: {why}", "name a folder you can write to: --report DIR"
    )
