"""The findings for a terminal or a pipe."""

from collections.abc import Sequence
from typing import TextIO

from allaprima.app.core.console import printable
from allaprima.app.doctor.finding import Finding, State

COLOURS: dict[State, str] = {"ok": "green", "warning": "yellow", "fault": "bold red"}


def works(findings: Sequence[Finding]) -> bool:
    """Whether `run` would, with a simulated headset at least."""
    return not any(finding.state == "fault" for finding in findings)


def print_page(findings: Sequence[Finding], stream: TextIO | None = None, width: int | None = None) -> None:
    """A table on a terminal, `width` columns or as wide as that is; plain lines elsewhere. None: standard output."""
    from rich.table import Table
    from rich.text import Text

    from allaprima.app.report.terminal import terminal

    console = terminal(stream, width)
    if not console.is_terminal:
        console.print(Text(plain(findings)))
        return
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        text = Text(finding.text)
        if finding.hint:
            text.append(f"\n{finding.hint}", style="cyan" if finding.state == "ok" else "bold cyan")
        table.add_row(Text(finding.state, style=COLOURS[finding.state]), Text(finding.name), text)
    console.print(table)
    console.print(Text(f"\n{conclusion(findings)}", style="bold"), soft_wrap=False)


def plain(findings: Sequence[Finding]) -> str:
    """A line a finding, and one for its hint."""
    lines = []
    for finding in findings:
        lines.append(printable(f"{finding.state:<8} {finding.name}: {finding.text}"))
        lines += [printable(f"         hint: {finding.hint}")] if finding.hint else []
    return "\n".join([*lines, "", conclusion(findings)])


def conclusion(findings: Sequence[Finding]) -> str:
    """The one sentence that all this was for."""
    faults, warnings = (sum(finding.state == state for finding in findings) for state in ("fault", "warning"))
    if faults:
        return f"allaprima run does not work here ({_count(faults, 'fault')}). Mend the first, then: allaprima doctor"
    tested = any(finding.name == "self-test" for finding in findings)
    verdict = "allaprima run works here" if tested else "Nothing seems to keep allaprima run from working here"
    return f"{verdict}; {_count(warnings, 'warning')}." if warnings else f"{verdict}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + "s" * (number != 1)
