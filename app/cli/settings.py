"""`allaprima settings`: what can be set, and where."""

from argparse import ArgumentParser, Namespace

from allaprima.app.cli.shared import arguments
from allaprima.app.core.console import print_json, print_lines
from allaprima.app.settings_and_flags import SECTIONS, Declaration, Settings, declared
from allaprima.app.settings_file import config_path

HELP = "list every setting, and the path of the settings file"


def configure(parser: ArgumentParser) -> None:
    arguments.add_json(parser)
    parser.epilog = """examples:
  allaprima settings                               all settings and their possible values
  allaprima settings --json
  allaprima run --set headset.watchdog_s=30        any setting, for one run

The file is TOML: a line [stylize], and below it strength = 0.8. `--set` overrides the file; a flag overrides both."""


def execute(args: Namespace) -> int:
    path, settings = config_path(), Settings.load()
    if args.json:
        facts = {key: _facts(one, settings) for key, one in declared().items()}
        print_json({"file": str(path), "exists": path.is_file(), "settings": facts})
        return 0
    from rich.table import Table
    from rich.text import Text

    from allaprima.app.report.terminal import terminal

    print_lines(f"{path}{'' if path.is_file() else ' (not there: these are the defaults)'}")
    table = Table("setting", "is", "may be", "meaning")
    for key, one in declared().items():
        table.add_row(*map(Text, (key, arguments.spelled(settings[key]), str(one.value), one.flag.meaning)))
    terminal().print(table)
    return 0


def page() -> str:
    """The tables of docs/settings.md, one a section."""
    lines = []
    for section, about in SECTIONS.items():
        lines += [f"## [{section}]", "", about, "", "| Key | Default | May be | Flag | Meaning |", "| --- " * 5 + "|"]
        for one in declared().values():
            if one.key.startswith(f"{section}."):
                auto = f" ({one.flag.auto})" if one.flag.auto and one.default is None else ""
                flag = f"`{one.flag.name}`" if one.flag.name else ""
                name, default = one.key.partition(".")[2], f"`{arguments.spelled(one.default)}`{auto}"
                lines.append(f"| `{name}` | {default} | {one.value} | {flag} | {one.flag.meaning} |")
        lines.append("")
    return "\n".join(lines)


def _facts(one: Declaration, settings: Settings) -> dict[str, object]:
    value, within = one.value, one.value.within
    return {
        "type": str(value),
        "choices": list(value.choices),
        "range": [within.low, within.high] if within else None,
        "default": one.default,
        "value": settings[one.key],
        "flag": one.flag.name,
        "meaning": one.flag.meaning,
        "auto": one.flag.auto,
    }
