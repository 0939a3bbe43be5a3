"""`allaprima stylize --engine gatys`, the slow reference: what it can be told. It works in `_optimising`."""

from __future__ import annotations

import argparse
from pathlib import Path

from allaprima.app.cli._live import count
from allaprima.app.core.errors import EngineError, SettingsError

ITERATIONS = 200
FLAGS = ("iterations", "painting", "paintings", "method", "start", "seed", "vgg")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """What only the slow reference takes."""
    add = parser.add_argument_group("the slow reference, --engine gatys").add_argument
    add("--iterations", type=count, metavar="N", help=f"how long it optimises (default: {ITERATIONS}); ctrl-C ends it")
    add("--painting", type=Path, metavar="FILE", help="take the style from this picture, instead of --style")
    add("--paintings", type=Path, metavar="DIR", help="the styles' paintings (default: $ALLAPRIMA_DATA/paintings)")
    add("--method", choices=("adam", "lbfgs"), help="lbfgs: fewer iterations, each twice as long (default: adam)")
    add("--start", choices=("photo", "noise"), help="what is optimised (default: photo)")
    add("--seed", type=int, metavar="N", help="of the noise (default: 0)")
    add(
        "--vgg", type=Path, metavar="FILE|DIR", help="VGG-19 weights (default: the data folder's, else downloaded once)"
    )


def refuse_flags(args: argparse.Namespace) -> None:
    """Raises `SettingsError` where one of them is given to another engine."""
    for name in FLAGS:
        if getattr(args, name) is not None:
            raise SettingsError(f"--{name} is for the slow reference only", "add --engine gatys")


def execute(args: argparse.Namespace, size: tuple[int, int] | int | None) -> int:
    """As `stylize` does, with `size` as it has it; torch is imported only here."""
    try:
        from allaprima.app.cli import _optimising
    except ImportError as error:
        raise EngineError(
            f"gatys needs packages that are not installed: {error}", 'pip install "allaprima[train]"'
        ) from error
    return _optimising.execute(args, size)
