"""A speed report as files: JSON and Markdown."""

import json
from pathlib import Path

from allaprima.app.bench.speed.table import Report, machine_line, tables
from allaprima.app.core.files import write_file


def markdown(report: Report) -> str:
    """What was measured, and the tables."""
    return "\n".join([f"`{report['pack']}` on {machine_line(report)}.\n", *(one.markdown() for one in tables(report))])


def write_speed(folder: Path, report: Report) -> list[Path]:
    """`speed.json` and `speed.md` in `folder`, which is made if need be; each whole or not at all.

    Raises `RecordingError`.
    """
    return [
        write_file(folder / "speed.json", json.dumps(report, indent=2, allow_nan=False) + "\n"),
        write_file(folder / "speed.md", f"# Speed\n\n{markdown(report)}"),
    ]
