"""`allaprima styles train`: hands all its arguments to the trainer."""

from __future__ import annotations

import argparse

from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.core.extras import install

HELP = "train a pack of your own paintings"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("arguments", nargs=argparse.REMAINDER)


def execute(args: argparse.Namespace) -> int:
    try:
        from allaprima.models.training.command import main
        from allaprima.models.training.plan import PackFolders
    except ImportError as error:
        raise AllaPrimaError(f"training needs packages that are not installed: {error}", install("train")) from error
    from allaprima.app.packs.pack import load_pack, shipped_folder, user_folder

    return main(args.arguments, PackFolders(lambda name: load_pack(name).folder, user_folder(), shipped_folder()))
