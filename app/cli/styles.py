"""`allaprima styles`: what there is to paint with, and how more of it is made."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from allaprima.app.cli import _gallery, _import_network, _quantize, _verify
from allaprima.app.core.errors import AllaPrimaError

if TYPE_CHECKING:
    from allaprima.app.packs.pack import Style, StylePack

HELP = "list, show, hang, verify, quantize, train and import styles"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """examples:
  allaprima styles list
  allaprima styles list --json --pack ./my-pack
  allaprima styles show starry-night
  allaprima styles gallery --open
  allaprima styles verify ./my-pack      (whether it paints, and holds still)
  allaprima styles quantize ./my-pack --photos photos/     (for --precision int8)
  allaprima styles import mosaic.onnx    (a network that others trained)
  allaprima styles train --help          (needs: pip install "allaprima[train]")"""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(
        dest="action", metavar="list|show|gallery|verify|quantize|import|train", required=True
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--pack", metavar="FOLDER|NAME", help="look into this style pack only")
    shared.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    actions.add_parser("list", parents=[shared], help="every style of every installed pack")
    show = actions.add_parser("show", parents=[shared], help="all that is known of one style")
    show.add_argument("name", metavar="NAME", help="a style's name, as `styles list` shows it")
    _gallery.configure(actions.add_parser("gallery", parents=[shared], help=_gallery.HELP))
    _verify.configure(actions.add_parser("verify", help=_verify.HELP))
    _quantize.configure(actions.add_parser("quantize", help=_quantize.HELP))
    _import_network.configure(actions.add_parser("import", help=_import_network.HELP))
    # A prefix nobody types makes every argument, --help too, the trainer's own.
    train = actions.add_parser("train", add_help=False, prefix_chars="\0", help="train a pack of your own paintings")
    train.add_argument("arguments", nargs=argparse.REMAINDER)


def execute(args: argparse.Namespace) -> int:
    if args.action == "train":
        return _train(args.arguments)
    if args.action == "verify":
        return _verify.execute(args)
    if args.action == "quantize":
        return _quantize.execute(args)
    if args.action == "gallery":
        return _gallery.execute(args)
    if args.action == "import":
        return _import_network.execute(args)
    packs, broken = _packs(args.pack)
    if args.action == "list":
        _list(packs, broken, args.json)
    else:
        _show(*_find(packs, args.name), args.json)
    return 0


def _train(arguments: list[str]) -> int:
    try:
        from allaprima.models.command import Shelves, main
    except ImportError as error:
        raise AllaPrimaError(
            f"training needs packages that are not installed: {error}", 'pip install "allaprima[train]"'
        ) from error
    from allaprima.app.packs.pack import load_pack, shipped_folder, user_folder

    return main(arguments, Shelves(lambda name: load_pack(name).folder, user_folder(), shipped_folder()))


def _packs(path_or_name: str | None) -> tuple[list[StylePack], list[AllaPrimaError]]:
    """All installed packs and what is wrong with the broken ones; a pack that was named must be sound."""
    from allaprima.app.packs.pack import default_pack, installed_packs, load_pack

    if path_or_name is not None:
        return [load_pack(path_or_name)], []
    packs, broken = [], []
    for folder in installed_packs():
        try:
            packs.append(load_pack(folder))
        except AllaPrimaError as error:
            broken.append(error)
    if not packs:
        packs.append(default_pack())  # says what is missing or broken
    return packs, broken


def _find(packs: list[StylePack], name: str) -> tuple[StylePack, Style]:
    for pack in packs:
        for style in pack.styles:
            if style.name == name.strip().lower():
                return pack, style
    return packs[0], packs[0].style(name)  # raises, naming the nearest


def _facts(pack: StylePack, style: Style) -> dict[str, Any]:
    return {
        "name": style.name,
        "title": style.title,
        "artist": style.artist,
        "year": style.year,
        "source": style.source,
        "public_domain": style.public_domain,
        "preview": str(style.preview) if style.preview else None,
        "row": style.row,
        "pack": pack.name,
    }


def _about(pack: StylePack) -> dict[str, Any]:
    return {
        "name": pack.name,
        "title": pack.title,
        "folder": str(pack.folder),
        "family": pack.family,
        "parameters": pack.parameters,
        "rows": pack.rows,
        "training": dict(pack.training),
        "imported": dict(pack.imported),
        "stability": dict(pack.stability),
    }


def _list(packs: list[StylePack], broken: list[AllaPrimaError], as_json: bool) -> None:
    if as_json:
        report = [_about(pack) | {"styles": [_facts(pack, style) for style in pack.styles]} for pack in packs]
        faults = [{"message": error.message, "hint": error.hint} for error in broken]
        print(json.dumps({"packs": report, "broken": faults}, ensure_ascii=False, default=str))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    for pack in packs:
        table = Table(title=Text(f"{pack.title} ({pack.name})"), title_justify="left")
        table.add_column("name", no_wrap=True)
        for heading in ("title", "artist", "year"):
            table.add_column(heading)
        for style in pack.styles:
            table.add_row(*map(Text, (style.name, style.title, style.artist, style.year)))
        console.print(table)
    for error in broken:
        Console(stderr=True, highlight=False).print(Text(f"broken pack: {error.message}"))


def _show(pack: StylePack, style: Style, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_facts(pack, style) | {"pack": _about(pack)}, ensure_ascii=False, default=str))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    facts = {key: value for key, value in _facts(pack, style).items() if value not in (None, "")}
    facts |= {f"pack {key}": value for key, value in _about(pack).items() if key in ("title", "folder", "family")}
    facts |= {f"training {key}": value for key, value in pack.training.items()}
    facts |= {f"import {key}": value for key, value in pack.imported.items()}
    facts |= {f"stability {key}": value for key, value in pack.stability.items()}
    table = Table.grid(padding=(0, 2))
    for key, value in facts.items():
        table.add_row(Text(key.replace("_", " "), style="bold"), Text(str(value)))
    Console(highlight=False).print(table)
