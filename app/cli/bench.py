"""`allaprima bench`: how good what is painted is, in numbers."""

from __future__ import annotations

import argparse

from allaprima.app.cli import _stability

HELP = "measure how stable and how strong the styles are"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = """examples:
  allaprima bench stability
  allaprima bench stability --pack ./my-pack --json
  allaprima bench stability --help"""
    actions = parser.add_subparsers(dest="action", metavar="stability", required=True)
    _stability.configure(actions.add_parser("stability", help=_stability.HELP))


def execute(args: argparse.Namespace) -> int:
    return _stability.execute(args)
