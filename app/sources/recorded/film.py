"""One film, picture by picture. The only module that reads with PyAV."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.filter import Graph
from av.sidedata.sidedata import Type
from av.stream import Disposition
from av.video.reformatter import ColorPrimaries, ColorTrc, Interpolation, VideoReformatter

from allaprima.app.core.clock import NS
from allaprima.app.core.console import say
from allaprima.app.core.errors import RecordingError
from allaprima.app.core.frame import Pixels
from allaprima.app.core.reading import ONLY_FILES, Unreadable, check_file, file_url
from allaprima.app.core.shell import looking, quoted, scaling
from allaprima.app.sources.recorded.pictures import check_size

ASSUMED_RATE_HZ = 30.0
FFMPEG_ERRORS = (OSError, av.error.FFmpegError)
MOST_LOST = 250
"""Pictures in a row that cannot be decoded, after which a film counts as ended."""

_STEREO_MODES = {1: ("left_right", "right_left"), 2: ("top_bottom", "bottom_top")}
"""FFmpeg's AVStereo3DType, as Matroska calls it; the second name where the views are inverted."""
_PROJECTIONS = {
    0: "360°, equirectangular",
    1: "360°, cubemap",
    2: "180°, equirectangular",
    3: "180°, equirectangular",
    5: "fisheye",
}
"""FFmpeg's AVSphericalProjection. 2 is a part of a sphere, which is how VR180 is marked."""
_MATRICES = {1: 709, 2: 0, 5: 601, 6: 601}
"""FFmpeg's AVColorSpace; 2 is a film that does not say."""
_EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""Otherwise FFmpeg truncates, and every picture is a level too dark."""
_HDR = {int(ColorTrc.SMPTE2084): "PQ", int(ColorTrc.ARIB_STD_B67): "HLG"}
_WIDE = {int(ColorPrimaries.BT2020), int(ColorPrimaries.SMPTE431), int(ColorPrimaries.SMPTE432)}


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a film: (H, W, 3) RGB uint8, upright, read-only; its time and duration in nanoseconds on the
    film's clock, by the rate where the file does not say.
    """

    pixels: Pixels
    t_ns: int
    duration_ns: int


def open_container(path: Path) -> Any:
    """The film at `path`, for reading. Raises `RecordingError`."""
    try:
        check_file(path)
        if path.stat().st_size == 0:
            raise RecordingError(f"{path} is empty (0 bytes)", "copy it again")
        return av.open(file_url(path), options=ONLY_FILES, metadata_errors="replace")
    except Unreadable as error:
        raise RecordingError(f"{path} {error}", looking(path)) from error
    except (OSError, av.error.FFmpegError) as error:
        raise RecordingError(
            f"{path} is not a video that can be read: {error.strerror or error}",
            f"try to play it: ffplay {quoted(path)}; MKV and MP4 are safe choices",
        ) from error


