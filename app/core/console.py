"""What is said to the person at the terminal: the same whoever says it."""

from __future__ import annotations

import json
import sys


def fail(message: str, hint: str, code: int, as_json: bool, kind: str = "error: ") -> int:
    """One line and a hint on standard error; with --json the same as one object on standard output. Returns `code`."""
    print(f"allaprima: {kind}{message}", *([f"  hint: {hint}"] if hint else []), sep="\n", file=sys.stderr)
    if as_json:
        print(json.dumps({"error": {"message": message, "hint": hint, "exit_code": code}}), flush=True)
    return code


def say(text: str) -> None:
    """One line for the person at the terminal; standard output is kept for results."""
    print(f"allaprima: {text}", file=sys.stderr)
