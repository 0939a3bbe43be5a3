"""What a film takes from the one it is made of: its clock, sound, subtitles, chapters and tags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from allaprima.app.core.clock import NS
from allaprima.app.core.console import say


class Tracks(Protocol):
    """The tracks of a film but its pictures; `streams`, `chapters` and packets are PyAV's."""

    streams: list[Any]
    chapters: list[Any]
    metadata: dict[str, str]

    def keep(self, streams: list[Any]) -> None:
        """Give only packets of these streams from now on."""

    def until(self, t_ns: int | None) -> Iterator[Any]:
        """The packets that begin before `t_ns` and were not given yet; None: all of them."""


@dataclass(frozen=True, slots=True)
class Original:
    """What the new film keeps. `time_base` is the unit of its times; its clock starts at `start_ns` of the original's,
    None for the first picture; `pixel_aspect` is a pixel's width by its height.
    """

    tracks: Tracks | None = None
    time_base: Fraction | None = None
    start_ns: int | None = None
    pixel_aspect: Fraction = Fraction(1)
    matrix: int = 709
    """709, 601, or 0: as 601, without saying so."""
    whole: bool = True
    """Otherwise it is a part, and only the sound of that part is kept."""


class Soundtrack:
    """Copies the packets of `tracks` into `container`, bit by bit. Tracks of a kind that it cannot hold are told."""

    def __init__(self, tracks: Tracks, container: Any, path: Path, whole: bool) -> None:
        self._tracks, self._container, self._whole = tracks, container, whole
        self._copies: dict[int, Any] = {}
        known, refused = container.supported_codecs, []
        kept = []
        for stream in tracks.streams:
            if stream.type == "attachment":
                if container.format.name == "matroska":
                    container.add_attachment(stream.name or "attachment", stream.mimetype or "", stream.data)
            elif stream.codec_context.name not in known:
                refused.append(f"{stream.type} ({stream.codec_context.name})")
            else:
                copy = container.add_stream_from_template(stream)
                copy.metadata.update(stream.metadata)
                copy.disposition = stream.disposition
                self._copies[stream.index] = copy
                kept.append(stream)
        tracks.keep(kept)
        container.metadata.update(tracks.metadata)
        if refused:
            hint = "" if path.suffix == ".mkv" else ": .mkv holds most kinds"
            say(f"{path} cannot hold every track: left out are {', '.join(refused)}{hint}")

    def begin(self, start_ns: int) -> None:
        """Set where the new film starts on the original's clock; before the first packet."""
        self._start_ns = start_ns
        if not self._whole:
            for _ in self._tracks.until(start_ns):
                pass
        chapters = [c for c in self._tracks.chapters if c["time_base"]]
        for chapter in chapters:
            shift = round(start_ns / NS / chapter["time_base"])
            chapter["start"], chapter["end"] = max(0, chapter["start"] - shift), max(0, chapter["end"] - shift)
        if chapters:
            self._container.set_chapters(chapters)

    def finish(self, end_ns: int) -> None:
        """Copy what is left, up to the end of the last picture if it is a part of the film."""
        self._copy(None if self._whole else end_ns)

    def copy(self, t_ns: int) -> None:
        """Copy the packets before `t_ns` on the new film's clock."""
        self._copy(t_ns)

    def _copy(self, t_ns: int | None) -> None:
        for packet in self._tracks.until(None if t_ns is None else t_ns + self._start_ns):
            shift = round(self._start_ns / NS / packet.time_base)
            packet.pts = None if packet.pts is None else packet.pts - shift
            packet.dts = None if packet.dts is None else packet.dts - shift
            packet.stream = self._copies[packet.stream_index]
            self._container.mux_one(packet)
