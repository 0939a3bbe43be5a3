"""Makes a pack from a foreign network: scans it, tries it in a confined process, opens it once, and then keeps it."""

import hashlib
import importlib.util
import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from os.path import realpath
from pathlib import Path
from typing import Any

import numpy as np

from allaprima.app.core.errors import AllaPrimaError, StylePackError
from allaprima.app.core.files import cannot_write, write_file
from allaprima.app.core.shell import install
from allaprima.app.importing.chart import chart
from allaprima.app.importing.confined import run_confined
from allaprima.app.importing.convention import Choices, NotAStyleNetwork
from allaprima.app.importing.kinds import other_kind
from allaprima.app.importing.probe import SIZE
from allaprima.app.packs.onnx_scan import ExternalData, read_bytes, scan_graph
from allaprima.app.packs.pack import CARD, NAME, StylePack, installed_packs, load_pack, user_folder
from allaprima.app.packs.protobuf import Malformed
from allaprima.app.stylize.engines import open_stylizer
from allaprima.models.packing.card import card_text

TORCH_MAGIC = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
"""First bytes of torch.save's files: zip archives, and before 2020 bare pickles."""

HINT = "allaprima styles import --help says what can be imported"
ONE_FILE = (
    "write it as one file: torch.onnx.export(..., external_data=False), or onnx.save(onnx.load('A.onnx'), 'B.onnx')"
)
FAMILY = "imported"
MAX_NAME = 56  # styles are called after it, with a number
MAX_TEXT = 200

Measure = Callable[[StylePack], Mapping[str, float] | None]
"""Figures of a finished pack, by name; None if they cannot be measured."""


@dataclass(frozen=True, slots=True)
class Request:
    """The file to import, and the names of the pack."""

    source: Path
    name: str = ""
    """Of the pack; empty takes the file's, or that of the folder to make."""
    title: str = ""
    artist: str = ""
    folder: Path | None = None
    """The folder to make; None makes one among the user's packs."""
    choices: Choices = field(default_factory=Choices)


def import_pack(request: Request, measure: Measure, progress: Callable[[str], None]) -> StylePack:
    """The pack made of `request.source`, ready to paint. `progress` hears each step; `measure` gives the finished
    pack's stability for its card.

    Raises `StylePackError` with the reason; then nothing is left behind.
    """
    name, folder = _place(request)
    data = read_bytes(request.source, HINT)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".import-") as room:
            made = Path(room) / name
            made.mkdir()
            _make(request, name, data, made, Path(room), measure, progress)
            made.rename(folder)
    except NotAStyleNetwork as error:
        raise NotAStyleNetwork(f"{request.source}: cannot be imported: {error.message}", error.hint or HINT) from error
    except OSError as error:
        raise StylePackError(cannot_write(folder, error).message, "give another -o") from error
    return load_pack(folder)


def _place(request: Request) -> tuple[str, Path]:
    """The pack's name and folder, both still free."""
    called = request.name or (Path(realpath(request.folder)).name if request.folder else request.source.stem)
    name = request.name or re.sub(r"[^a-z0-9]+", "-", called.lower()).strip("-")[:MAX_NAME].rstrip("-")
    if not NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise StylePackError(
            f"a pack cannot be called {name[:80]!r}",
            f"--name: at most {MAX_NAME} lower-case letters, digits and hyphens",
        )
    folder = request.folder or user_folder() / name
    if folder.exists() or (request.folder is None and name in {path.name for path in installed_packs()}):
        raise StylePackError(f"there is a pack {name!r} already: {folder}", "give another --name, or remove that one")
    return name, folder


