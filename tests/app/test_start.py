"""Ctrl-C before the command line has been loaded, and after it has done all."""

from __future__ import annotations

import subprocess
import sys

BEFORE = """
import os, signal, sys
from allaprima.app import __main__ as start

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "allaprima.app.command_line":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
start.main()
"""
AFTER = """
import os, signal, sys
from allaprima.app import __main__ as start

sys.argv = ["allaprima", "--version"]
assert start.main() == 0
os.kill(os.getpid(), signal.SIGINT)
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)


def test_ctrl_c_while_modules_are_loaded_is_quiet() -> None:
    done = run(BEFORE)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_ctrl_c_after_all_is_done_is_quiet() -> None:
    done = run(AFTER)
    assert (done.returncode, done.stderr) == (130, "") and done.stdout.startswith("allaprima ")
