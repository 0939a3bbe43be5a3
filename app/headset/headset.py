"""The protocol of everything that is worn, real or simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from allaprima.app.core.pose import Pose
from allaprima.app.core.view import EyeView

Action = Literal[
    "next-style",
    "previous-style",
    "blend-next",
    "blend-previous",
    "crossfade",
    "stronger",
    "weaker",
    "full-strength",
    "larger-strokes",
    "smaller-strokes",
    "keep-colour",
    "freeze",
    "plain",
    "hud",
    "screenshot",
    "quit",
]
"""What a button of a controller asks for; each means what the key of that name does (`mirror.keys`)."""


@dataclass(frozen=True, slots=True)
class HeadsetFrame:
    """One frame the headset asks for: draw each eye for `head` (head-to-world) as it will be at `t_display_ns`."""

    index: int
    t_display_ns: int
    head: Pose
    views: tuple[EyeView, EyeView]


@dataclass(frozen=True, slots=True)
class HeadsetTiming:
    """Counted by the runtime since it was opened; zero where it does not tell."""

    submitted: int = 0
    dropped: int = 0
    reprojected: int = 0


class Headset(Protocol):
    """Opened in its constructor with a GL context current; every call comes from that context's thread."""

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
        """Hand both eyes, drawn for `frame.head`, to the wearer. Raises `HeadsetLost`."""
        ...

    def poll_actions(self) -> list[Action]:
        """What the wearer pressed since the last call."""
        ...

    def timing(self) -> HeadsetTiming: ...

    def close(self) -> None:
        """Free textures and leave the runtime. Idempotent."""
        ...
