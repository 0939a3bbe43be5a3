"""One session from its first frame to its last, whatever ends it."""

from __future__ import annotations

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
    """The session's summary and the files it wrote. Its video is completed whatever ends it: an hour's recording is
    not thrown away because a camera was lost, or the headset's runtime never came back. Raises what the session does.
    """

    def hung(what: str) -> None:
        """The main thread is in a call that never ends, so this one ends the program."""
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
        with parts.watchdog.watching(hung), noted("last stamps", lambda: _last_stamps(parts)):
            summary = parts.session.run(seconds, each_frame)
    except AllaPrimaError:
        with suppress(AllaPrimaError):  # the first error is the one to tell
            for file in parts.audience.finish():
                say(f"{file} holds what was shown until then")
        raise
    return summary, parts.audience.finish()


def _last_stamps(parts: Parts) -> list[dict[str, Any]]:
    """Of the last painted pairs, the newest last."""
    return [asdict(painted) for painted in parts.monitor.records().painted[-_LAST:]]
