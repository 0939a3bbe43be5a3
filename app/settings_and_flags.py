"""Settings: defaults <- a TOML file in the platform's config folder <- `--set section.key=value` <- flags.

Each is declared once: its type, its range or its choices, its flag and what it means. From that come the flags of every
command (cli/shared/arguments.py), the check of the file, `allaprima settings` and docs/settings.md.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from operator import or_
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from allaprima.app.core.errors import SettingsError, did_you_mean
from allaprima.app.core.values import Size, SizeOrSide, Value, Within
from allaprima.app.settings_file import config_path, read_settings


@dataclass(frozen=True, slots=True)
class Flag:
    """Annotates a setting with its flag (None if it has none) and its meaning.

    `auto`: what None stands for. The flag of a boolean setting inverts the default; `instead` says what the flag does
    if `meaning` does not. `bare`: the value that the flag has without one after it.
    """

    name: str | None
    meaning: str
    auto: str = ""
    instead: str = ""
    metavar: str = ""
    bare: object = None


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """The source of the pairs, and what cameras are asked for."""

    size: Annotated[Size, Within(16, 8192), Flag(None, "size of each eye's picture in the synthetic room")] = (640, 480)
    rate: Annotated[
        float | None, Within(0.1, 1000), Flag("--rate", "pairs per second", "the source's own rate", metavar="HZ")
    ] = None
    camera_delay_ms: Annotated[
        float | None, Within(0, 1000), Flag(None, "milliseconds from exposure to the stamp", "the rig file's value")
    ] = None
    camera_size: Annotated[
        Size | None, Within(16, 8192), Flag("--camera-size", "frame size to ask cameras for", "the camera's own")
    ] = None
    camera_fps: Annotated[
        float | None,
        Within(1, 1000),
        Flag("--camera-fps", "frames per second to ask cameras for", "the rate, else the camera's own", metavar="HZ"),
    ] = None
    mjpeg: Annotated[
        bool, Flag("--no-mjpeg", "ask cameras for compressed frames", instead="do not ask for compressed frames")
    ] = True
    exposure_ms: Annotated[
        float | None,
        Within(0.01, 1000),
        Flag("--exposure", "fixed exposure of the cameras in milliseconds", "the camera sets it", metavar="MS"),
    ] = None
    swap_eyes: Annotated[bool, Flag("--swap-eyes", "swap the left and the right camera")] = False
    left_delay_ms: Annotated[
        float, Within(0, 1000), Flag(None, "milliseconds that the left camera's frames arrive after the right one's")
    ] = 0.0
    right_delay_ms: Annotated[
        float, Within(0, 1000), Flag(None, "milliseconds that the right camera's frames arrive after the left one's")
    ] = 0.0
    hold: Annotated[
        int, Within(0, 3), Flag("--hold", "if one camera skips a frame, repeat its last one, for at most N periods")
    ] = 0


@dataclass(frozen=True, slots=True)
class StylizeSettings:
    """How pairs are painted."""

    style: Annotated[
        str | None, Flag("--style", "first style, or a blend: NAME:0.5,NAME:0.5", "the pack's first", metavar="NAME")
    ] = None
    strength: Annotated[float, Within(0, 1), Flag("--strength", "0 is the photo, 1 the painting", metavar="X")] = 1.0
    crossfade_s: Annotated[
        float, Within(0, 60), Flag("--crossfade", "seconds from one style to the next", metavar="S")
    ] = 1.0
    stroke_size: Annotated[
        float, Within(0.25, 4), Flag("--stroke-size", "1 is the trained size, 2 is twice as large", metavar="X")
    ] = 1.0
    keep_colour: Annotated[
        float,
        Within(0, 1),
        Flag(
            "--keep-colour", "0 is the painting's colours, 1 the input's; the bare flag means 1", metavar="X", bare=1.0
        ),
    ] = 0.0
    impasto: Annotated[
        float,
        Within(0, 1.5),
        Flag("--impasto", "strength of strokes in plain areas, for packs with a canvas; 0 paints none", metavar="X"),
    ] = 1.0
    near_m: Annotated[
        float,
        Within(0, 100),
        Flag("--near", "leave what is nearer than this unpainted, in metres; 0 is nothing", metavar="M"),
    ] = 0.0
    far_m: Annotated[
        float,
        Within(0, 100),
        Flag("--far", "leave what is farther than this unpainted, in metres; 0 is nothing", metavar="M"),
    ] = 0.0
    near_style: Annotated[
        str | None, Flag("--near-style", "paint what --near leaves in a style of its own", "unpainted", metavar="NAME")
    ] = None
    far_style: Annotated[
        str | None, Flag("--far-style", "paint what --far leaves in a style of its own", "unpainted", metavar="NAME")
    ] = None
    size: Annotated[
        SizeOrSide | None,
        Within(64, 4096),
        Flag("--size", "paint each eye at this size or long side", "the input's size; live, at most 640 wide or high"),
    ] = None
    target_rate: Annotated[
        float | None,
        Within(0, 1000),
        Flag(
            "--governor",
            "keep up this many painted pairs per second by painting smaller; 0 is off; the bare flag means auto",
            "the source's rate",
            metavar="HZ",
            bare="auto",
        ),
    ] = 0.0
    pack: Annotated[str, Flag("--pack", "folder or name of the style pack", metavar="FOLDER|NAME")] = "first"
    engine: Annotated[
        Literal["auto", "openvino", "onnxruntime", "torch"],
        Flag("--engine", "engine that runs the network; auto is the first that works"),
    ] = "auto"
    device: Annotated[
        Literal["auto", "cpu", "cuda", "tensorrt"],
        Flag("--device", "device of the network: cuda needs onnxruntime or torch, tensorrt needs onnxruntime"),
    ] = "auto"
    precision: Annotated[
        Literal["auto", "f32", "bf16", "f16", "int8"],
        Flag("--precision", "number format of the network; auto is the fastest float format of the processor"),
    ] = "auto"
    threads: Annotated[int | None, Within(1, 1024), Flag("--threads", "threads of the network", "all processors")] = (
        None
    )


@dataclass(frozen=True, slots=True)
class CompositorSettings:
    """How painted pairs are drawn for the eyes."""

    projection_distance_m: Annotated[
        float, Within(0.2, 100), Flag("--distance", "distance of the picture in metres, for reprojection", metavar="M")
    ] = 2.0
    projection: Annotated[
        Literal["auto", "flat", "depth"],
        Flag(
            "--projection",
            "draw the picture flat at --distance, or each part as far as it is; auto: by depth if the painting uses it "
            "and a GPU draws",
        ),
    ] = "auto"
    depth: Annotated[
        Literal["auto", "matched", "exact", "flat"],
        Flag(
            "--depth",
            "how far things are: matched from calibrated cameras, exact in the synthetic room, or flat, all at "
            "--distance; auto: matched if calibrated",
        ),
    ] = "auto"
    guided: Annotated[
        Literal["auto", "on", "off"],
        Flag("--guided", "take outlines from the camera if the painting has fewer pixels; auto: if a GPU draws"),
    ] = "auto"
    rectify: Annotated[
        Literal["cpu", "shader"], Flag("--rectify", "what rectifies the pictures of calibrated cameras")
    ] = "cpu"


@dataclass(frozen=True, slots=True)
class HeadsetSettings:
    """The headset that shows the pictures."""

    kind: Annotated[
        Literal["auto", "openvr", "openxr", "simulated"],
        Flag("--headset", "headset; auto is the first available of openvr, openxr and simulated"),
    ] = "auto"
    reconnect: Annotated[bool, Flag("--reconnect", "reconnect to a lost headset")] = False
    safety_m: Annotated[
        float | None,
        Within(0, 3),
        Flag(
            "--safety",
            "show the unpainted view when something comes nearer than this, in metres; 0 is off",
            "0.5 with cameras on a headset, else off",
            metavar="M",
        ),
    ] = None
    watchdog_s: Annotated[
        float, Within(1, 600), Flag(None, "seconds that one call of the headset's runtime may take")
    ] = 10.0
    eye_size: Annotated[Size, Within(16, 8192), Flag("--eye-size", "size of each eye in the simulated headset")] = (
        640,
        720,
    )
    refresh_hz: Annotated[
        float, Within(1, 1000), Flag("--refresh", "frames per second of the simulated headset", metavar="HZ")
    ] = 60.0


@dataclass(frozen=True, slots=True)
class MirrorSettings:
    """The mirror on the desktop."""

    layout: Annotated[
        Literal["left", "right", "side-by-side", "anaglyph", "before-after"], Flag("--layout", "what the mirror shows")
    ] = "side-by-side"
    window: Annotated[
        bool, Flag("--no-window", "open a window on the desktop", instead="draw offscreen, without a window")
    ] = True
    hud: Annotated[bool, Flag("--hud", "show figures in the picture; same as the key h")] = False


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The web pages of a session: one for visitors, and the operator's."""

    address: Annotated[
        str | None,
        Flag(
            "--web",
            "serve web pages there; lan is this computer's address in its network; the bare flag means 127.0.0.1:8477",
            "none are served",
            metavar="HOST:PORT|lan",
            bare="127.0.0.1:8477",
        ),
    ] = None
    take_home: Annotated[
        bool,
        Flag(
            "--no-take-home",
            "keep pictures for half an hour, for visitors to take home, when the key t says so",
            instead="keep no pictures for visitors to take home",
        ),
    ] = True


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one session, validated. Build it with `load`; change it with `updated`."""

    source: SourceSettings = field(default_factory=SourceSettings)
    stylize: StylizeSettings = field(default_factory=StylizeSettings)
    compositor: CompositorSettings = field(default_factory=CompositorSettings)
    headset: HeadsetSettings = field(default_factory=HeadsetSettings)
    mirror: MirrorSettings = field(default_factory=MirrorSettings)
    web: WebSettings = field(default_factory=WebSettings)

    @staticmethod
    def load(
        path: Path | None = None, assignments: Sequence[str] = (), flags: Mapping[str, object] | None = None
    ) -> Settings:
        """Defaults, then the file at `path` (None: the user's, if there is one), then `assignments` as given to
        `--set` ("section.key=value"), then `flags` ({"section.key": value}).

        Raises `SettingsError` for an unknown key, a value of the wrong type or out of range, a broken file.
        """
        settings = Settings()
        file = config_path() if path is None else path
        if path is not None or os.path.lexists(file):
            for key, value in read_settings(file):
                settings = settings.updated(key, value, str(file))
        for assignment in assignments:
            key, equals, text = assignment.partition("=")
            if not equals:
                raise SettingsError(f"--set {assignment}: no '=' in it", "--set section.key=value")
            settings = settings.updated(key.strip(), text.strip(), "--set")
        for key, flag in (flags or {}).items():
            settings = settings.updated(key, flag, "the command line")
        return settings

    def updated(self, key: str, value: object, origin: str = "settings") -> Settings:
        """A copy with `key` ("section.key") set to `value`, which may be text; errors name `origin`."""
        if key not in declared():
            raise SettingsError(f"{origin}: there is no setting '{key}'", did_you_mean(key, declared()))
        try:
            checked = declared()[key].value(value)
        except SettingsError as error:
            raise SettingsError(f"{origin}: {key} = {error.message}", error.hint) from None
        section, _, name = key.partition(".")
        part = dataclasses.replace(getattr(self, section), **{name: checked})
        return dataclasses.replace(self, **{section: part})

    def __getitem__(self, key: str) -> Any:
        """The value of "section.key"."""
        section, _, name = key.partition(".")
        return getattr(getattr(self, section), name)


@dataclass(frozen=True, slots=True)
class Declaration:
    """The declaration of one setting."""

    key: str
    """section.key"""
    value: Value
    flag: Flag
    default: Any


@cache
def declared() -> dict[str, Declaration]:
    """Every setting by its "section.key", in the order of this file."""
    found = {}
    for section, part in get_type_hints(Settings).items():
        hints = get_type_hints(part, include_extras=True)
        for one in dataclasses.fields(part):
            kind, *notes = get_args(hints[one.name])
            within = next((note for note in notes if isinstance(note, Within)), None)
            flag = next(note for note in notes if isinstance(note, Flag))
            key = f"{section}.{one.name}"
            found[key] = Declaration(key, _value_of(kind, within), flag, one.default)
    return found


SECTIONS: dict[str, str] = {name: (part.__doc__ or "").strip() for name, part in get_type_hints(Settings).items()}
"""The meaning of each section."""


def _value_of(kind: Any, within: Within | None) -> Value:
    if get_origin(kind) is Literal:
        return Value(str, choices=get_args(kind))
    optional = NoneType in get_args(kind)
    if optional:
        kind = reduce(or_, [one for one in get_args(kind) if one is not NoneType])
    return Value(kind, within, optional=optional)
