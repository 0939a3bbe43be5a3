"""Every error a user can meet: what failed, on which file or device, and the next command to type."""

from collections.abc import Iterable

INTERRUPTED = 130
"""Exit code after ctrl-C, as shells have it."""
TERMINATED = 143
"""Exit code after SIGTERM; on Windows after ctrl-break or a closed console."""
HUNG_UP = 129
"""Exit code after SIGHUP: the terminal was closed."""


class AllaPrimaError(Exception):
    """Root of all errors shown to the user as one line and a hint.

    `message` says what failed and on which file or device; `hint` is what to type or do next.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SettingsError(AllaPrimaError):
    """A flag, a setting or an argument cannot be used as given."""

    exit_code = 2


class SourceError(AllaPrimaError):
    """An input is missing, empty, damaged or of an unknown layout, or an output cannot be written."""

    exit_code = 3


class RecordingError(SourceError):
    """A recording (folder, video or picture pair) cannot be read or written."""


class OutputError(RecordingError):
    """A file cannot be written."""


class CameraNotFound(SourceError):
    """No camera answers under the given name."""


class CameraLost(SourceError):
    """A source that was delivering has stopped: nothing arrived within the time allowed."""


class MarkerNotSeen(SourceError):
    """A camera that is to film the time code delivers, but the code cannot be read from its pictures."""


class StylePackError(AllaPrimaError):
    """A style or a style pack is unknown, broken or not a pack."""

    exit_code = 4


class EngineError(AllaPrimaError):
    """An inference engine is missing or refuses the network."""

    exit_code = 5


class GraphicsError(AllaPrimaError):
    """OpenGL cannot be had, or lost its context."""

    exit_code = 6


class ShaderError(GraphicsError):
    """A GLSL program does not compile or link; the message holds the driver's log."""


class HeadsetUnavailable(AllaPrimaError):
    """No runtime, or no headset behind it."""

    exit_code = 7


class HeadsetLost(HeadsetUnavailable):
    """The headset or its runtime went away while it was in use."""


class CalibrationError(AllaPrimaError):
    """A rig file or a calibration cannot be used."""

    exit_code = 8


class TrainingError(AllaPrimaError):
    """A training cannot begin, go on or be exported."""

    exit_code = 9


class WebError(AllaPrimaError):
    """The web pages cannot be served at that address."""

    exit_code = 10


class SourceEnded(Exception):
    """The source has delivered its last pair. Not an error: the session closes."""


class Stalled(Exception):
    """Nothing arrived within the timeout of one read; the source is still open and may go on."""


def did_you_mean(word: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """A hint that names the nearest of `known`; where none is near, `otherwise`, or the known words themselves."""
    import difflib  # only ever needed on the way to an error

    words = list(known)
    folded = {w.casefold().lstrip("-"): w for w in words}  # else the dashes make all options look alike
    near = difflib.get_close_matches(word.casefold().lstrip("-"), folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{folded[near[0]]}'?"
    if otherwise is not None:
        return otherwise
    return f"known: {', '.join(words)}" if words else ""
