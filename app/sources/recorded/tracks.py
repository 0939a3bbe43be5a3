"""Everything of a film but its pictures: sound, subtitles, chapters and tags, packet by packet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allaprima.app.core.clock import NS
from allaprima.app.sources.recorded.film import FFMPEG_ERRORS, open_container

_OF_THE_FILE = frozenset({"major_brand", "minor_version", "compatible_brands", "encoder", "duration"})


class Tracks:
    """The tracks of the film at `path` that are copied as they are. `streams` are PyAV's, of sound, subtitles and
    attachments. Raises `RecordingError`.
    """

    def __init__(self, path: Path) -> None:
        self._container = open_container(path)
        streams = self._container.streams
        self.streams: list[Any] = [
            *(s for s in streams if s.type in ("audio", "subtitle") and s.codec_context),
            *streams.attachments,
        ]
        self.chapters: list[Any] = self._container.chapters()
        self.metadata = {k: v for k, v in self._container.metadata.items() if k.lower() not in _OF_THE_FILE}
        self._ahead: Any = None
        self._packets: Iterator[Any] = iter(())

    def keep(self, streams: list[Any]) -> None:
        """Read only packets of these streams from now on."""
        self._packets = self._container.demux(streams) if streams else iter(())
        self._ahead = self._next()

    def until(self, t_ns: int | None) -> Iterator[Any]:
        """The packets that begin before `t_ns` on the film's clock and were not given yet; None: all of them."""
        while (packet := self._ahead) is not None:
            at = packet.pts if packet.dts is None else packet.dts
            if t_ns is not None and at * packet.time_base * NS >= t_ns:
                return
            self._ahead = self._next()
            yield packet

    def _next(self) -> Any:
        """The next packet with a time. A damaged rest of the file is left out."""
        try:
            return next((p for p in self._packets if p.size and (p.dts is not None or p.pts is not None)), None)
        except FFMPEG_ERRORS:
            return None

    def close(self) -> None:
        self._container.close()
