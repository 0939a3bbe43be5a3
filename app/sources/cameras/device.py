"""The protocol of one opened camera, and its mode."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from allaprima.app.core.frame import Pixels
from allaprima.app.core.pose import Pose

READ_TIMEOUT_S = 2.0
"""After this time without an answer a device hangs: its handle and its thread are abandoned."""
OPEN_TIMEOUT_S = 20.0
"""The same for opening, which takes some drivers seconds."""


@dataclass(frozen=True, slots=True)
class CaptureMode:
    """The requested mode of a camera; None leaves a value to its driver. Streams and pipelines have fixed modes.

    `size` (width, height); `mjpeg` compresses frames, without which two cameras seldom fit on one USB bus;
    `exposure_ms` None is automatic.
    """

    size: tuple[int, int] | None = None
    fps: float | None = None
    mjpeg: bool = True
    exposure_ms: float | None = None


class Device(Protocol):
    """One opened camera. All calls come from the thread that opened it."""

    fps: float | None
    """Frames per second, if its driver gives them."""

    def grab(self) -> bool:
        """Wait for the next frame, without decoding it. False: none came, and none will until it is reopened.

        Raises `Stalled` if none came in a while but may still come; `AllaPrimaError` with the reason why none will.
        """

    def retrieve(self) -> Pixels | None:
        """The last grabbed frame, (H, W, 3) uint8 RGB, read-only; None if it cannot be decoded."""

    def close(self) -> None:
        """Close the device. Idempotent."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """The exposure time of a frame on the program's clock, and head-to-world then; None if unknown."""

    t_ns: int
    head_pose: Pose | None = None


@runtime_checkable
class ExposingDevice(Device, Protocol):
    """A device that gives each frame's exposure time. Frames of other devices are stamped at the grab."""

    exposure: Exposure
    """The exposure of the last retrieved frame."""


OpenDevice = Callable[[], Device]
"""Opens one camera, again after every loss. Raises `CameraNotFound` if nothing answers."""
