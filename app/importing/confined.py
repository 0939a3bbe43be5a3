"""Work on a stranger's file in a process of its own, which may die, hang or grow without harm to this one."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from allaprima.app.importing.convention import NotAStyleNetwork

SECONDS = 300
MEMORY = 6 << 30
MAX_RESULT = 1 << 20
MEMORY_HINT = "if it is sound, it is too large to be painted with live"

_CHILD = """
import runpy, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except (ImportError, ValueError, OSError):
    pass  # Windows has no such limits, macOS does not hold all of them; the time limit is the parent's
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def run_confined(
    module: str, arguments: Sequence[str | Path], result: Path, seconds: float = SECONDS
) -> dict[str, Any]:
    """Run `python -m module arguments... result`, within limits of time and memory, and read the JSON object that it
    writes to `result`. Raises `NotAStyleNetwork` with the child's own words where it wrote `{"error": ...}`, or with
    how it ended.
    """
    command = [sys.executable, "-P", "-c", _CHILD.format(memory=MEMORY), module, *map(str, arguments), str(result)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise NotAStyleNetwork(f"it was not done within {seconds:g} seconds", MEMORY_HINT) from None
    if not result.is_file():
        raise NotAStyleNetwork(f"reading it ended {_how(done.returncode, done.stderr)}", MEMORY_HINT)
    with result.open("rb") as file:
        found = json.loads(file.read(MAX_RESULT))
    if "error" in found:
        raise NotAStyleNetwork(found["error"], found.get("hint", ""))
    return dict(found)


def _how(code: int, stderr: bytes) -> str:
    if code < 0:
        return f"with {signal.Signals(-code).name}"
    lines = stderr.decode(errors="replace").strip().splitlines()
    said = "".join(c if c.isprintable() else "?" for c in lines[-1][:200]) if lines else "no word"
    return f"with code {code}: {said}"
