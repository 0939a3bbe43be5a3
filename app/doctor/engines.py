"""What can run the network, and in which precision."""

import importlib.util
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from allaprima.app.core.errors import EngineError, StylePackError
from allaprima.app.doctor.finding import Finding
from allaprima.app.packs.pack import StylePack, installed_packs, load_pack
from allaprima.app.settings_and_flags import Settings

SIZE = (64, 64)
OPTIONAL = ("onnxruntime", "torch")


def painting(settings: Settings) -> list[Finding]:
    """The engine that the settings choose. Raises `EngineError` and `StylePackError` where none can be had."""
    from allaprima.app.stylize.engines import open_stylizer

    chosen = settings.stylize
    pack = load_pack(chosen.pack)
    stylizer = open_stylizer(pack, SIZE, chosen.engine, chosen.precision, chosen.threads, chosen.device)
    text = f"{stylizer.engine} {stylizer.precision} on {stylizer.device}, by the settings"
    stylizer.close()
    return [Finding("painting", "ok", text)]


def engine(name: str, settings: Settings) -> list[Finding]:
    """One engine, by itself: the precision and the device that it would take."""
    from allaprima.app.stylize.engines import installing, open_stylizer

    if importlib.util.find_spec(name) is None:
        if name in OPTIONAL:
            return [Finding(name, "ok", "not installed, and not needed", installing(name))]
        return [Finding(name, "warning", "not installed", installing(name))]
    pack = _any_pack(settings)
    if pack is None:
        return [
            Finding(name, "warning", "installed, but there is no style pack to try it with", "allaprima styles list")
        ]
    try:
        stylizer = open_stylizer(pack, SIZE, engine=name)
    except EngineError as error:
        return [Finding(name, "warning", error.message, error.hint)]
    text = f"{_version(name)} paints in {stylizer.precision} on {stylizer.device}"
    stylizer.close()
    return [Finding(name, "ok", text.strip(), f"allaprima run --engine {name}")]


def onnxruntimes(settings: Settings) -> list[Finding]:
    """Whether onnxruntime and onnxruntime-gpu have overwritten one another; nothing to tell if not."""
    from allaprima.app.stylize.onnxruntime.nvidia import conflict

    found = conflict()
    return [Finding("onnxruntime", "warning", *found)] if found else []


def _any_pack(settings: Settings) -> StylePack | None:
    """That of the settings, else the first that is whole."""
    candidates: tuple[str | Path, ...] = (settings.stylize.pack, *installed_packs())
    for each in candidates:
        try:
            return load_pack(each)
        except StylePackError:
            continue
    return None


def _version(name: str) -> str:
    for package in (name, f"{name}-gpu"):
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return ""
