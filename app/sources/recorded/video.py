"""Videos as a reel: one file with both eyes, or one file per eye. The only module that reads with PyAV."""

from collections.abc import Iterator
from pathlib import Path

import av
import av.error
import numpy as np

from allaprima.app.core.clock import NS
from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import Pixels
from allaprima.app.core.reading import ONLY_FILES, Unreadable, check_file, file_url
from allaprima.app.core.shell import looking, quoted, scaling
from allaprima.app.core.view import StereoRig
from allaprima.app.sources.layout import choose_layout, eye_size, split
from allaprima.app.sources.recorded.pictures import check_size
from allaprima.app.sources.reel import ReelPair

SUFFIXES = frozenset({".mp4", ".mkv", ".avi", ".mov", ".webm", ".m4v", ".mpg", ".mpeg", ".ts", ".ogv"})
ASSUMED_RATE_HZ = 30.0


class Film:
    """One video file, its pictures in order as ((H, W, 3) RGB uint8, nanoseconds or None). Decodes the first at once:
    a file without any is refused here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open()
        stream = self._stream
        self.size = stream.codec_context.width, stream.codec_context.height
        check_size(*self.size, path)
        rate = stream.average_rate or stream.guessed_rate
        self.rate_hz = float(rate) if rate and 0 < rate <= 1000 else ASSUMED_RATE_HZ
        self.length: int | None = stream.frames or None
        self.stereo_mode = next((v.lower() for k, v in stream.metadata.items() if k.lower() == "stereo_mode"), "")
        try:
            self._first = next(self._pictures, None)
        except RecordingError:
            self.close()
            raise

    def _open(self) -> None:
        try:
            check_file(self.path)
            if self.path.stat().st_size == 0:
                raise RecordingError(f"{self.path} is empty (0 bytes)", "copy it again")
            self._container = av.open(file_url(self.path), options=ONLY_FILES, metadata_errors="replace")
        except Unreadable as error:
            raise RecordingError(f"{self.path} {error}", looking(self.path)) from error
        except (OSError, av.error.FFmpegError) as error:
            raise RecordingError(
                f"{self.path} is not a video that can be read: {error.strerror or error}",
                f"try to play it: ffplay {quoted(self.path)}; MKV and MP4 are safe choices",
            ) from error
        if not self._container.streams.video:
            self._container.close()
            raise RecordingError(f"{self.path} holds no video stream", "give the file with the pictures")
        self._stream = self._container.streams.video[0]
        if not self._stream.codec_context:  # PyAV knows no decoder
            self._container.close()
            raise RecordingError(
                f"{self.path} is in a codec that this program does not know",
                f"convert it to H.264: ffmpeg -i {quoted(self.path)} new.mp4",
            )
        self._stream.thread_type = "AUTO"
        self._pictures = self._decode()

    def _decode(self) -> Iterator[tuple[Pixels, int | None]]:
        count = 0
        try:
            for frame in self._container.decode(self._stream):
                if (frame.width, frame.height) != self.size:
                    raise RecordingError(
                        f"{self.path} changes its size after {count} pictures", scaling(self.path, self.size)
                    )
                rgb = frame.reformat(format="rgb24", dst_colorspace="ITU601")  # unnamed, PyAV 16 reads all as BT.601
                pixels = np.ascontiguousarray(rgb.to_ndarray(), np.uint8)
                pixels.flags.writeable = False
                at = None if frame.pts is None or frame.time_base is None else round(frame.pts * frame.time_base * NS)
                yield pixels, at
                count += 1
        except av.error.FFmpegError as error:
            raise RecordingError(
                f"{self.path} is damaged after {count} pictures: {error.strerror or error}",
                f"repair it: ffmpeg -i {quoted(self.path)} -c copy new.mkv",
            ) from error
        if count == 0:
            raise RecordingError(
                f"{self.path} holds no picture that can be decoded", "it may be cut short; record it again"
            )

    def next(self) -> tuple[Pixels, int | None] | None:
        """The next picture, None after the last. Raises `RecordingError`."""
        first, self._first = self._first, None
        return first or next(self._pictures, None)

    def rewind(self) -> None:
        """Opened anew, because seeking to zero is not exact in every container."""
        self.close()
        self._open()
        self._first = None

    def close(self) -> None:
        self._pictures.close()  # type: ignore[attr-defined]
        self._container.close()


class VideoReel:
    """One video whose pictures hold both eyes."""

    damage = ""

    def __init__(self, path: Path, layout: str) -> None:
        self._film = film = Film(path)
        try:
            self.layout = choose_layout(layout, film.size, path, film.stereo_mode)
        except RecordingError:
            film.close()
            raise
        self.name = f"{path} ({self.layout})"
        self.size = eye_size(film.size, self.layout)
        self.rig = StereoRig.assumed(self.size)
        self.rate_hz, self.length = film.rate_hz, film.length
        self.rewind, self.close = film.rewind, film.close

    def next(self) -> ReelPair | None:
        picture = self._film.next()
        return None if picture is None else ReelPair(*split(picture[0], self.layout), picture[1])


class TwoVideosReel:
    """One video per eye, paired by order; ends with the shorter one."""

    damage = ""

    def __init__(self, left: Path, right: Path) -> None:
        self._left = Film(left)
        try:
            self._right = Film(right)
        except RecordingError:
            self._left.close()
            raise
        if self._left.size != self._right.size:
            sizes = [f"{f.path} is {f.size[0]}x{f.size[1]}" for f in (self._left, self._right)]
            self.close()
            raise RecordingError(" but ".join(sizes), f"both eyes need one size: {scaling(right, self._left.size)}")
        self.name = f"{left} + {right.name}"
        self.size = self._left.size
        self.rig = StereoRig.assumed(self.size)
        self.rate_hz = self._left.rate_hz
        lengths = (self._left.length, self._right.length)
        self.length = None if lengths[0] is None or lengths[1] is None else min(lengths[0], lengths[1])

    def next(self) -> ReelPair | None:
        left, right = self._left.next(), self._right.next()
        return None if left is None or right is None else ReelPair(left[0], right[0], left[1])

    def rewind(self) -> None:
        self._left.rewind()
        self._right.rewind()

    def close(self) -> None:
        self._left.close()
        self._right.close()
