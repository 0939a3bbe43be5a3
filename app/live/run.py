"""Runs one session from its first frame to its last, however it ends."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from allaprima.app.core.console import fail, say
from allaprima.app.core.errors import AllaPrimaError, HeadsetLost
from allaprima.app.core.notes import noted
from allaprima.app.live.parts import Parts

_LAST = 3


def run_session(
    parts: Parts, as_json: bool, seconds: float | None, each_frame: Callable[[int], None] | None = None
) -> tuple[dict[str, Any], list[Path]]:
    """Run the session; returns its summary and the files it wrote. Raises the session's errors.

    The video is completed however the session ends: a lost camera or a headset's runtime that never answers does not
    cost an hour's recording.
    """

    def last_stamps() -> list[dict[str, Any]]:
        return [asdict(painted) for painted in parts.monitor.records().painted[-_LAST:]]

    def hung(what: str) -> None:
        """The main thread is stuck in a call, so this thread ends the program."""
        with suppress(AllaPrimaError):
            for file in parts.audience.finish():
                say(f"{file} holds what was shown until then")
        limit_s = parts.watchdog.limit_s
        error = HeadsetLost(
            f"{parts.headset.name}: {what} did not come back within {limit_s:g} s",
            "restart the headset's runtime; --set headset.watchdog_s=S waits longer",
        )
        fail(error.message, error.hint, error.exit_code, as_json)
        sys.stderr.flush()
        os._exit(error.exit_code)

    try:
        with parts.watchdog.watching(hung), noted("last stamps", last_stamps):
            summary = parts.session.run(seconds, each_frame)
    except AllaPrimaError:
        with suppress(AllaPrimaError):  # only the first error is reported
            for file in parts.audience.finish():
                say(f"{file} holds what was shown until then")
        raise
    return summary, parts.audience.finish()
