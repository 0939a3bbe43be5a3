"""`allaprima styles list`."""

import argparse

from allaprima.app.cli.styles.facts import about, facts_of, packs_of
from allaprima.app.core.console import print_json

HELP = "list every style of every installed pack"


def configure(parser: argparse.ArgumentParser) -> None:
    """Nothing but what `styles` adds to several."""


def execute(args: argparse.Namespace) -> int:
    packs, broken = packs_of(args.pack)
    if args.json:
        report = [about(pack) | {"styles": [facts_of(pack, style) for style in pack.styles]} for pack in packs]
        faults = [{"message": error.message, "hint": error.hint} for error in broken]
        print_json({"packs": report, "broken": faults})
        return 0
    from rich.table import Table
    from rich.text import Text

    from allaprima.app.report.terminal import terminal

    console = terminal()
    for pack in packs:
        table = Table(title=Text(f"{pack.title} ({pack.name})"), title_justify="left", box=None, pad_edge=False)
        table.add_column("name", no_wrap=True, min_width=max(len(style.name) for style in pack.styles))
        for heading, share in (("title", 3), ("artist", 2), ("year", None)):
            table.add_column(heading, no_wrap=True, overflow="ellipsis", ratio=share)
        for style in pack.styles:
            table.add_row(*map(Text, (style.name, style.title, style.artist, style.year)))
        console.print(table)
    for error in broken:
        terminal(stderr=True).print(Text(f"broken pack: {error.message}"))
    return 0
