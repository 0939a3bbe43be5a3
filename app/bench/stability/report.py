"""A measured pack as files: report.json for programs, report.html and pictures for people."""

import json
from pathlib import Path

import numpy as np

from allaprima.app.bench.stability.measures import Measured
from allaprima.app.bench.stability.page import PICTURES, page
from allaprima.app.bench.stability.run import Result
from allaprima.app.core.files import write_file
from allaprima.app.core.frame import Pixels
from allaprima.app.recording.contact_sheet import write_contact_sheet
from allaprima.app.recording.picture import write_picture

STRENGTHENED = 4


def write_report(folder: Path, result: Result) -> list[Path]:
    """Write `report.json`, `pictures/`, the sheets `styles.png` and `flicker.png`, and last `report.html` into
    `folder`, which is made if need be. Returns page and sheets. Each file appears whole or not at all. Raises
    `RecordingError`.
    """
    write_file(folder / "report.json", json.dumps(result.report, indent=2, allow_nan=False) + "\n")
    shown = {"raw": result.raw, **result.painted}
    for name, found in shown.items():
        write_picture(folder / PICTURES / f"{name}.jpg", found.painted[0])
        write_picture(folder / PICTURES / f"{name}-flicker.jpg", flicker(found))
    sheets = [folder / "styles.png", folder / "flicker.png"]
    write_contact_sheet(sheets[0], [(name, found.painted[0]) for name, found in shown.items()])
    write_contact_sheet(sheets[1], [(name, flicker(found)) for name, found in shown.items()])
    return [write_file(folder / "report.html", page(result.report)), *sheets]


def flicker(found: Measured) -> Pixels:
    """(H, W, 3) how the left eye's painted frame differs from the one before it, warped onto it: `STRENGTHENED` times,
    around grey.
    """
    difference = found.painted[0].astype(np.int16) - found.before[0]
    return np.clip(128 + STRENGTHENED * difference, 0, 255).astype(np.uint8)
