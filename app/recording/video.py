"""Writes videos. The only module that writes with av (FFmpeg); the reader is in sources."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
from av.codec.context import Flags
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from allaprima.app.core.clock import NS
from allaprima.app.core.errors import RecordingError, SettingsError
from allaprima.app.core.files import PartialFile, writing
from allaprima.app.core.frame import Pixels
from allaprima.app.core.reading import file_url
from allaprima.app.core.shell import pip
from allaprima.app.recording.sink import FrameSink
from allaprima.app.recording.soundtrack import Original, Soundtrack

StereoLayout = Literal["sbs", "sbs-swapped", "tb", "tb-swapped"]
"""Both eyes in one picture: side by side with the left eye left, or left eye on top; and swapped."""

_FORMATS: dict[str, tuple[str, dict[str, str]]] = {
    ".mp4": ("mp4", {"movflags": "faststart"}),
    ".mkv": ("matroska", {"flush_packets": "1", "cluster_time_limit": "1000"}),  # for killed programs
}
_STEREO_MODES = {"sbs": "left_right", "sbs-swapped": "right_left", "tb": "top_bottom", "tb-swapped": "bottom_top"}
_PACKINGS = {"sbs": 3, "tb": 4}  # H.264's own mark, for MP4: Annex D, frame packing arrangement
_TICKS = 60_000  # a second: whole for 24, 25, 30, 50 and 60 Hz, and below the most that MPEG-4 allows
_MOST_TICKS = 65_535
_STEP = _TICKS // 1000  # MKV keeps milliseconds, which must increase
_EXACT = Interpolation.AREA | Interpolation.ACCURATE_RND
_TAGS = {  # how pixels are converted, and FFmpeg's names for matrix, primaries and curve
    709: (Colorspace.ITU709, 1, 1, 1),
    601: (Colorspace.ITU601, 6, 6, 6),
}
_BT709 = 1  # the matrix; FFmpeg's AVCOL_SPC_BT709
VIDEO_SUFFIXES = tuple(_FORMATS)

Codec = Literal["ffv1", "h264"]
"""FFV1 keeps every bit of every pixel; H.264 in 4:4:4 is half as large, off by a few of 255 levels (about 43 dB)."""

_CODECS: dict[Codec, tuple[str, str, dict[str, str]]] = {  # encoder, pixels, options
    "ffv1": ("ffv1", "bgr0", {"level": "3", "slices": "4", "slicecrc": "1", "coder": "0", "context": "0", "g": "1"}),
    "h264": ("libx264", "yuv444p", {"preset": "ultrafast", "crf": "4", "tune": "zerolatency", "g": "15"}),
}
_CLUSTER_MS = 200  # the unit in which MKV reaches the disk: what a killed program loses of H.264; FFV1 loses a picture
_MS = 1_000_000


class VideoWriter(FrameSink):
    """An MP4 or MKV file by its suffix: H.264 (MPEG-4 part 2 if av has no H.264), BT.709, variable frame times.

    `size` (width, height); odd sides are stored one pixel larger with a repeated edge, because of 4:2:0. `rate` is in
    frames per second, for `write` without a time. `stereo_layout` marks the two eyes for stereo players; where they are
    swapped only in MKV, because MP4 has no such mark. Encodes in the calling thread. Raises `SettingsError` for another
    suffix or an absurd size. `original` is what it keeps of another film.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        rate: float,
        stereo_layout: StereoLayout | None = None,
        original: Original | None = None,
    ) -> None:
        chosen = _FORMATS.get(path.suffix.lower())
        if chosen is None:
            raise SettingsError(
                f"{path}: videos are not written as '{path.suffix}'",
                f"name it {path.with_suffix('.mp4').name} or {path.with_suffix('.mkv').name}",
            )
        if not all(2 <= side <= 16384 for side in size) or not 0 < rate <= 1000:
            raise SettingsError(f"{path}: no video of {size[0]}x{size[1]} at {rate:g} pictures a second is written")
        self.path, self.size, self.count = path, size, 0
        self._original = original or Original()
        self._tick_s, self._step = self._original.time_base or Fraction(1, _TICKS), 1  # seconds; in ticks
        self._start_ns = self._original.start_ns
        self._last: int | None = None  # ticks
        self._end_ns = 0
        self._soundtrack: Soundtrack | None = None
        self._file = PartialFile(path)
        self._container: av.container.OutputContainer | None = None
        try:
            with writing(path, av.error.FFmpegError):
                name, options = chosen
                self._container = av.open(file_url(self._file.temporary), "w", format=name, options=options)
                # MKV's own mark, beside which FFmpeg writes no shape of pixels; else that of H.264
                tagged = name == "matroska" and self._original.pixel_aspect == 1
                packing = None if tagged else _PACKINGS.get(stereo_layout or "")
                self._stream = self._add_stream(self._container, rate, packing)
                if stereo_layout and name == "matroska" and not packing:
                    self._stream.metadata["stereo_mode"] = _STEREO_MODES[stereo_layout]
                if tracks := self._original.tracks:
                    self._soundtrack = Soundtrack(tracks, self._container, path, self._original.whole)
        except BaseException:
            self.abort()
            raise

    def write(self, rgb: Pixels, t_ns: int | None = None, duration_ns: int | None = None) -> None:
        """As `FrameSink.write`; `duration_ns` is how long it is shown if it is the last, by default a period."""
        self._check(rgb, self._container is not None)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(self._even(rgb)), "rgb24")
        frame = frame.reformat(
            format="yuv420p", dst_colorspace=self._matrix, dst_color_range=ColorRange.MPEG, interpolation=_EXACT
        )
        frame.pts, frame.time_base = self._tick(t_ns), self._tick_s
        frame.duration = self._period if duration_ns is None else max(self._step, self._ticks(duration_ns))
        self._end_ns = round((frame.pts + frame.duration) * self._tick_s * NS)
        self._mux(frame)
        self.count += 1

    def close(self) -> None:
        if self._container is None:
            return
        if not self.count:
            self.abort()
            return
        self._mux(None)
        container, self._container = self._container, None
        try:
            with writing(self.path, av.error.FFmpegError):
                if self._soundtrack:
                    self._soundtrack.finish(self._end_ns)
                container.close()  # writes the index
            self._file.commit()
        finally:
            self._file.discard()

    def abort(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            with suppress(OSError, av.error.FFmpegError, ValueError):  # the file is deleted anyway
                container.close()  # closes the file, which Windows does not remove while it is open
        self._file.discard()

    def _mux(self, frame: av.VideoFrame | None) -> None:
        """Encode `frame`, or None for the end, and write the packets."""
        assert self._container is not None
        try:
            with writing(self.path, av.error.FFmpegError):
                for packet in self._stream.encode(frame):
                    if self._soundtrack and packet.dts is not None:
                        self._soundtrack.copy(round(packet.dts * packet.time_base * NS))
                    self._container.mux_one(packet)
        except RecordingError:
            self.abort()
            raise

    def _add_stream(self, container: av.container.OutputContainer, rate: float, packing: int | None) -> av.VideoStream:
        width, height = (side + side % 2 for side in self.size)
        encoder = next((name for name in ("libx264", "libopenh264", "mpeg4") if name in av.codecs_available), None)
        if encoder is None:
            hint = f"{pip()} install --force-reinstall av"
            raise RecordingError("this build of av has no encoder for MP4 and MKV", hint)
        stream = container.add_stream(encoder, rate=Fraction(rate).limit_denominator(1001))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        if encoder == "mpeg4" and self._tick_s.denominator > _MOST_TICKS:
            self._tick_s = Fraction(1, _TICKS)
        if not self._original.time_base:
            self._step = _STEP
        self._period = max(self._step, round(1 / rate / self._tick_s))
        context.time_base = self._tick_s
        context.flags |= int(Flags.frame_duration)
        if self._original.pixel_aspect != 1:
            context.sample_aspect_ratio = self._original.pixel_aspect
        self._matrix = Colorspace.ITU601  # what players assume where nothing is said
        if encoder != "mpeg4":
            context.color_range = ColorRange.MPEG
            if tags := _TAGS.get(self._original.matrix):
                self._matrix, *marks = tags
                context.colorspace, context.color_primaries, context.color_trc = marks
        if encoder == "libx264":
            # without frames that refer ahead, whose decoding times would shorten a film of uneven times in MP4
            stream.options = {"preset": "veryfast", "crf": "16", "bf": "0"}
            if packing:
                stream.options = {**stream.options, "x264-params": f"frame-packing={packing}"}
        else:
            stream.bit_rate = int(min(width * height * min(rate, 120.0) * 0.2, 2e8))
        return stream

    def _even(self, rgb: Pixels) -> Pixels:
        width, height = self.size
        if width % 2 == 0 and height % 2 == 0:
            return rgb
        return cv2.copyMakeBorder(rgb, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)  # type: ignore[return-value]

    def _ticks(self, ns: int) -> int:
        return round(Fraction(ns, NS) / self._tick_s)

    def _tick(self, t_ns: int | None) -> int:
        """The time of the next picture, in ticks from the film's start."""
        if self._last is None:
            if self._start_ns is None:
                self._start_ns = t_ns
            self._last = 0 if t_ns is None or self._start_ns is None else max(0, self._ticks(t_ns - self._start_ns))
            if self._soundtrack:
                self._soundtrack.begin(self._start_ns or 0)
        elif t_ns is None or self._start_ns is None:
            self._last += self._period
        else:
            self._last = max(self._last + self._step, self._ticks(t_ns - self._start_ns))
        return self._last


class StereoVideo:
    """Pairs side by side in an MKV that plays up to its last picture even if the writing program was killed.

    `size` (width, height) of each eye. Unlike a `VideoWriter` it writes under its final name from the first picture
    on, and keeps the file when it fails. The container keeps milliseconds. Encodes in the calling thread, several
    slices at once. Raises `RecordingError`.
    """

    def __init__(self, path: Path, size: tuple[int, int], codec: Codec = "ffv1", rate: float | None = None) -> None:
        encoder, pixels, options = _CODECS[codec]
        if encoder not in av.codecs_available:
            raise RecordingError(f"this build of av cannot write {codec}", "record with another --codec")
        self.path, self.size, self.count = path, size, 0
        self._pixels = pixels
        self._first_ns: int | None = None
        self._last_ms = -1
        self._container: av.container.OutputContainer | None = None
        whole = {"flush_packets": "1", "cluster_time_limit": str(_CLUSTER_MS)}
        with writing(path, av.error.FFmpegError):
            self._container = av.open(file_url(path), "w", "matroska", whole)
            stream = self._container.add_stream(encoder, rate=Fraction(rate or 30).limit_denominator(1001))
            assert isinstance(stream, av.VideoStream)
            self._stream = stream
            stream.width, stream.height, stream.pix_fmt = 2 * size[0], size[1], pixels
            stream.options = {**options}
            stream.metadata["stereo_mode"] = _STEREO_MODES["sbs"]
            context = stream.codec_context
            context.time_base = Fraction(1, 1000)
            context.thread_type, context.thread_count = "SLICE", 4
            if codec == "h264":
                context.colorspace, context.color_range = _BT709, ColorRange.MPEG

    def write(self, left: Pixels, right: Pixels, t_ns: int) -> None:
        """Add a pair, (H, W, 3) RGB uint8 each, seen at `t_ns`; times that do not increase are moved to do so."""
        if self._first_ns is None:
            self._first_ns = t_ns
        frame = self._picture(left, right)
        self._last_ms = max(self._last_ms + 1, (t_ns - self._first_ns) // _MS)
        frame.pts, frame.time_base = self._last_ms, Fraction(1, 1000)
        self._mux(frame)
        self.count += 1

    def close(self) -> None:
        """Complete the file. Idempotent. Raises `RecordingError`; the part written until then can still be played."""
        if self._container is None:
            return
        try:
            self._mux(None)
        finally:
            container, self._container = self._container, None
            with writing(self.path, av.error.FFmpegError):
                container.close()  # writes the index

    def _picture(self, left: Pixels, right: Pixels) -> av.VideoFrame:
        """Both eyes side by side, written directly into the encoder's memory if it takes RGB."""
        if self._pixels != "bgr0":
            frame = av.VideoFrame.from_ndarray(np.hstack((left, right)), "rgb24")
            return frame.reformat(
                format=self._pixels, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
        width, height = self.size
        frame = av.VideoFrame(2 * width, height, "bgr0")
        plane = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(height, plane.line_size)  # type: ignore[call-overload]
        canvas = rows[:, : 8 * width].reshape(height, 2 * width, 4)
        cv2.cvtColor(left, cv2.COLOR_RGB2BGRA, dst=canvas[:, :width])
        cv2.cvtColor(right, cv2.COLOR_RGB2BGRA, dst=canvas[:, width:])
        return frame

    def _mux(self, frame: av.VideoFrame | None) -> None:
        assert self._container is not None
        with writing(self.path, av.error.FFmpegError):
            self._container.mux(self._stream.encode(frame))