class Film:
    """One video file, its pictures in order, upright, in BT.709's colours, and whole pictures of interlaced films.

    Pictures that cannot be decoded are left out, and `damage` counts them; `strict` raises instead. `pixel_aspect` is a
    pixel's width by its height, `time_base` the unit of the film's times, `start_ns` where its clock starts. `matrix`
    is 709, 601, or 0 for a film that is read as 601 but does not say so. `stereo_mode` (as Matroska calls it) and
    `projection` are what the film says of itself, empty if it does not.
    """

    def __init__(self, path: Path, strict: bool = False) -> None:
        self.path, self._strict = path, strict
        self._short = ""  # how much is missing, known at the end, and from then on
        self._open()
        stream, first = self._stream, self._first
        rate = stream.average_rate or stream.guessed_rate
        self.rate_hz = float(rate) if rate and 0 < rate <= 1000 else ASSUMED_RATE_HZ
        self.time_base: Fraction | None = stream.time_base
        self.start_ns = (self._container.start_time or 0) * 1000
        self.length: int | None = stream.frames or None
        self.size = self._upright(self._stored)
        self.pixel_aspect = _pixel_aspect(stream.sample_aspect_ratio)
        if self._turn[0]:
            self.pixel_aspect = 1 / self.pixel_aspect
        self.matrix = 709 if _managed(first) else _MATRICES.get(first.colorspace, 709)
        sides = _sides(first)
        self.stereo_mode = next((v.lower() for k, v in stream.metadata.items() if k.lower() == "stereo_mode"), "")
        self.stereo_mode = self.stereo_mode or _stereo_mode(sides.get(Type.STEREO3D, b""))
        self.projection = _PROJECTIONS.get(_word(sides[Type.SPHERICAL], 0), "") if Type.SPHERICAL in sides else ""
        if curve := _HDR.get(first.color_trc):
            say(f"{path} is in HDR ({curve}): its colours are brought to those of an ordinary screen")

    def _open(self) -> None:
        self._container = open_container(self.path)
        try:
            self._stream = self._chosen()
            self._frames = self._decoded()
            self._first = first = next(self._frames)
        except BaseException:
            self._container.close()
            raise
        self._stored = first.width, first.height
        self._turn = _turn(_sides(first).get(Type.DISPLAYMATRIX, b""))
        self._reformatter = VideoReformatter()  # kept, because tables for HDR take seconds to make
        self._pictures = self._shown()

    def _chosen(self) -> Any:
        """The stream with the pictures: FFmpeg's choice, which is no cover. Raises `RecordingError`."""
        films = [s for s in self._container.streams.video if not s.disposition & Disposition.attached_pic]
        if not films:
            raise RecordingError(f"{self.path} holds no video stream", "give the file with the pictures")
        best = self._container.streams.best("video")
        stream = best if best in films else films[0]
        if not stream.codec_context:  # PyAV knows no decoder
            raise RecordingError(
                f"{self.path} is in a codec that this program does not know",
                f"convert it to H.264: ffmpeg -i {quoted(self.path)} new.mp4",
            )
        check_size(stream.codec_context.width, stream.codec_context.height, self.path)
        stream.thread_type = "AUTO"
        return stream

    def _decoded(self) -> Iterator[av.VideoFrame]:
        """The frames as they are stored; at least one. Raises `RecordingError`."""
        self._lost, self._packets, self._end_ns, self._fault = 0, 0, 0, ""
        count, in_a_row = 0, 0
        packets = self._container.demux(self._stream)
        while in_a_row < MOST_LOST:
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                self._packets += bool(packet.size)
                frames = packet.decode()
            except av.error.FFmpegError as error:
                reason = error.strerror or str(error)
                self._fault = self._fault or reason
                if self._strict and count:
                    raise RecordingError(
                        f"{self.path} is damaged after {count} pictures: {reason}",
                        f"repair it: ffmpeg -i {quoted(self.path)} -c copy new.mkv",
                    ) from error
                self._lost, in_a_row = self._lost + 1, in_a_row + 1
                continue
            for frame in frames:
                count, in_a_row = count + 1, 0
                yield frame
        if count == 0:
            raise RecordingError(
                f"{self.path} holds no picture that can be decoded{f': {self._fault}' if self._fault else ''}",
                "it may be cut short; record it again",
            )

    def _progressive(self) -> Iterator[av.VideoFrame]:
        """The frames, with both fields of an interlaced one brought to one moment."""
        first, graph = self._first, None
        if first.interlaced_frame:
            graph = Graph()
            nodes = [
                graph.add_buffer(template=self._stream, time_base=self._stream.time_base),
                graph.add("bwdif", "mode=send_frame:deint=interlaced"),
                graph.add("buffersink"),
            ]
            graph.link_nodes(*nodes).configure()
        yield from _filtered(self._checked(), graph)

    def _checked(self) -> Iterator[av.VideoFrame]:
        yield self._first
        for count, frame in enumerate(self._frames, 1):
            if (frame.width, frame.height) != self._stored:
                raise RecordingError(
                    f"{self.path} changes its size after {count} pictures", scaling(self.path, self.size)
                )
            yield frame

    def _shown(self) -> Iterator[Shown]:
        period_ns = round(NS / float(self._stream.average_rate or ASSUMED_RATE_HZ))
        for frame in self._progressive():
            to_709 = {"dst_color_trc": ColorTrc.BT709, "dst_color_primaries": ColorPrimaries.BT709}
            ours = {"dst_colorspace": "ITU601", "interpolation": _EXACT}  # unnamed, PyAV 16 reads all as BT.601
            rgb = self._reformatter.reformat(frame, format="rgb24", **(to_709 if _managed(frame) else ours))
            transposed, *flips = self._turn
            pixels = rgb.to_ndarray()
            pixels = pixels.transpose(1, 0, 2) if transposed else pixels
            pixels = np.ascontiguousarray(pixels[:: -1 if flips[1] else 1, :: -1 if flips[0] else 1], np.uint8)
            pixels.flags.writeable = False
            base = frame.time_base
            t_ns = self._end_ns if frame.pts is None or base is None else round(frame.pts * base * NS)
            duration_ns = round(frame.duration * base * NS) if frame.duration and base is not None else period_ns
            self._end_ns = max(self._end_ns, t_ns + duration_ns)
            yield Shown(pixels, t_ns, duration_ns)

    def _upright(self, size: tuple[int, int]) -> tuple[int, int]:
        return (size[1], size[0]) if self._turn[0] else size

    @property
    def damage(self) -> str:
        """The damage noticed so far; empty if there is none."""
        said = [f"{self._lost} picture(s) cannot be decoded and are left out: {self._fault}"] if self._lost else []
        return "; ".join(said + [self._short] * bool(self._short))

    def _missing(self) -> str:
        """How much shorter the film is than its header promises."""
        stream, period_ns = self._stream, NS / self.rate_hz
        promised_ns = _nanoseconds(stream.metadata.get("DURATION", ""))
        if stream.duration and stream.time_base:
            promised_ns = round(stream.duration * stream.time_base * NS)
        early = promised_ns is None or self._end_ns - self.start_ns < promised_ns - 2 * period_ns
        if self.length and self._packets < self.length and early:
            return f"it is cut short: {self._packets} of {self.length} pictures are there"
        if not self.length and promised_ns is not None and early:
            return f"it is cut short: {(self._end_ns - self.start_ns) / NS:.1f} of {promised_ns / NS:.1f} s are there"
        return ""

    def next(self) -> Shown | None:
        """The next picture, None after the last. Raises `RecordingError`."""
        picture = next(self._pictures, None)
        if picture is None:
            self._short = self._missing()
        return picture

    def rewind(self) -> None:
        """Opened anew, because seeking to zero is not exact in every container."""
        self.close()
        self._open()

    def close(self) -> None:
        self._pictures.close()  # type: ignore[attr-defined]
        self._frames.close()  # type: ignore[attr-defined]
        self._container.close()


