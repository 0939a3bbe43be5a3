"""One file a subcommand, one folder a group of them: every module here is one, but `shared`, which several take from.

A subcommand module defines `HELP` (one line), `configure(parser)` (adds arguments and an epilog with examples) and
`execute(args) -> int` (the exit code). At its top it imports only what is light, so that `--help` is instant.
"""

import importlib
import pkgutil
from argparse import ArgumentParser, Namespace
from typing import Protocol, cast


class Command(Protocol):
    """What a subcommand module defines."""

    HELP: str

    def configure(self, parser: ArgumentParser) -> None:
        """Add arguments to `parser`, and examples as its epilog."""

    def execute(self, args: Namespace) -> int:
        """Do it; returns the exit code. Raises `AllaPrimaError`."""


def names() -> list[str]:
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "shared")


def load(name: str) -> Command:
    """The module of the subcommand called `name`, one of `names()`."""
    return cast(Command, importlib.import_module(f"{__name__}.{name}"))
