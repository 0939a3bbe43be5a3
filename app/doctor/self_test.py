"""Five seconds of `run` itself, in a process of its own: the synthetic room into the simulated headset."""

import json
import tempfile
from pathlib import Path
from typing import Any

from allaprima.app.core.errors import AllaPrimaError
from allaprima.app.doctor.child import how, run
from allaprima.app.doctor.finding import Finding
from allaprima.app.latency.verdict import TOO_SLOW
from allaprima.app.settings_and_flags import Settings

SECONDS = 5
_COMMAND = (
    "run",
    "--source",
    "synthetic",
    "--headset",
    "simulated",
    "--no-window",
    "--seconds",
    str(SECONDS),
    "--json",
)
_LIMIT_S = 300.0
"""The first time, the room is drawn: a minute or two on a small machine."""


def self_test(settings: Settings) -> list[Finding]:
    """The rates that it reached. Raises `AllaPrimaError` as `run` did, `ProbeFailed` if it never ended."""
    with tempfile.TemporaryDirectory(prefix="allaprima-doctor-") as folder:
        code, out, _ = run(["-m", "allaprima.app", *_COMMAND], _LIMIT_S, Path(folder))
    try:
        result: dict[str, Any] = json.loads(out)
    except ValueError:
        return [Finding("self-test", "fault", f"allaprima run ended {how(code)}", "allaprima run --debug")]
    if error := result.get("error"):
        raise AllaPrimaError(str(error["message"]), str(error["hint"]))
    return [verdict(result)]


def verdict(result: dict[str, Any]) -> Finding:
    """On what `run --json` printed."""
    painted = float(result["pairs_per_s"])
    text = (
        f"{painted:.1f} pairs/s painted, {result['submitted_per_s']:.1f} frames/s shown "
        f"({result['engine']} {result['precision']} on {result['device']})"
    )
    if not painted:
        return Finding("self-test", "fault", f"nothing was painted in {SECONDS} s", "allaprima run --debug")
    if painted < TOO_SLOW:
        return Finding("self-test", "warning", f"slow: {text}", "allaprima run --governor 20, or --size 320x240")
    return Finding("self-test", "ok", text, "allaprima run")
