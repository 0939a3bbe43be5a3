"""Where the pairs of a calibration come from: whatever `run` takes, in the same mode."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from allaprima.app.cli import run
from allaprima.app.cli.shared import live_flags
from allaprima.app.core.errors import SettingsError

if TYPE_CHECKING:
    from allaprima.app.settings import Settings
    from allaprima.app.sources.source import StereoSource


def add_flags(parser: argparse.ArgumentParser) -> None:
    """`--source` and what belongs to it."""
    parser.add_argument("--source", required=True, metavar="SOURCE", help="where pairs come from, as for `run`")
    parser.add_argument(
        "--stereo", default="auto", choices=live_flags.STEREO, help="how one file or camera holds its two eyes"
    )
    run.add_camera_flags(parser)


def settings_of(args: argparse.Namespace) -> Settings:
    """The user's settings, then the flags of cameras; but every pair is of one moment, and recordings have no pace."""
    from allaprima.app.settings import Settings

    if args.hold:
        raise SettingsError("--hold: a picture that is shown again is of another moment than its mate", "leave it out")
    settings = run.with_cameras(Settings.load(), args)
    chosen = settings.source
    return replace(settings, source=replace(chosen, camera_fps=chosen.camera_fps or chosen.rate, rate=None, hold=0))


def opened(args: argparse.Namespace, settings: Settings) -> StereoSource:
    """The source asked for; a recording as fast as it is looked at."""
    from allaprima.app.core.clock import SystemClock
    from allaprima.app.live.cameras_and_rig import open_requested
    from allaprima.app.live.request import Request
    from allaprima.app.sources.faulty import parse_fault

    faults = tuple(parse_fault(text) for text in args.fault)
    request = Request(args.source, as_fast_as_possible=True, input_layout=args.stereo, faults=faults)
    return open_requested(settings, request, SystemClock(), None)
