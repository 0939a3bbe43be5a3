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
    pack, style = _find(packs_of(args.pack)[0], args.name)
    if args.json:
        print_json(facts_of(pack, style) | {"pack": about(pack)})
        return 0
    from rich.table import Table
    from rich.text import Text

    from allaprima.app.report.terminal import terminal

    facts = {key: value for key, value in facts_of(pack, style).items() if value not in (None, "")}
    facts |= {f"pack {key}": value for key, value in about(pack).items() if key in ("title", "folder", "family")}
    for title, table in (("training", pack.training), ("import", pack.imported), ("stability", pack.stability)):
        facts |= {f"{title} {key}": value for key, value in table.items()}
    grid = Table.grid(padding=(0, 2))
    for key, value in facts.items():
        grid.add_row(Text(key.replace("_", " "), style="bold"), Text(str(value)))
    terminal().print(grid)
    return 0


def _find(packs: list[StylePack], name: str) -> tuple[StylePack, Style]:
    for pack in packs:
        for style in pack.styles:
            if style.name == name.strip().lower():
                return pack, style
    return packs[0], packs[0].style(name)  # raises, naming the nearest