def _make(
    request: Request, name: str, data: bytes, made: Path, room: Path, measure: Measure, progress: Callable[[str], None]
) -> None:
    kind, onnx = "ONNX", data
    if other := other_kind(data, request.source):
        raise NotAStyleNetwork(f"it is no ONNX file (and no .pth) but {other[0]}", other[1])
    if data.startswith(TORCH_MAGIC):
        progress("reading the PyTorch file")
        kind, onnx = _from_torch(data, room)
    progress("scanning")
    try:
        opset = scan_graph(onnx, request.source).opset
    except ExternalData as error:
        raise NotAStyleNetwork(str(error), ONE_FILE) from error
    except Malformed as error:
        raise NotAStyleNetwork(f"it is no ONNX file, or not one of a picture network: {error}") from error
    progress("trying it out")
    scanned = room / "scanned.onnx"
    scanned.write_bytes(onnx)
    found = run_confined(
        "allaprima.app.importing.trial",
        [scanned, json.dumps(asdict(request.choices)), made / "network.onnx"],
        room / "findings.json",
    )
    origin = {
        "file": request.source.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "kind": kind,
        "opset": opset,
        **_flat(found),
        "told": [f"{key} {value}" for key, value in asdict(request.choices).items() if value],
    }
    _write_card(request, name, made, found, origin, {})
    progress("opening it")
    pack = load_pack(made)
    _open_once(pack)
    progress("measuring its stability")
    if stability := measure(pack):
        _write_card(request, name, made, found, origin, stability)


def _from_torch(data: bytes, room: Path) -> tuple[str, bytes]:
    """The file's kind, and its network as ONNX. Only the confined process unpickles."""
    missing = [package for package in ("torch", "onnx") if importlib.util.find_spec(package) is None]
    if missing:
        raise NotAStyleNetwork(
            f"PyTorch files are read with {' and '.join(missing)}, not installed here", install("train")
        )
    copy, onnx = room / "source.pth", room / "converted.onnx"
    copy.write_bytes(data)
    found = run_confined("allaprima.models.networks.johnson_pth", [copy, onnx], room / "converted.json")
    return str(found["kind"]), read_bytes(onnx, HINT)


def _flat(found: Mapping[str, Any]) -> dict[str, Any]:
    """The findings as a card has them: no tables inside a table, nothing that is None."""
    convention = dict(found["convention"])
    style, fixed = convention.pop("style"), convention.pop("fixed")
    flat = convention | {"structure": found["structure"], "locality": found["locality"], "notes": found["notes"]}
    if fixed:
        flat["fixed"] = f"{fixed[0]}x{fixed[1]}"
    if style:
        flat["style_input"] = style["name"]
    return flat


def _write_card(
    request: Request,
    name: str,
    made: Path,
    found: Mapping[str, Any],
    origin: Mapping[str, object],
    stability: Mapping[str, float],
) -> None:
    style = found["convention"]["style"]
    styles = style["styles"] if style else 1
    title = request.title.strip()[:MAX_TEXT] or name
    about = {"artist": request.artist.strip()[:MAX_TEXT], "source": f"imported from {request.source.name}"}
    head = {
        "name": name,
        "title": title,
        "network": "network.onnx",
        "sha256": hashlib.sha256((made / "network.onnx").read_bytes()).hexdigest(),
        "family": FAMILY,
        "parameters": found["parameters"],
        "rows": 1 + styles,
    }
    digits, entries = len(str(styles - 1)), []
    for number in range(styles):  # counted from 0, as their own program does
        tail = f"-{number:0{digits}d}" if styles > 1 else ""
        names = {"row": number + 1, "name": name + tail, "title": title + tail.replace("-", " ")}
        entries.append(names | about)
    measured = {"stability": stability} if stability else {}
    write_file(made / CARD, card_text({"pack": head, "import": origin, **measured, "style": entries}))


def _open_once(pack: StylePack) -> None:
    """Paint a pair as `run` would: a pack that no engine takes is not kept."""
    weights = np.eye(pack.rows, dtype=np.float32)[1]
    pair = (np.concatenate([chart(SIZE, 0), chart(SIZE, 1)]).transpose(0, 2, 3, 1) * 255).astype(np.uint8)
    try:
        stylizer = open_stylizer(pack, SIZE)
        stylizer.paint(np.ascontiguousarray(pair), weights)
        stylizer.close()
    except AllaPrimaError as error:
        raise NotAStyleNetwork(f"no engine paints with it: {error.message}", error.hint) from error
