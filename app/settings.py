"""Settings: defaults <- a TOML file in the platform's config folder <- `--set section.key=value` <- flags."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from allaprima.app.core.errors import SettingsError
from allaprima.app.core.reading import Unreadable, read_toml
from allaprima.app.core.suggestion import did_you_mean

Size = tuple[int, int]
"""(width, height) in pixels; `640x480` as text."""

LARGEST_FILE = 1 << 20
"""Bytes of a settings file."""


@dataclass(frozen=True, slots=True)
class Within:
    """Annotates a setting whose number, or each number of whose size, lies in low..high."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """Pictures as they enter the network, and how many pairs a second; `rate` None is the source's own pace.
    `camera_delay_ms` from exposure to the stamp, None what the rig file says.

    Of cameras: the mode asked of them (None: as the driver has it; `exposure_ms` None: automatic), which of two is the
    left one, by how many milliseconds each hands its frames over later than the other, and for how many periods the
    last frame of one stands in for those that it skips.
    """

    size: Annotated[Size, Within(16, 8192)] = (640, 480)
    rate: Annotated[float | None, Within(0.1, 1000)] = None
    camera_delay_ms: Annotated[float | None, Within(0, 1000)] = None
    camera_size: Annotated[Size | None, Within(16, 8192)] = None
    camera_fps: Annotated[float | None, Within(1, 1000)] = None
    mjpeg: bool = True
    exposure_ms: Annotated[float | None, Within(0.01, 1000)] = None
    swap_eyes: bool = False
    left_delay_ms: Annotated[float, Within(0, 1000)] = 0.0
    right_delay_ms: Annotated[float, Within(0, 1000)] = 0.0
    hold: Annotated[int, Within(0, 3)] = 0


@dataclass(frozen=True, slots=True)
class StylizeSettings:
    """`style` None is the pack's first; `strength` 0 is the photo, 1 the painting; `crossfade_s` in seconds;
    `stroke_size` 1 is as trained, 2 twice as large; `keep_colour` 0 is the painting's colours, 1 the camera's;
    `threads` None is the engine's own choice, all processors; `target_rate` pairs a second are held by painting
    smaller, 0 not, None (`auto`) those of the source.
    """

    engine: Literal["auto", "openvino", "onnxruntime", "torch"] = "auto"
    device: Literal["auto", "cpu", "cuda", "tensorrt"] = "auto"
    precision: Literal["auto", "f32", "bf16", "f16", "int8"] = "auto"
    threads: Annotated[int | None, Within(1, 1024)] = None
    style: str | None = None
    strength: Annotated[float, Within(0, 1)] = 1.0
    crossfade_s: Annotated[float, Within(0, 60)] = 1.0
    stroke_size: Annotated[float, Within(0.25, 4)] = 1.0
    keep_colour: Annotated[float, Within(0, 1)] = 0.0
    target_rate: Annotated[float | None, Within(0, 1000)] = 0.0
    pack: str = "first"


@dataclass(frozen=True, slots=True)
class CompositorSettings:
    """`projection_distance_m`: metres at which the picture hangs, for reprojection. `guided`: a painting with fewer
    pixels than the camera's picture gets its outlines from there; `auto` where a GPU draws. `rectify`: who makes good
    the lenses and the places of calibrated cameras, `cpu` whole pictures as they come, or the `shader` those that are
    shown unpainted, while the processor brings the others to the painted size in the same step.
    """

    projection_distance_m: Annotated[float, Within(0.2, 100)] = 2.0
    guided: Literal["auto", "on", "off"] = "auto"
    rectify: Literal["cpu", "shader"] = "cpu"


@dataclass(frozen=True, slots=True)
class HeadsetSettings:
    """Which headset; eye size in pixels and refresh rate are the simulated one's, a real one tells its own.
    `reconnect`: one that was lost is tried again. `watchdog_s`: how long its runtime may take over one call.
    """

    kind: Literal["auto", "openvr", "openxr", "simulated"] = "auto"
    reconnect: bool = False
    watchdog_s: Annotated[float, Within(1, 600)] = 10.0
    eye_width: Annotated[int, Within(16, 8192)] = 640
    eye_height: Annotated[int, Within(16, 8192)] = 720
    refresh_hz: Annotated[float, Within(1, 1000)] = 60.0


@dataclass(frozen=True, slots=True)
class MirrorSettings:
    """The desktop mirror: what it shows, whether in a window, and whether with the HUD."""

    layout: Literal["left", "right", "side-by-side", "anaglyph", "before-after"] = "side-by-side"
    window: bool = True
    hud: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything one session can be told, checked. Build it with `load`; vary it with `updated`."""

    source: SourceSettings = field(default_factory=SourceSettings)
    stylize: StylizeSettings = field(default_factory=StylizeSettings)
    compositor: CompositorSettings = field(default_factory=CompositorSettings)
    headset: HeadsetSettings = field(default_factory=HeadsetSettings)
    mirror: MirrorSettings = field(default_factory=MirrorSettings)

    @staticmethod
    def load(
        path: Path | None = None, assignments: Sequence[str] = (), flags: Mapping[str, object] | None = None
    ) -> Settings:
        """Defaults, then the file at `path` (None: the user's, if there is one), then `assignments` as given to
        `--set` ("section.key=value"), then `flags` ({"section.key": value}, where None means not given).

        Raises `SettingsError` for an unknown key, a value of the wrong type or out of range, a broken file.
        """
        settings = Settings()
        file = config_path() if path is None else path
        if path is not None or file.is_file():
            for key, value in _read(file):
                settings = settings.updated(key, value, str(file))
        for assignment in assignments:
            key, equals, text = assignment.partition("=")
            if not equals:
                raise SettingsError(f"--set {assignment}: no '=' in it", "--set section.key=value")
            settings = settings.updated(key.strip(), text.strip(), "--set")
        for key, flag in (flags or {}).items():
            if flag is not None:
                settings = settings.updated(key, flag, "the command line")
        return settings

    def updated(self, key: str, value: object, origin: str = "settings") -> Settings:
        """A copy with `key` ("section.key") set to `value`, or to what that says as text; `origin` is for errors."""
        section, _, name = key.partition(".")
        if key not in known_keys():
            raise SettingsError(f"{origin}: there is no setting '{key}'", did_you_mean(key, known_keys()))
        part = getattr(self, section)
        wanted = get_type_hints(type(part), include_extras=True)[name]
        checked = _checked(value, wanted, f"{origin}: {key} = {value}")
        return dataclasses.replace(self, **{section: dataclasses.replace(part, **{name: checked})})


