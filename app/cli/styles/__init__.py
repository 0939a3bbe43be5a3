"""`allaprima styles`: what there is to paint with, and how more of it is made."""

import argparse

from allaprima.app.cli.shared import arguments
from allaprima.app.cli.styles import gallery, import_, list_, quantize, show, train, verify

HELP = "list, show, verify, quantize, train and import styles"

_OF_INSTALLED = {"list": list_, "show": show}
_OF_ONE = {"gallery": gallery, "verify": verify, "quantize": quantize, "import": import_, "train": train}
_ACTIONS = _OF_INSTALLED | _OF_ONE


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """examples:
  allaprima styles list
  allaprima styles list --json --pack ./my-pack
  allaprima styles show starry-night
  allaprima styles gallery --open
  allaprima styles verify ./my-pack      (does it paint, and is it stable)
  allaprima styles quantize ./my-pack --photos photos/     (for --precision int8)
  allaprima styles import mosaic.onnx    (a network that others trained)
  allaprima styles train --help          (needs torch)"""
    actions = parser.add_subparsers(dest="action", metavar="|".join(_ACTIONS), required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--pack", metavar="FOLDER|NAME", help="use only this style pack")
    arguments.add_json(shared)
    for name, action in _OF_INSTALLED.items():
        action.configure(actions.add_parser(name, parents=[shared], help=action.HELP))
    for name, action in _OF_ONE.items():
        action.configure(actions.add_parser(name, help=action.HELP))


def execute(args: argparse.Namespace) -> int:
    return _ACTIONS[args.action].execute(args)
