"""Style packs: a folder with `card.toml`, one network and a preview of every style. Its content is not trusted."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import platformdirs

from allaprima.app.core.errors import EngineError, StylePackError
from allaprima.app.core.reading import Unreadable, read_toml
from allaprima.app.packs.int8 import GATE_DB, Int8, int8_of
from allaprima.app.packs.onnx_scan import HINT, NetworkFile, read_network

FORMAT = 1
CARD = "card.toml"
DEFAULT_PACK = "first"
"""The name of the pack that every command takes if none is named."""
MAX_CARD_BYTES = 256 << 10
MAX_STYLES = 512
MAX_TEXT = 500
MAX_PREVIEW_BYTES = 8 << 20
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
"""Names of packs and styles: easy to type, so without spaces, commas, colons and capitals."""
_NO_CARD = f"a style pack is a folder with a {CARD} in it"


@dataclass(frozen=True, slots=True)
class Style:
    """One row of a pack's network and the painting it was trained on. Texts are printable, for people."""

    name: str
    row: int
    title: str
    artist: str = ""
    year: str = ""
    source: str = ""
    public_domain: str = ""
    preview: Path | None = None

    @property
    def label(self) -> str:
        """'The Starry Night — Vincent van Gogh'."""
        return f"{self.title} — {self.artist}" if self.artist else self.title


@dataclass(frozen=True, slots=True)
class StylePack:
    """A validated pack. Row 0 of its `rows` reproduces the photo; every style has one of the others."""

    name: str
    title: str
    folder: Path
    network: Path
    sha256: str
    family: str
    rows: int
    styles: tuple[Style, ...]
    parameters: int = 0
    training: Mapping[str, Any] = field(default_factory=dict)
    imported: Mapping[str, Any] = field(default_factory=dict)
    """Origin of an imported network, and the facts found during its import."""
    stability: Mapping[str, Any] = field(default_factory=dict)
    """Figures of the stability bench, if an import wrote them."""
    int8: Int8 | None = None
    """The int8 data of its network, if measured."""

    def style(self, name: str) -> Style:
        """The style `name`, ignoring case. Raises `StylePackError` naming the nearest one."""
        wanted = name.strip().lower()
        for style in self.styles:
            if style.name == wanted:
                return style
        names = [style.name for style in self.styles]
        near = difflib.get_close_matches(wanted, names, 1, 0.4)
        guess = f"; did you mean {near[0]!r}?" if near else ""
        raise StylePackError(
            f"no style {name.strip()[:80]!r} in pack {self.name!r}{guess}", f"it has: {', '.join(names)}"
        )

    def read_network(self) -> NetworkFile:
        """Its scanned network. Raises `StylePackError` if the file is not the one that the card describes."""
        scanned = read_network(self.network)
        if scanned.sha256 != self.sha256:
            raise StylePackError(f"{self.network}: sha256 differs from the card's: damaged, or exchanged", HINT)
        if scanned.rows != self.rows:
            raise StylePackError(f"{self.network}: blends {scanned.rows} rows, the card says {self.rows}", HINT)
        return scanned

    def in_int8(self) -> Int8:
        """Its `int8`. Raises `EngineError` if it is missing, or if a style does not pass the gate."""
        if self.int8 is None:
            raise EngineError(
                f"the pack {self.name!r} has not been measured in int8",
                f"allaprima styles quantize {self.folder} --photos FOLDER; or choose --precision auto",
            )
        for style in self.styles:
            if (near := self.int8.psnr.get(style.name, 0.0)) < GATE_DB:
                raise EngineError(
                    f"in int8 the style {style.name!r} comes within {near:.1f} dB of float32, not {GATE_DB:.0f}",
                    "choose --precision auto",
                )
        return self.int8


def shipped_folder() -> Path:
    return Path(str(files("allaprima.models"))) / "packs"


def user_folder() -> Path:
    """The folder of the user's own packs; it may not exist."""
    return platformdirs.user_data_path("allaprima", appauthor=False) / "packs"


def installed_packs() -> tuple[Path, ...]:
    """Folders of all packs, not opened yet: the shipped ones first, of these `DEFAULT_PACK`, then by name."""
    found: dict[str, Path] = {}
    for base in (shipped_folder(), user_folder()):
        folders = (card.parent for card in base.glob(f"*/{CARD}"))
        for folder in sorted(folders, key=lambda folder: (folder.name != DEFAULT_PACK, folder.name)):
            found.setdefault(folder.name, folder)
    return tuple(found.values())


def default_pack() -> StylePack:
    """`DEFAULT_PACK`, or the first installed one if it is missing."""
    folders = installed_packs()
    if not folders:
        raise StylePackError(
            f"no style pack is installed, neither in {shipped_folder()} nor in {user_folder()}",
            "train one: allaprima styles train --help",
        )
    return load_pack(folders[0])


def load_pack(path_or_name: str | Path) -> StylePack:
    """The pack in a folder, or the installed pack of that name, with its network scanned and its sums checked.

    Raises `StylePackError` that names the file and what is wrong with it.
    """
    folder = _find(path_or_name)
    card_path = folder / CARD
    card = _read_card(card_path)
    try:
        pack = _build(folder, card)
    except ValueError as error:
        raise StylePackError(f"{card_path}: {error}", f"correct the card, or {HINT}") from error
    pack.read_network()
    return pack