def config_path() -> Path:
    """The user's settings file, whether or not it exists."""
    import platformdirs

    return platformdirs.user_config_path("allaprima", appauthor=False) / "config.toml"


def known_keys() -> list[str]:
    """Every "section.key"."""
    return [f"{s.name}.{f.name}" for s in dataclasses.fields(Settings) for f in dataclasses.fields(_section(s.name))]


def _section(name: str) -> type[Any]:
    section: type[Any] = get_type_hints(Settings)[name]
    return section


def _read(file: Path) -> Iterator[tuple[str, object]]:
    """("section.key", value) of everything in a settings file."""
    try:
        tables = read_toml(file, LARGEST_FILE)
    except Unreadable as error:
        raise SettingsError(f"{file} {error}", "correct it, or move the file away") from error
    for section, table in tables.items():
        if not isinstance(table, dict):
            raise SettingsError(f"{file}: '{section}' stands outside any section", f"known: {', '.join(known_keys())}")
        for name, value in table.items():
            yield f"{section}.{name}", value


def _checked(value: object, wanted: Any, what: str) -> object:
    """`value` as the type `wanted` and within its limits; text is read as that type."""
    limits = None
    if get_origin(wanted) is Annotated:
        wanted, limits = get_args(wanted)
    if get_origin(wanted) is UnionType:  # `T | None`
        if value is None or value == "auto":
            return None
        wanted = get_args(wanted)[0]
    if get_origin(wanted) is Literal:
        choices = get_args(wanted)
        if value not in choices:
            raise SettingsError(f"{what}: not one of {', '.join(choices)}", did_you_mean(str(value), choices))
        return value
    try:
        result = _as(value, wanted)
    except (TypeError, ValueError, OverflowError):
        raise SettingsError(f"{what}: that is not {_NAMES[wanted]}") from None
    numbers = result if isinstance(result, tuple) else (result,)
    if limits and not all(limits.low <= n <= limits.high for n in numbers):
        raise SettingsError(f"{what}: outside {limits.low:g} to {limits.high:g}", "give a value within those limits")
    return result


_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "text", Size: "a size such as 640x480"}
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def _as(value: object, wanted: Any) -> Any:
    """Raises TypeError or ValueError where `value` is not a `wanted`; a bool is no number, nor a number a text."""
    if wanted == Size:
        parts = value.lower().split("x") if isinstance(value, str) else value
        if not isinstance(parts, (list, tuple)) or len(parts) != 2:
            raise ValueError
        return _as(parts[0], int), _as(parts[1], int)
    if isinstance(value, str):
        if wanted is bool:
            if value.lower() not in _BOOLEANS:
                raise ValueError
            return _BOOLEANS[value.lower()]
        return wanted(value)
    allowed = (int, float) if wanted is float else wanted
    if not isinstance(value, allowed) or (isinstance(value, bool) and wanted is not bool):
        raise TypeError
    return wanted(value)
