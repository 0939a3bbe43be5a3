"""`--overwrite`: the one rule of all commands for outputs that exist already."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from allaprima.app.cli.shared.arguments import Flags


def add_flag(parser: Flags) -> None:
    """For every command that writes a file under a name that the user chose."""
    parser.add_argument("--overwrite", action="store_true", help="replace output files that exist already")


def check(args: Namespace, *outputs: Path | None) -> None:
    """Raises `SettingsError` for the first of `outputs` that exists, unless `--overwrite` is given. None is an output
    that was not asked for.
    """
    from allaprima.app.core.files import check_free

    check_free([path for path in outputs if path], args.overwrite)


def check_apart(outputs: Sequence[Path | None], source: str) -> None:
    """Raises `SettingsError` where two of `outputs` have one name, or one of them is `source`, which is read: a file,
    or LEFT,RIGHT.
    """
    from allaprima.app.core import files

    files.check_apart([path for path in outputs if path], [Path(source), *map(Path, source.split(","))])