def _filtered(frames: Iterator[av.VideoFrame], graph: Graph | None) -> Iterator[av.VideoFrame]:
    for frame in frames:
        if graph is None:
            yield frame
            continue
        graph.vpush(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.vpush(None)
        yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def _sides(frame: Any) -> dict[Type, bytes]:
    return {side.type: bytes(side) for side in frame.side_data}


def _managed(frame: av.VideoFrame) -> bool:
    """Whether more than its matrix differs from an ordinary film."""
    return frame.color_trc in _HDR or frame.color_primaries in _WIDE


def _turn(matrix: bytes) -> tuple[bool, bool, bool]:
    """How a stored picture becomes upright: (rows and columns exchanged, then mirrored in x, mirrored in y); from the
    nine numbers of a display matrix, of which only quarter turns are followed.
    """
    if len(matrix) < 36:
        return False, False, False
    a, b, _, c, d = (int(n) for n in np.frombuffer(matrix, "<i4")[:5])
    return (True, c < 0, b < 0) if abs(b) > abs(a) else (False, a < 0, d < 0)


def _pixel_aspect(found: Fraction | None) -> Fraction:
    return found if found and Fraction(1, 4) <= found <= 4 else Fraction(1)


def _word(data: bytes, number: int) -> int:
    """The number at that place of a C structure of 32-bit numbers."""
    return int(np.frombuffer(data[: len(data) // 4 * 4], "<u4")[number])


def _stereo_mode(data: bytes) -> str:
    """Of an AVStereo3D: its type, and flags of which bit 0 is "inverted"."""
    if len(data) < 8:
        return ""
    names = _STEREO_MODES.get(_word(data, 0))
    return names[_word(data, 1) & 1] if names else ""


def _nanoseconds(text: str) -> int | None:
    """A Matroska tag such as 00:01:02.500000000; None if it is none."""
    try:
        hours, minutes, seconds = text.split(":")
        return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * NS)
    except ValueError:
        return None
