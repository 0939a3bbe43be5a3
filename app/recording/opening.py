"""The sink that a path asks for."""

from pathlib import Path

from allaprima.app.core.errors import SettingsError
from allaprima.app.recording.picture_folder import PictureFolder
from allaprima.app.recording.sink import FrameSink
from allaprima.app.recording.video import VIDEO_SUFFIXES, StereoLayout, VideoWriter


def open_sink(path: Path, size: tuple[int, int], rate: float, stereo_layout: StereoLayout | None = None) -> FrameSink:
    """A video for `.mp4` and `.mkv`, a folder of PNGs for a name without suffix. Raises as those do."""
    check_name(path)
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return VideoWriter(path, size, rate, stereo_layout)
    return PictureFolder(path, size)


def check_name(path: Path) -> None:
    """Raises `SettingsError` where `open_sink` knows no way to write `path`."""
    if path.suffix and path.suffix.lower() not in VIDEO_SUFFIXES and not path.is_dir():
        raise SettingsError(
            f"{path}: videos are not written as '{path.suffix}'",
            f"end it in {' or '.join(VIDEO_SUFFIXES)}, or in nothing for a folder of pictures",
        )
