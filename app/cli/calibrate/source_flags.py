"""The source of a calibration's pairs: the same as for `run`, in the same mode."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from allaprima.app.cli.shared import arguments, session_request

if TYPE_CHECKING:
    from allaprima.app.settings_and_flags import Settings
    from allaprima.app.sources.source import StereoSource


def add_flags(parser: argparse.ArgumentParser) -> None:
    session_request.add_source(parser, default=None)
    arguments.add_set(parser)


def settings_of(args: argparse.Namespace) -> Settings:
    """The user's settings, then the flags; but every pair is of one moment, and recordings have no pace."""
    settings = session_request.settings_of(args)
    fps = settings.source.camera_fps or settings.source.rate
    return settings.updated("source.camera_fps", fps).updated("source.rate", None).updated("source.hold", 0)


def opened(args: argparse.Namespace, settings: Settings) -> StereoSource:
    """The source asked for; a recording as fast as it is looked at."""
    from allaprima.app.core.clock import SystemClock
    from allaprima.app.live.cameras_and_rig import open_requested

    return open_requested(settings, session_request.request_of(args, fast=True), SystemClock(), None)
