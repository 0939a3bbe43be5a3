"""The protocol of one opened camera, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from allaprima.app.core.frame import Pixels

READ_TIMEOUT_S = 2.0
"""A device that has not answered for so long hangs: its handle and its thread are abandoned."""
OPEN_TIMEOUT_S = 20.0
"""The same for opening, which drivers take seconds for."""


@dataclass(frozen=True, slots=True)
class CaptureMode:
    """What to ask of a camera; None leaves that to its driver. Streams and pipelines come as they are.

    `size` (width, height); `mjpeg` compressed on the way, without which two cameras seldom fit on one USB bus;
    `exposure_ms` None is automatic.
    """

    size: tuple[int, int] | None = None
    fps: float | None = None
    mjpeg: bool = True
    exposure_ms: float | None = None


class Device(Protocol):
    """One opened camera. Everything is called from the one thread that opened it."""

    fps: float | None
    """Frames a second, as far as its driver tells."""

    def grab(self) -> bool:
        """Wait for the next frame, not decoding it yet. False: none came, and none will without opening it anew."""
        ...

    def retrieve(self) -> Pixels | None:
        """The frame grabbed last, (H, W, 3) uint8 RGB, read-only; None where it cannot be decoded."""
        ...

    def close(self) -> None:
        """Let go of the device. Idempotent."""
        ...


OpenDevice = Callable[[], Device]
"""Opens one camera, again after every loss. Raises `CameraNotFound` where nothing answers."""
