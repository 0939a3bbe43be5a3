"""A source around another one."""

from allaprima.app.core.closing import Closing
from allaprima.app.core.frame import StereoFrame
from allaprima.app.sources.source import LiveSource, StereoSource


class WrappedSource(Closing):
    """Passes everything on, of a `LiveSource` too; a subclass overrides parts. Closing it closes the inner source."""

    def __init__(self, source: StereoSource) -> None:
        self.name, self.rig, self.size = source.name, source.rig, source.size
        self.rate_hz, self.length = source.rate_hz, source.length
        self._source = source
        self._live = source if isinstance(source, LiveSource) else None

    @property
    def status(self) -> str:
        return self._live.status if self._live else ""

    @property
    def damage(self) -> str:
        """A recording's damage; empty if there is none."""
        return str(getattr(self._source, "damage", ""))

    @property
    def left_out(self) -> int:
        """Pairs of a recording that could not be read."""
        return int(getattr(self._source, "left_out", 0))

    def statistics(self) -> dict[str, float | int]:
        return self._live.statistics() if self._live else {}

    def read(self, timeout_s: float) -> StereoFrame:
        return self._source.read(timeout_s)

    def close(self) -> None:
        self._source.close()
