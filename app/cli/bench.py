"""`allaprima bench`: how good what is painted is, and how late, in numbers."""

from __future__ import annotations

import argparse

from allaprima.app.cli import _latency, _stability

HELP = "measure how stable and how strong the styles are, and how late the picture is"

_ACTIONS = {"stability": _stability, "latency": _latency}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = """examples:
  allaprima bench stability
  allaprima bench stability --pack ./my-pack --json
  allaprima bench latency --inject 40
  allaprima bench stability --help"""
    actions = parser.add_subparsers(dest="action", metavar="|".join(_ACTIONS), required=True)
    for name, action in _ACTIONS.items():
        action.configure(actions.add_parser(name, help=action.HELP))


def execute(args: argparse.Namespace) -> int:
    return _ACTIONS[args.action].execute(args)
