"""Effects of commands outside the controls' own state: `Controls.do` returns them, and the session carries them out."""

from enum import Enum


class Effect(Enum):
    """The values are the names of the commands. (A text instead of an effect is shown to the wearer for a moment.)"""

    QUIT = "quit"
    RECENTRE = "recentre"  # the present direction of the headset becomes straight ahead
    SCREENSHOT = "screenshot"  # of both eyes
    TAKE_HOME = "take-home"  # of both eyes, through the web pages
    RECORD = "record"  # start a recording, or end the running one
    FULLSCREEN = "fullscreen"  # the window, or back
