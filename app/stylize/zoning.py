"""The styles of what is near and of what is far."""

from dataclasses import dataclass

from allaprima.app.core.errors import SettingsError
from allaprima.app.matte.zones import Zone
from allaprima.app.packs.pack import StylePack
from allaprima.app.settings_and_flags import StylizeSettings
from allaprima.app.stylize.blend import Blend, parse_blend


@dataclass(frozen=True, slots=True)
class ZoneStyles:
    """None leaves what is there unpainted."""

    near: Blend | None = None
    far: Blend | None = None

    def zones(self, near_m: float, far_m: float, rows: int, strength: float) -> tuple[Zone, ...]:
        """What is nearer than `near_m` and what is farther than `far_m` metres; 0 is no zone."""
        near, far = (blend.weights(rows, strength) if blend else None for blend in (self.near, self.far))
        return (*([Zone(near_m, False, near)] if near_m else ()), *([Zone(far_m, True, far)] if far_m else ()))


def zone_styles(settings: StylizeSettings, pack: StylePack) -> ZoneStyles:
    """The settings' styles. Raises `SettingsError` for a style without a distance, or if near lies beyond far;
    `StylePackError` for an unknown style.
    """
    for name, style, distance_m, usual in (
        ("near", settings.near_style, settings.near_m, 0.8),
        ("far", settings.far_style, settings.far_m, 3),
    ):
        if style and not distance_m:
            raise SettingsError(f"--{name}-style {style}: nothing is {name} without a distance", f"--{name} {usual:g}")
    if settings.far_m and settings.near_m > settings.far_m:
        raise SettingsError(
            f"--near {settings.near_m:g} is farther than --far {settings.far_m:g}", "--near 0.8 --far 3"
        )
    near, far = (parse_blend(style, pack) if style else None for style in (settings.near_style, settings.far_style))
    return ZoneStyles(near, far)
