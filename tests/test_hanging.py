"""A test that hangs ends: it fails, or at the worst ends the run, and says where it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="WITHOUT SIGALRM the first that hangs ends the run")


def run(tmp_path: Path, test: str, **limits: int) -> subprocess.CompletedProcess[str]:
    """What pytest makes, with this project's settings, of a file with nothing but `test`."""
    (tmp_path / "test_it.py").write_text(test)
    options = [part for name, seconds in limits.items() for part in ("-o", f"{name}={seconds}")]
    command = [sys.executable, "-P", "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *options, str(tmp_path / "test_it.py")],
        cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip


@pytest.mark.slow
def test_one_that_waits_for_a_lock_or_a_child_fails_and_the_next_one_runs(tmp_path: Path) -> None:
    test = """
import subprocess, sys, threading
def test_lock():
    threading.Thread(target=threading.Event().wait, name="waiting too", daemon=True).start()
    lock = threading.Lock()
    with lock, lock:
        pass
def test_child():
    subprocess.run([sys.executable, "-c", "import signal; signal.pause()"])
"""
    done = run(tmp_path, test, timeout=1)
    assert done.returncode == 1 and "2 failed" in done.stdout, done.stdout
    assert "waiting too" in done.stdout + done.stderr, "the stacks of its other threads"


@pytest.mark.slow
def test_one_that_hangs_in_a_c_function_ends_the_run_and_says_where_it_was(tmp_path: Path) -> None:
    test = """
import itertools
def test_c_function():
    any(itertools.repeat(False))  # hears no signal, and lets no other thread run
"""
    done = run(tmp_path, test, timeout=1, faulthandler_timeout=3)
    assert done.returncode == 1 and "in test_c_function" in done.stderr, done.stderr
