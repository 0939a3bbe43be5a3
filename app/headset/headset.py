"""The protocol of everything that is worn, real or simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView

Triangles = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class HeadsetFrame:
    """One frame the headset asks for: draw each eye for `head` (head-to-world) as it will be at `t_display_ns`.

    `views` are current: a changed distance of the eyes is in the next frame. `tracked` is False while the headset has
    lost itself; `head` is then the last pose known. `visible` is False while nobody looks (taken off, covered by the
    runtime's menu): what is drawn is not shown, but the frame must be submitted all the same.
    """

    index: int
    t_display_ns: int
    head: Pose
    views: tuple[EyeView, EyeView]
    tracked: bool = True
    visible: bool = True


@dataclass(frozen=True, slots=True)
class HeadsetTiming:
    """Counted by the runtime since it was opened; zero where it does not tell. `gpu_ms`: what its last frame cost the
    GPU, None where it does not tell.
    """

    submitted: int = 0
    dropped: int = 0
    reprojected: int = 0
    gpu_ms: float | None = None


class Headset(Protocol):
    """Opened in its constructor with a GL context current; every call comes from that context's thread.

    The constructor raises `HeadsetUnavailable`. Any call may raise `HeadsetLost` once the runtime has gone, or has
    asked the program to leave; nothing but `close` is worth calling after that.
    """

    name: str
    eye_size: tuple[int, int]
    """(width, height) in pixels that each eye is drawn at."""
    refresh_hz: float

    def wait_frame(self) -> HeadsetFrame:
        """Block until the next frame is wanted. Raises `HeadsetLost`."""
        ...

    def pose_at(self, t_ns: int) -> Pose | None:
        """Head-to-world at a past time, None if that is not known."""
        ...

    def eye_framebuffer(self, eye: int) -> int:
        """GL framebuffer to draw eye 0 (left) or 1 (right) into, (0, 0) at its bottom left as GL has it."""
        ...

    def eye_texture(self, eye: int) -> int:
        """GL texture behind that framebuffer, for the mirror to show after `submit`."""
        ...

    def submit(self, frame: HeadsetFrame) -> None:
        """Hand both eyes, drawn for `frame.head`, to the wearer. Both were asked for by `eye_framebuffer` since
        `wait_frame`, though nothing need have been drawn while the frame is not `visible`. Raises `HeadsetLost`.
        """
        ...

    def hidden_area(self, eye: int) -> Triangles | None:
        """(N, 3, 2) float32 triangles of the eye's picture that the lens never shows, 0..1 from its bottom left; None
        where the runtime does not tell.
        """
        ...

    def poll_actions(self) -> list[str]:
        """The names (`core.commands`) of the commands that the wearer gave since the last call."""
        ...

    def tick(self) -> None:
        """A short haptic tick in the wearer's hands; nothing where there is nothing to feel."""
        ...

    def recentre(self) -> None:
        """Where the wearer looks now, level, is straight ahead from now on, and where their head is, the middle."""
        ...

    def timing(self) -> HeadsetTiming: ...

    def close(self) -> None:
        """Free textures and leave the runtime. Idempotent."""
        ...
