"""`allaprima styles show`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from allaprima.app.cli.styles.facts import about, facts_of, packs_of
from allaprima.app.core.console import print_json

if TYPE_CHECKING:
    from allaprima.app.packs.pack import Style, StylePack

HELP = "show the facts about one style"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a style's name, as `styles list` shows it")


def execute(args: argparse.Namespace) -> int:
    packs, _ = packs_of(args.pack)
    _show(*_find(packs, args.name), args.json)
    return 0


def _find(packs: list[StylePack], name: str) -> tuple[StylePack, Style]:
    for pack in packs:
        for style in pack.styles:
            if style.name == name.strip().lower():
                return pack, style
    return packs[0], packs[0].style(name)  # raises, naming the nearest


def _show(pack: StylePack, style: Style, as_json: bool) -> None:
    if as_json:
        print_json(facts_of(pack, style) | {"pack": about(pack)})
        return
    from rich.table import Table
    from rich.text import Text

    from allaprima.app.report.terminal import terminal

    facts = {key: value for key, value in facts_of(pack, style).items() if value not in (None, "")}
    facts |= {f"pack {key}": value for key, value in about(pack).items() if key in ("title", "folder", "family")}
    facts |= {f"training {key}": value for key, value in pack.training.items()}
    facts |= {f"import {key}": value for key, value in pack.imported.items()}
    facts |= {f"stability {key}": value for key, value in pack.stability.items()}
    table = Table.grid(padding=(0, 2))
    for key, value in facts.items():
        table.add_row(Text(key.replace("_", " "), style="bold"), Text(str(value)))
    terminal().print(table)