def _find(path_or_name: str | Path) -> Path:
    """An installed pack's name wins over a folder that happens to lie here; `./NAME` means the folder."""
    installed = {path.name: path for path in installed_packs()}
    name = str(path_or_name).lower()
    if isinstance(path_or_name, str) and name in installed:
        return installed[name]
    folder = Path(path_or_name)
    if str(path_or_name) and folder.is_dir():
        return folder
    if folder.name == CARD and folder.is_file():
        return folder.parent
    near = difflib.get_close_matches(name, installed, 1, 0.4)
    guess = f"; did you mean {near[0]!r}?" if near else ""
    raise StylePackError(
        f"no style pack {str(path_or_name)!r}: neither a folder nor an installed pack{guess}",
        f"installed: {', '.join(installed) or 'none'}",
    )


def _read_card(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path, MAX_CARD_BYTES)
    except Unreadable as error:
        if not path.is_file():
            raise StylePackError(f"{path}: cannot be read: it {error}", _NO_CARD) from error
        raise StylePackError(f"{path} {error}", f"correct the card, or {HINT}") from error


def _build(folder: Path, card: dict[str, Any]) -> StylePack:
    """Raises ValueError with the fault."""
    if card.get("format") != FORMAT:
        raise ValueError(f"its format is {card.get('format')!r}, this version of allaprima reads format {FORMAT}")
    head, training, imported = card.get("pack"), card.get("training", {}), card.get("import", {})
    stability, rows_of_card = card.get("stability", {}), card.get("style")
    if not isinstance(head, dict):
        raise ValueError("[pack] is missing")
    if not all(isinstance(table, dict) for table in (training, imported, stability)):
        raise ValueError("[training], [import] and [stability] must be tables")
    if not isinstance(rows_of_card, list) or not 1 <= len(rows_of_card) <= MAX_STYLES:
        raise ValueError(f"it must have 1 to {MAX_STYLES} [[style]] entries")
    rows = _integer(head, "rows", 2, 1024)
    sha256 = _text(head, "sha256").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError("pack.sha256 must be 64 hexadecimal digits")
    network = _text(head, "network")
    if "/" in network or not network.endswith(".onnx"):
        raise ValueError(f"pack.network is {network!r}, must be the bare name of an .onnx file beside the card")
    styles = tuple(_style(folder, entry, rows) for entry in rows_of_card)
    for what, values in (("name", [s.name for s in styles]), ("row", [str(s.row) for s in styles])):
        if twice := {value for value in values if values.count(value) > 1}:
            raise ValueError(f"several styles have the {what} {', '.join(sorted(twice))}")
    return StylePack(
        name=_name(head),
        title=_text(head, "title"),
        folder=folder,
        network=_member(folder, network),
        sha256=sha256,
        family=_text(head, "family"),
        rows=rows,
        styles=styles,
        parameters=_integer(head, "parameters", 0, 1 << 40) if "parameters" in head else 0,
        training=MappingProxyType(training),
        imported=MappingProxyType(imported),
        stability=MappingProxyType(stability),
        int8=int8_of(card["int8"]) if "int8" in card else None,
    )


def _style(folder: Path, entry: Any, rows: int) -> Style:
    if not isinstance(entry, dict):
        raise ValueError("every [[style]] must be a table")
    preview = None
    if "preview" in entry:
        preview = _member(folder, _text(entry, "preview"))
        if preview.suffix.lower() not in (".jpg", ".jpeg", ".png") or preview.stat().st_size > MAX_PREVIEW_BYTES:
            raise ValueError(f"the preview {preview.name!r} is no JPEG or PNG of at most {MAX_PREVIEW_BYTES >> 20} MB")
    return Style(
        name=_name(entry),
        row=_integer(entry, "row", 1, rows - 1),
        title=_text(entry, "title"),
        artist=_text(entry, "artist", ""),
        year=_text(entry, "year", ""),
        source=_text(entry, "source", ""),
        public_domain=_text(entry, "public_domain", ""),
        preview=preview,
    )


def _member(folder: Path, name: str) -> Path:
    """A file of the pack: at most one folder down, and inside the pack's folder even after resolving links."""
    parts = PurePosixPath(name).parts
    if not 1 <= len(parts) <= 2 or ".." in parts or any(c in name for c in "\\:") or PurePosixPath(name).is_absolute():
        raise ValueError(f"the file name {name!r} leads out of the pack")
    path = folder.joinpath(*parts)
    try:
        inside = path.resolve(strict=True).is_relative_to(folder.resolve(strict=True))
    except (OSError, RuntimeError) as error:
        raise ValueError(f"the file {name!r} is missing") from error
    if not inside or not path.is_file():
        raise ValueError(f"{name!r} is not a file inside the pack")
    return path


def _name(table: dict[str, Any]) -> str:
    name = _text(table, "name")
    if not NAME.fullmatch(name):
        raise ValueError(f"the name {name[:80]!r} must be lower-case letters, digits and hyphens")
    return name


def _text(table: dict[str, Any], key: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise ValueError(f"{key!r} is missing or is not text")
    if len(value) > MAX_TEXT or not value.isprintable():  # control characters would reach the terminal
        raise ValueError(f"{key!r} is longer than {MAX_TEXT} characters or holds control characters")
    return value.strip()


def _integer(table: dict[str, Any], key: str, low: int, high: int) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{key!r} is {str(value)[:40]}, must be a whole number from {low} to {high}")
    return value
