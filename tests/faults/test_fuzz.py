"""Thousands of files that are almost valid: each is read or refused in one line. The same ones each time.

For an hour: ALLAPRIMA_FUZZ_S=3600 python3 scripts/test.py --only tests -- tests/faults/test_fuzz.py -s --timeout 4000
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE_S

PROGRAM = Path(__file__).parent / "fuzz" / "program.py"
SECONDS = float(os.environ.get("ALLAPRIMA_FUZZ_S", "48"))
"""For all groups together, without the start of their programs."""
GROUPS = {
    "text": "settings card rig kitti kalibr ros storage times poses calib journal",
    "pictures": "picture",
    "films": "film recording",
    "networks": "network engine",
}


@pytest.mark.skipif(sys.platform == "win32", reason="memory and time of a program are limited by POSIX")
@pytest.mark.parametrize("group", GROUPS)
def test_what_is_almost_valid_is_read_or_refused(group: str, tmp_path: Path) -> None:
    seconds = SECONDS / len(GROUPS)
    command = [sys.executable, str(PROGRAM), str(tmp_path), f"{seconds:g}", *GROUPS[group].split()]
    variables = {**os.environ, "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"}  # memory is counted by address space
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=seconds + PATIENCE_S)
    last = tmp_path / "last"
    case = last.read_text() if last.exists() else "none"
    print(done.stdout)
    assert done.returncode == 0, f"exit code {done.returncode}, last case {case}\n{done.stdout}\n{done.stderr[-3000:]}"
    assert "FAULT" not in done.stdout and done.stdout.count(" refused") >= 2


@pytest.mark.skipif(sys.platform == "win32", reason="memory and time of a program are limited by POSIX")
@pytest.mark.parametrize(("what", "told"), [("error", "ValueError"), ("memory", "memory"), ("hang", "-27")])
def test_the_fuzz_run_notices(what: str, told: str, tmp_path: Path) -> None:
    command = [sys.executable, str(PROGRAM), str(tmp_path), "0", f"faulty-{what}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode and told in f"{done.stdout} {done.returncode}".replace("Memory", "memory")
