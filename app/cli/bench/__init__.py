"""`allaprima bench`: how good what is painted is, how quick and how late, in numbers."""

import argparse

from allaprima.app.cli.bench import camera_delay, depth, latency, speed, stability, start

HELP = "measure stability, strength, speed and latency"
ACTIONS = {
    "stability": stability,
    "speed": speed,
    "start": start,
    "latency": latency,
    "depth": depth,
    "camera-delay": camera_delay,
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """examples:
  allaprima bench stability
  allaprima bench stability --pack ./my-pack --json
  allaprima bench speed --sizes 640x480
  allaprima bench start
  allaprima bench latency --inject 40
  allaprima bench depth
  allaprima bench camera-delay 0
  allaprima bench speed --help"""
    actions = parser.add_subparsers(dest="action", metavar="|".join(ACTIONS), required=True)
    for name, action in ACTIONS.items():
        action.configure(actions.add_parser(name, help=action.HELP))


def execute(args: argparse.Namespace) -> int:
    return ACTIONS[args.action].execute(args)
