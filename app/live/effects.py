"""What a command asks of others than the controls' own state: `Controls.do` returns it, and the session does it."""

from __future__ import annotations

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
    """Make straight ahead where the headset looks now."""


@dataclass(frozen=True, slots=True)
class Screenshot:
    """Save a picture of both eyes."""


@dataclass(frozen=True, slots=True)
class ToggleRecording:
    """Start a recording, or end the one that runs."""


@dataclass(frozen=True, slots=True)
class ToggleFullscreen:
    """Switch the window to the full screen, or back."""


Effect = Notice | Quit | Recentre | Screenshot | ToggleRecording | ToggleFullscreen
