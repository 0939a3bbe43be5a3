"""The protocol of all headsets, real or simulated."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView

Triangles = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class HeadsetFrame:
    """One frame that the headset requests: draw each eye for `head` (head-to-world), predicted for `t_display_ns`.

    `views` are current: a changed eye distance is in the next frame. `tracked` is False while tracking is lost; `head`
    is then the last known pose. `visible` is False while the headset is not worn or the runtime's menu covers the
    view: the drawn frame is not shown, but it must still be submitted.
    """

    index: int
    t_display_ns: int
    head: Pose
    views: tuple[EyeView, EyeView]
    tracked: bool = True
    visible: bool = True


@dataclass(frozen=True, slots=True)
class HeadsetTiming:
    """Counts of the runtime since it was opened; zero if it does not report them. `gpu_ms`: GPU time of its last frame
    in milliseconds, None if it does not report it.
    """

    submitted: int = 0
    dropped: int = 0
    reprojected: int = 0
    gpu_ms: float | None = None


class Headset(Protocol):
    """The constructor opens the headset with a current GL context; all calls come from that context's thread.

    The constructor raises `HeadsetUnavailable`. Any call may raise `HeadsetLost` after the runtime has ended or has
    asked the program to leave; only `close` may be called after that.
    """

    name: str
    eye_size: tuple[int, int]
    """(width, height) in pixels that each eye is drawn at."""
    refresh_hz: float

    def wait_frame(self) -> HeadsetFrame:
        """Block until the next frame is wanted. Raises `HeadsetLost`."""

    def pose_at(self, t_ns: int) -> Pose | None:
        """Head-to-world at a past time, None if unknown."""

    def eye_framebuffer(self, eye: int) -> int:
        """GL framebuffer to draw eye 0 (left) or 1 (right) into, (0, 0) at its bottom left as in GL."""

    def eye_texture(self, eye: int) -> int:
        """GL texture behind that framebuffer, for the mirror to show after `submit`."""

    def submit(self, frame: HeadsetFrame) -> None:
        """Show both eyes, drawn for `frame.head`, to the wearer. `eye_framebuffer` was called for both since
        `wait_frame`; nothing has to be drawn while the frame is not `visible`. Raises `HeadsetLost`.
        """

    def hidden_area(self, eye: int) -> Triangles | None:
        """(N, 3, 2) float32 triangles of the eye's picture that the lens never shows, 0..1 from its bottom left; None
        if unknown.
        """

    def poll_actions(self) -> list[str]:
        """Names (`core.commands`) of the wearer's commands since the last call."""

    def tick(self) -> None:
        """Give a short haptic tick in the wearer's hands, if the controllers can."""

    def recentre(self) -> None:
        """Make the wearer's present direction (without pitch) straight ahead, and the present place the origin."""

    def timing(self) -> HeadsetTiming: ...

    def close(self) -> None:
        """Free textures and leave the runtime. Idempotent."""
