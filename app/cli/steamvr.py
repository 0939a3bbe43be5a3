"""`allaprima steamvr`: this program in SteamVR's library."""

import argparse

from allaprima.app.cli.shared import arguments
from allaprima.app.core.console import print_result

HELP = "add the program to SteamVR's library, and let SteamVR start it"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """examples:
  allaprima steamvr register          add it to SteamVR's library; its bindings then have its own name
  allaprima steamvr autostart on      SteamVR starts it at its own start
  allaprima steamvr autostart         show whether SteamVR does
  allaprima steamvr unregister

allaprima run shows its picture in SteamVR without any of this"""
    actions = parser.add_subparsers(dest="action", metavar="register|unregister|autostart", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    arguments.add_json(shared)
    actions.add_parser("register", parents=[shared], help="register the program; repeat it when Python has moved")
    actions.add_parser("unregister", parents=[shared], help="remove the program from SteamVR's library")
    autostart = actions.add_parser("autostart", parents=[shared], help="show or set whether SteamVR starts the program")
    autostart.add_argument("state", nargs="?", choices=("on", "off"), metavar="on|off", help="change that")


def execute(args: argparse.Namespace) -> int:
    from allaprima.app.headset.openvr import registration

    if args.action == "autostart":
        on = registration.autostart(None if args.state is None else args.state == "on")
        text = f"SteamVR {'starts' if on else 'does not start'} Alla Prima along with itself"
        print_result(args.json, {"autostart": on}, text)
        return 0
    registered = args.action == "register"
    manifest = registration.register() if registered else registration.unregister()
    text = "stands in SteamVR's library" if registered else "is no longer in SteamVR's library"
    result = {"registered": registered, "manifest": str(manifest)}
    print_result(args.json, result, f"Alla Prima {text} ({manifest})")
    return 0
