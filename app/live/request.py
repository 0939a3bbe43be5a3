"""The request of a command for a session."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from allaprima.app.core.clock import Clock
from allaprima.app.recording.video import Codec
from allaprima.app.sources.faulty import Fault
from allaprima.app.sources.source import StereoSource


@dataclass(frozen=True, slots=True)
class Request:
    """The options of a command beyond the settings."""

    source: str = "synthetic"
    pairs: int | None = None
    as_fast_as_possible: bool = False
    loop: bool = False
    input_layout: str = "auto"
    wrap: Callable[[StereoSource, Clock], StereoSource] | None = None
    """Wraps the opened source in another one."""
    video: Path | None = None
    rig: Path | None = None
    faults: tuple[Fault, ...] = ()
    record: Path | None = None
    record_painted: bool = False
    codec: Codec = "ffv1"
    reenact: bool = False
    """Paint a recording with the wearer's recorded choices."""
