"""The protocol of all sources of stereo pairs."""

from typing import Protocol, Self, runtime_checkable

from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.view import StereoRig


class StereoSource(Protocol):
    """Delivers pairs at its own pace. Used from one thread; `close` may come from another and is idempotent."""

    name: str
    """For people: 'synthetic room', a recording's path, a camera's name."""
    rig: StereoRig
    """Field of view and places of the two cameras."""
    size: tuple[int, int]
    """(width, height) of each picture; every pair has it."""
    rate_hz: float | None
    """Nominal pairs per second; None if it goes as fast as it is read."""
    length: int | None
    """Number of pairs; None if unknown or endless."""

    def read(self, timeout_s: float) -> StereoFrame:
        """The next pair; waits at most `timeout_s` seconds.

        A live source skips to the newest pair; a recording gives every pair, at its pace. Stamps `grabbed` and
        `paired` are set. Pixels are read-only arrays.

        Raises `Stalled` if nothing came in time (it is still open and may be read again), `SourceEnded` after the
        last pair or after `close`, `CameraLost` or `RecordingError` if the source is broken.
        """

    def close(self) -> None:
        """Close files and devices; a blocked `read` raises `SourceEnded`."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


@runtime_checkable
class LiveSource(StereoSource, Protocol):
    """A source of devices that may fail and recover, and report it."""

    @property
    def status(self) -> str:
        """The present fault, in a few words for the wearer; empty if there is none. From any thread."""

    def statistics(self) -> dict[str, float | int]:
        """Counts of frames, ready for JSON; `unpaired` and `overtaken` frames were never seen."""
