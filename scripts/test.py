"""Check everything: makes the environment, then lint, types, import contracts and tests.

Works from any folder with Python 3.11 or newer and nothing else. What follows `--` goes to pytest:
    python3 scripts/test.py
    python3 scripts/test.py --only lint --only types
    python3 scripts/test.py --fast -- -k latency -x
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import environment
from typing_view import make_typing_view
from virtual_display import virtual_display

ROOT = environment.ROOT
EXTRAS = {"onnx", "train", "test", "dev"}
PACKAGES = ("allaprima.app", "allaprima.models", "allaprima.calibration", "allaprima.shaders")
STEPS = ("lint", "types", "imports", "tests")
WORKERS = 4
"""Processes that run tests, at most; each takes a gigabyte."""
LIMIT_S = 2400
"""For all tests together: twice what they take on a crowded machine."""


def commands(python: Path) -> dict[str, list[list[str]]]:
    """The quiet steps: each one's commands, run in the repository root."""
    tool = [str(python), "-P", "-m"]
    packages = [flag for package in PACKAGES for flag in ("-p", package)]
    linter = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    relaxed = ["--explicit-package-bases", "--allow-untyped-defs", "--allow-incomplete-defs", "--warn-unused-ignores"]
    relaxed += ["--cache-dir", ".mypy_cache/tests"]  # other flags make the other cache worthless
    return {
        "lint": [[*tool, "ruff", "check", "."], [*tool, "ruff", "format", "--check", "."]],
        "types": [[*tool, "mypy", *packages], [*tool, "mypy", "scripts"], [*tool, "mypy", *relaxed, "tests"]],
        "imports": [[str(python), "-P", "-c", linter, "--no-logo"]],
    }


def run_quietly(name: str, lines: list[list[str]], variables: dict[str, str]) -> bool:
    """Run every command of a step; its output is shown only if it fails."""
    start, passed = time.monotonic(), True
    for command in lines:
        done = subprocess.run(
            command, cwd=ROOT, env=variables, capture_output=True, text=True, encoding="utf-8", errors="replace"
        )
        if done.returncode:
            passed = False
            print(done.stdout, done.stderr, sep="", end="")
    print(f"{name:<8} {'passed' if passed else 'FAILED'}  {time.monotonic() - start:.1f} s", flush=True)
    return passed


def run_tests(python: Path, arguments: list[str], variables: dict[str, str]) -> bool:
    """Run pytest, with a display of its own where there is none; where it hangs, the stacks of its threads are told."""
    with virtual_display() as display:
        spread = ["-n", str(min(WORKERS, os.cpu_count() or 1)), "--dist", "loadfile"]
        command = [str(python), "-P", "-X", "faulthandler", "-m", "pytest", *spread, *arguments]
        return environment.call(command, cwd=ROOT, env={**variables, **display}, limit_s=LIMIT_S) == 0


def main(argv: list[str]) -> int:
    """0 if everything asked for passed."""
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=STEPS, help="run this step; may be given more than once")
    parser.add_argument(
        "--fast",
        action="store_true",
        help="leave out the tests marked slow: trainings, the slow reference, benchmarks from end to end, "
        "calibration from films, programs that hang or are killed",
    )
    options = parser.parse_args(argv[:cut])
    steps = options.only or STEPS
    try:
        python = environment.prepare(EXTRAS, optional_packages=("chromium", "debootstrap", "gcc", "libc6-dev"))
    except environment.SetupError as error:
        error.report()
        return 1

    view = make_typing_view(ROOT)
    search = os.pathsep.join(filter(None, [str(view), os.environ.get("PYTHONPATH")]))
    utf8 = {**os.environ, "PYTHONUTF8": "1"}  # tools print boxes and arrows that a Windows code page cannot
    results = {
        name: run_quietly(name, lines, {**utf8, "PYTHONPATH": search})
        for name, lines in commands(python).items()
        if name in steps
    }
    if "tests" in steps:
        arguments = [*(["-m", "not slow"] if options.fast else []), *argv[cut + 1 :]]
        results["tests"] = run_tests(python, arguments, dict(os.environ))
    print(", ".join(f"{name} {'passed' if passed else 'FAILED'}" for name, passed in results.items()))
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
