"""The commands of a live session: one table, from which keys, controllers, help and docs are made.

A new command is one row of `COMMANDS` and one case of `live.controls.Controls`.
"""

from dataclasses import dataclass
from typing import Literal

Group = Literal["Styles", "Painting", "Window", "Session", "Trims"]
"""Group of a command in the help, which lists those with a key."""


@dataclass(frozen=True, slots=True)
class Button:
    """A command's default place on a controller, and its name in a runtime's list of bindings.

    `place` is a trigger, one of two buttons, or one end of a stick, as `headset.actions` finds them on each controller.
    """

    place: str
    title: str


@dataclass(frozen=True, slots=True)
class Range:
    """The values of a command that sets one: from `low` to `high`, in steps of `step` where somebody drags a slider."""

    low: float
    high: float
    step: float

    def nearest(self, value: float) -> float:
        """The allowed value nearest to `value`."""
        return min(self.high, max(self.low, value))


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a session.

    `keys`: typed characters, on any keyboard layout, or names of keys that type none. A command with `repeats` repeats
    while its key or button is held. A command with a `range` sets a value: it has no key, but a slider on the
    operator's page.
    """

    name: str
    text: str
    group: Group | None = None
    keys: tuple[str, ...] = ()
    button: Button | None = None
    repeats: bool = False
    range: Range | None = None

    @property
    def reenacted(self) -> bool:
        """Whether a replay repeats it as recorded, until the viewer gives such a command."""
        return self.group in ("Styles", "Painting") and self.name != "freeze"


COMMANDS: tuple[Command, ...] = (
    Command("quit", "quit", "Session", ("q", "Esc")),
    Command("fullscreen", "full screen on or off", "Window", ("f", "F11")),
    Command("freeze", "freeze the picture, go on", "Painting", (" ",), Button("right button 1", "Freeze the picture")),
    Command("next-style", "next style", "Styles", (">", "Right"), Button("right trigger", "Next painting")),
    Command("previous-style", "previous style", "Styles", ("<", "Left"), Button("left trigger", "Previous painting")),
    Command("style", "the style of that number", "Styles", tuple("123456789")),
    Command("blend-next", "blend in a quarter more of the next style", "Styles", ("b",), repeats=True),
    Command("blend-previous", "a quarter back", "Styles", ("B",), repeats=True),
    Command("crossfade", "crossfade between styles, or cut", "Styles", ("c",)),
    Command(
        "stronger", "paint more strongly", "Painting", ("]", "Up"), Button("right stick up", "Stronger"), repeats=True
    ),
    Command(
        "weaker", "paint less strongly", "Painting", ("[", "Down"), Button("right stick down", "Weaker"), repeats=True
    ),
    Command("full-strength", "full strength", "Painting", ("Backspace",)),
    Command(
        "larger-strokes",
        "larger strokes",
        "Painting",
        ("+", "="),
        Button("left stick up", "Larger strokes"),
        repeats=True,
    ),
    Command(
        "smaller-strokes",
        "smaller strokes, which take longer",
        "Painting",
        ("-",),
        Button("left stick down", "Smaller strokes"),
        repeats=True,
    ),
    Command("more-impasto", "more strokes where there is nothing to see", "Painting", ("i",), repeats=True),
    Command("less-impasto", "fewer of them", "Painting", ("I",), repeats=True),
    Command("keep-colour", "keep the colours that the camera sees: by half, wholly, not", "Painting", ("k",)),
    Command("near", "leave what is near unpainted: up to 0.5, 0.8, 1.2 m, nothing", "Painting", ("n",)),
    Command("far", "leave what is far unpainted: beyond 2, 3, 5 m, nothing", "Painting", ("w",)),
    Command("plain", "what the cameras see, unpainted", "Painting", ("p",)),
    Command("layout", "next layout of this window", "Window", ("m",)),
    Command("previous-layout", "previous layout", "Window", ("M",)),
    Command("hud", "figures on or off", "Window", ("h",), Button("left button 1", "Figures on or off")),
    Command("screenshot", "save a picture of both eyes", "Session", ("s",), Button("right button 2", "Screenshot")),
    Command("take-home", "keep this picture for half an hour, for a visitor to take home", "Session", ("t",)),
    Command("record", "start a recording, or end it", "Session", ("r",)),
    Command(
        "recentre",
        "straight ahead is where the headset looks now",
        "Session",
        ("o",),
        Button("left button 2", "Recentre"),
    ),
    Command("raise-right", "trim: the right eye's picture up by 0.1 degrees", "Trims", ("v",), repeats=True),
    Command("lower-right", "trim: ... down", "Trims", ("V",), repeats=True),
    Command("further-apart", "trim: the cameras further apart by 1 mm", "Trims", ("e",), repeats=True),
    Command("closer-together", "trim: ... closer together", "Trims", ("E",), repeats=True),
    Command("larger-picture", "trim: everything larger by 1 %", "Trims", ("z",), repeats=True),
    Command("smaller-picture", "trim: ... smaller", "Trims", ("Z",), repeats=True),
    Command("further-away", "trim: the picture further away by a tenth", "Trims", ("d",), repeats=True),
    Command("nearer", "trim: ... nearer", "Trims", ("D",), repeats=True),
    Command("help", "these keys: a page of them, the next, none", "Window", ("?", "F1")),
    Command("set-strength", "strength", "Painting", range=Range(0.0, 1.0, 0.05)),
    Command("set-keep-colour", "the camera's colours", "Painting", range=Range(0.0, 1.0, 0.05)),
    Command("set-impasto", "impasto", "Painting", range=Range(0.0, 1.5, 0.05)),
    Command("set-crossfade", "crossfade in seconds", "Styles", range=Range(0.0, 10.0, 0.5)),
    Command("show-plain", "the unpainted world, whatever else is set, until hide-plain"),  # both grips, held
    Command("hide-plain", "the end of show-plain"),
)

BY_NAME = {command.name: command for command in COMMANDS}


@dataclass(frozen=True, slots=True)
class Call:
    """A given command. `argument` is the style's number, from 1, of the command `style`, or the value of a command with
    a range; else None.
    """

    name: str
    argument: float | None = None
