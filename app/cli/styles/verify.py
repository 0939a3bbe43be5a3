"""`allaprima styles verify`: whether a pack passes the gates."""

import argparse

from allaprima.app.cli.bench import stability
from allaprima.app.cli.shared import arguments
from allaprima.app.core.console import print_json, say

HELP = "measure a style pack and compare it with the gates"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pack", metavar="PACK", help="a style pack's folder or name")
    stability.add_shared(parser)
    parser.add_argument("--strict", action="store_true", help="fail also for stability, goals and missing measurements")
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima styles verify ./my-pack
  allaprima styles verify ./my-pack --styles my-painting --quick
  allaprima styles verify first --strict --json

A style must look like a painting: strong, not blank, without a grid, not merely tinted, without a frame. The exit code
is 1 if one does not. A missed gate of stability or a missed goal is reported, and fails only with --strict. Gates that
need something missing (torch, VGG weights, paintings, a network trained without consistency) are reported as not
measured."""


def execute(args: argparse.Namespace) -> int:
    """0 where the gates are passed, else 1."""
    from allaprima.app.bench.stability.gates import passed
    from allaprima.app.bench.stability.table import print_gates
    from allaprima.app.packs.pack import load_pack

    settings = stability.settings_of(args, "plain")
    pack = load_pack(args.pack)
    result = stability.measured(pack, stability.chosen_styles(pack, args.styles), settings)
    good = passed(result.report, args.strict)
    if args.json:
        print_json(result.report | {"passed": good, "strict": args.strict})
    else:
        print_gates(result.report)
        if not good:
            say(f"{pack.name} does not pass")
    return 0 if good else 1
