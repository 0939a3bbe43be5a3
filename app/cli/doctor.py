"""`allaprima doctor`: what works on this machine and what does not."""

from argparse import ArgumentParser, Namespace

from allaprima.app.cli.shared import arguments
from allaprima.app.core.console import print_json

HELP = "check what works on this machine, and print the commands that repair the rest"


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--no-self-test", action="store_true", help="skip the five seconds of painting")
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima doctor
  allaprima doctor --no-self-test
  allaprima doctor --json > report.json            to attach to a question

exit code 0: allaprima run works here, at least with a simulated headset; 1: it does not work"""


def execute(args: Namespace) -> int:
    from dataclasses import asdict

    from rich.progress import BarColumn, TextColumn

    from allaprima.app.cli.shared.progress import Bars
    from allaprima.app.doctor.examination import examine
    from allaprima.app.doctor.page import print_page, works
    from allaprima.app.doctor.probes import PROBES

    with Bars(TextColumn("examining {task.description}"), BarColumn()) as bars:
        bar = bars.add_task("this machine", total=len(PROBES) + (not args.no_self_test))
        findings = examine(not args.no_self_test, lambda name: bars.update(bar, description=name, advance=1))
    if args.json:
        print_json({"works": works(findings), "findings": [asdict(finding) for finding in findings]})
    else:
        print_page(findings)
    return 0 if works(findings) else 1
