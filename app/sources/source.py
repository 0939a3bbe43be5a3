"""The protocol of everything that delivers stereo pairs."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.view import StereoRig


class StereoSource(Protocol):
    """Delivers pairs, paced by itself. Used from one thread; `close` may come from another and is idempotent."""

    name: str
    """For people: 'synthetic room', a recording's path, a camera's name."""
    rig: StereoRig
    """Field of view and places of the two cameras."""
    size: tuple[int, int]
    """(width, height) of each picture; every pair has it."""
    rate_hz: float | None
    """Pairs a second it means to deliver; None where it goes as fast as it is read."""
    length: int | None
    """Pairs in all; None where that is unknown or endless."""

    def read(self, timeout_s: float) -> StereoFrame:
        """The next pair, waiting for it at most `timeout_s` seconds.

        A live source skips to the newest pair; a recording gives every pair, at its pace. Stamps `grabbed` and
        `paired` are set. Pixels are read-only arrays.

        Raises `Stalled` when nothing came in time (still open, may be read again), `SourceEnded` after the last
        pair or after `close`, `CameraLost` or `RecordingError` when the source is broken.
        """
        ...

    def close(self) -> None:
        """Let go of files and devices; a blocked `read` returns with `SourceEnded`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class LiveSource(StereoSource, Protocol):
    """A source of devices, which falter and come back, and say so."""

    @property
    def status(self) -> str:
        """What is wrong now, in a few words for the wearer; empty while nothing is. From any thread."""
        ...

    def statistics(self) -> dict[str, float | int]:
        """What became of the frames, ready for JSON; `unpaired` and `overtaken` frames were never seen."""
        ...
