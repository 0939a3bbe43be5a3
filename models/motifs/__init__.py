"""The project's own pictures that styles are shown on: an interior, a still life with a head, a landscape.

Drawn by `scripts/motifs.py`, photographed by nobody: they may be shipped, shown and painted by anyone.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

NAMES = ("still_life", "landscape", "room")


def motifs() -> tuple[Path, ...]:
    """The JPEG files, 640x480 each."""
    folder = Path(str(files("allaprima.models.motifs")))
    return tuple(folder / f"{name}.jpg" for name in NAMES)
