"""Effects of commands outside the controls' own state: `Controls.do` returns them, and the session carries them out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """Show `text` to the wearer for a moment."""

    text: str


@dataclass(frozen=True, slots=True)
class Quit:
    """End the session in order."""


@dataclass(frozen=True, slots=True)
class Recentre:
    """Make the present direction of the headset straight ahead."""


@dataclass(frozen=True, slots=True)
class Screenshot:
    """Save a picture of both eyes."""


@dataclass(frozen=True, slots=True)
class ToggleRecording:
    """Start a recording, or end the running one."""


@dataclass(frozen=True, slots=True)
class ToggleFullscreen:
    """Switch the window to the full screen, or back."""


Effect = Notice | Quit | Recentre | Screenshot | ToggleRecording | ToggleFullscreen
