"""Where the pairs of a calibration come from: whatever `run` takes, in the same mode."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from allaprima.app.cli import _live, run

if TYPE_CHECKING:
    from allaprima.app.settings import Settings
    from allaprima.app.sources.source import StereoSource


def add_flags(parser: argparse.ArgumentParser) -> None:
    """`--source` and what belongs to it."""
    parser.add_argument("--source", required=True, metavar="SOURCE", help="where pairs come from, as for `run`")
    parser.add_argument(
        "--stereo", default="auto", choices=_live.STEREO, help="how one file or camera holds its two eyes"
    )
    run.add_camera_flags(parser)


def settings_of(args: argparse.Namespace) -> Settings:
    """The user's settings, then the flags of cameras."""
    from allaprima.app.settings import Settings

    return run.with_cameras(Settings.load(), args)


def opened(args: argparse.Namespace, settings: Settings) -> StereoSource:
    """The source asked for; a recording as fast as it is looked at."""
    from allaprima.app.assembly import Request, open_requested
    from allaprima.app.core.clock import SystemClock
    from allaprima.app.sources.faulty import parse_fault

    faults = tuple(parse_fault(text) for text in args.fault)
    request = Request(args.source, as_fast_as_possible=True, input_layout=args.stereo, faults=faults)
    return open_requested(settings, request, SystemClock(), None)
