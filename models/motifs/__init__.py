"""The project's own pictures for showing styles: an interior, a still life with a head, a landscape.

`scripts/motifs.py` drew them; they are not photographs: anyone may ship, show and paint them.
"""

from importlib.resources import files
from pathlib import Path

NAMES = ("still_life", "landscape", "room")


def motifs() -> tuple[Path, ...]:
    """The JPEG files, 640x480 each."""
    folder = Path(str(files("allaprima.models.motifs")))
    return tuple(folder / f"{name}.jpg" for name in NAMES)
