"""`allaprima calibrate`: from two cameras to a rig file."""

import argparse

from allaprima.app.cli.calibrate import board, capture, check, import_, solve

HELP = "calibrate two cameras, so that the eyes see things at their true size and place"

_ACTIONS = {"board": board, "capture": capture, "solve": solve, "check": check, "import": import_}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """examples:
  allaprima calibrate board -o board.pdf                  print it at 100 %, glue it to something flat
  allaprima calibrate capture views/ --source SOURCE      move it around until enough views are taken
  allaprima calibrate solve views/ -o rig.toml            compute the rig file and its errors
  allaprima calibrate check rig.toml --source SOURCE -o check.png
  allaprima calibrate import intrinsics.yml extrinsics.yml --size 640x480 -o rig.toml

`allaprima calibrate ACTION --help` shows details."""
    actions = parser.add_subparsers(dest="action", metavar="|".join(_ACTIONS), required=True)
    for name, action in _ACTIONS.items():
        action.configure(actions.add_parser(name, help=action.HELP, description=action.HELP))


def execute(args: argparse.Namespace) -> int:
    return _ACTIONS[args.action].execute(args)
