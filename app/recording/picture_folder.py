"""A sequence of pictures in a folder."""

from pathlib import Path

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.files import PartialFolder, writing
from allaprima.app.core.frame import Pixels
from allaprima.app.recording.picture import write_picture
from allaprima.app.recording.sink import FrameSink


class PictureFolder(FrameSink):
    """Writes `000000.png`, `000001.png` and so on into `folder`, which must be new or empty; times are not kept.

    Written under a temporary name beside it, renamed at `close`. Raises `RecordingError`.
    """

    def __init__(self, folder: Path, size: tuple[int, int], suffix: str = ".png") -> None:
        self.path, self.size, self.count = folder, size, 0
        self._suffix, self._open = suffix, True
        with writing(folder):
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise RecordingError(f"{folder} exists and is not an empty folder", f"name a new one: {folder.name}-2")
        self._partial = PartialFolder(folder)

    def write(self, rgb: Pixels, t_ns: int | None = None) -> None:
        self._check(rgb, self._open)
        try:
            write_picture(self._partial.temporary / f"{self.count:06d}{self._suffix}", rgb)
        except RecordingError:
            self.abort()
            raise
        self.count += 1

    def close(self) -> None:
        if not self._open:
            return
        if not self.count:
            self.abort()
            return
        self._open = False
        self._partial.commit()

    def abort(self) -> None:
        if self._open:
            self._open = False
            self._partial.discard()
