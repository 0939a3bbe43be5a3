"""The protocol of one opened camera, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from allaprima.app.core.frame import Pixels
from allaprima.app.core.pose import Pose

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
        """Wait for the next frame, not decoding it yet. False: none came, and none will without opening it anew.

        Raises `Stalled` where none came in a while, but may yet; `AllaPrimaError` to say why none will.
        """
        ...

    def retrieve(self) -> Pixels | None:
        """The frame grabbed last, (H, W, 3) uint8 RGB, read-only; None where it cannot be decoded."""
        ...

    def close(self) -> None:
        """Let go of the device. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Exposure:
    """When a frame was exposed, on the program's clock, and head-to-world then; None where that is not known."""

    t_ns: int
    head_pose: Pose | None = None


@runtime_checkable
class ExposingDevice(Device, Protocol):
    """A device that tells of each frame when it was exposed. The others' are stamped when they were grabbed."""

    exposure: Exposure
    """Of the frame retrieved last."""


OpenDevice = Callable[[], Device]
"""Opens one camera, again after every loss. Raises `CameraNotFound` where nothing answers."""
