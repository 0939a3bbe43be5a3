"""A probe in a process of its own, which may hang or crash without harm to this one.

As a program, `python -m allaprima.app.doctor.child NAME RESULT` writes what the probe NAME finds to the file RESULT, as
JSON. A file, because a library or a program that it starts may write to standard output, or keep it open for ever.
"""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from allaprima.app.doctor.finding import Finding


class ProbeFailed(Exception):
    """The process ended without a result, or did not end; the message says how."""


def in_child(name: str, limit_s: float) -> list[Finding]:
    """What the probe called `name` finds. Raises `ProbeFailed`."""
    with tempfile.TemporaryDirectory(prefix="allaprima-doctor-") as folder:
        result = Path(folder) / "result.json"
        code, _, stderr = run(["-m", "allaprima.app.doctor.child", name, str(result)], limit_s, Path(folder))
        try:
            return [Finding(**each) for each in json.loads(result.read_text(encoding="utf-8"))]
        except (OSError, ValueError):
            raise ProbeFailed(f"looking at it ended {how(code)}{_last_line(stderr)}") from None


def run(arguments: Sequence[str], limit_s: float, folder: Path) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of Python with these arguments; both outputs go through files in
    `folder`. Raises `ProbeFailed` when `limit_s` is over.
    """
    out, err = folder / "stdout", folder / "stderr"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-P", *arguments], stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise ProbeFailed(f"no answer within {limit_s:g} s") from None
        finally:
            process.kill()
            process.wait()
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in (out, err)]
    return code, texts[0], texts[1]


def how(code: int) -> str:
    """'with SIGSEGV', 'with code 3'."""
    if code < 0:
        try:
            return f"with {signal.Signals(-code).name}"
        except ValueError:
            pass
    return f"with code {code}"


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return f": {lines[-1][:200]}" if lines else ""


def main(name: str, result: Path) -> None:
    """The child's own part."""
    from allaprima.app.doctor.examination import examined
    from allaprima.app.doctor.probes import PROBES, known_settings

    (probe,) = (each for each in PROBES if each.name == name)
    found = examined(probe, known_settings())
    result.write_text(json.dumps([asdict(each) for each in found]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
