"""Small films of every kind, and what is in a film."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

_open: Any = av.open  # its types know too many kinds of streams
Pixels = NDArray[np.uint8]

TURNS = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
"""Clockwise, as the four numbers of a display matrix."""
CORNERS = ((200, 40, 40), (40, 160, 60), (50, 60, 200), (230, 230, 220))


def quarters(width: int = 96, height: int = 64, number: int = 0) -> Pixels:
    """Four coloured quarters; the whole gets darker with `number`."""
    picture = np.empty((height, width, 3), np.uint8)
    for at, colour in enumerate(CORNERS):
        y, x = divmod(at, 2)
        picture[y * height // 2 :, x * width // 2 :] = np.array(colour) - 3 * number
        picture[y * height // 2 :, : width // 2] = np.array(CORNERS[2 * y]) - 3 * number
    return picture


def make(
    path: Path,
    pictures: Sequence[Pixels],
    *,
    times: Sequence[int] | None = None,
    base: Fraction = Fraction(1, 12800),
    rate: Fraction = Fraction(25),
    sound: Sequence[str] = (),
    aspect: Fraction = Fraction(1),
    stereo: str = "",
    codec: str = "libx264",
    pixels: str = "yuv420p",
    matrix: int = 5,
    full: bool = False,
    options: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
) -> Path:
    """A film of `pictures` at `times`, in units of `base`; with a second of each `sound` (an encoder's name)."""
    height, width = pictures[0].shape[:2]
    with _open(str(path), "w") as container:
        container.metadata.update(tags or {})
        video = container.add_stream(codec, rate=rate, options={"crf": "6", "bf": "0"} if options is None else options)
        video.width, video.height, video.pix_fmt = width, height, pixels
        context = video.codec_context
        context.time_base, context.sample_aspect_ratio = base, aspect
        context.colorspace, context.color_range = matrix, 2 if full else 1
        if stereo:
            video.metadata["stereo_mode"] = stereo
        tracks = [container.add_stream(kind, rate=48000) for kind in sound]
        for track in tracks:
            track.layout = "mono"
            track.metadata["language"] = "deu"
        for number, rgb in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24")
            frame = frame.reformat(format=pixels, dst_colorspace=matrix, dst_color_range=2 if full else 1)
            frame.pts = times[number] if times else round(number / rate / base)
            frame.time_base = base
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for number, track in enumerate(tracks):
            wave = np.sin(np.arange(48000) * (220 + 220 * number) * 2 * np.pi / 48000).astype(np.float32)
            samples = track.codec_context.frame_size or 1024
            resampler = av.AudioResampler(track.format.name, "mono", 48000)
            for start in range(0, wave.size - samples, samples):
                piece = av.AudioFrame.from_ndarray(wave[None, start : start + samples], "fltp", "mono")
                piece.sample_rate, piece.pts, piece.time_base = 48000, start, Fraction(1, 48000)
                for one in resampler.resample(piece):
                    container.mux(track.encode(one))
            container.mux(track.encode(None))
    return path


def turn(path: Path, degrees: int) -> Path:
    """Write a turn, clockwise, into the header of an MP4, as a phone does."""
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd") + 4 + 4 + 20 + 16
    a, b, c, d = (65536 * number for number in TURNS[degrees])
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


@dataclass
class Contents:
    """What is in a film: `pictures` upright, `times` in seconds, the hashes of each other track's packets."""

    pictures: list[Pixels] = field(default_factory=list)
    times: list[Fraction] = field(default_factory=list)
    packets: list[list[str]] = field(default_factory=list)
    sound_times: list[Fraction] = field(default_factory=list)
    languages: list[str | None] = field(default_factory=list)
    seconds: float = 0.0
    aspect: Fraction = Fraction(1)
    stereo: str = ""
    title: str = ""


def contents(path: Path) -> Contents:
    """What FFmpeg itself finds in the film, turned upright as players do."""
    found = Contents()
    with _open(str(path)) as container:
        video = next(s for s in container.streams.video if s.codec_context.name != "png")
        for frame in container.decode(video):
            found.pictures.append(np.rot90(frame.to_ndarray(format="rgb24"), frame.rotation // 90))
            found.times.append(frame.pts * frame.time_base)
        found.aspect = video.sample_aspect_ratio or Fraction(1)
        found.stereo = video.metadata.get("stereo_mode", "")
        found.seconds = (container.duration or 0) / 1e6
        found.title = container.metadata.get("title", "")
        count = len(container.streams.audio)
    for number in range(count):
        with _open(str(path)) as container:
            track = container.streams.audio[number]
            packets = [packet for packet in container.demux(track) if packet.size]
            found.packets.append([hashlib.sha256(bytes(packet)).hexdigest() for packet in packets])
            found.languages.append(track.language)
            found.sound_times += [packet.pts * packet.time_base for packet in packets[:1]]
    return found
