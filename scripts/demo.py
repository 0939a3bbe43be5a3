"""See it: makes the environment, then runs `allaprima demo` with the arguments given here.

    python3 scripts/demo.py                      the synthetic room, painted live, in a window
    python3 scripts/demo.py --headless           offscreen: writes a film and a contact sheet, and says where
    python3 scripts/demo.py --headless --frames 120 --json

Works from any folder with Python 3.11 or newer and nothing else. All options: `python3 scripts/demo.py --help`.
"""

from __future__ import annotations

import sys

import environment


def main(arguments: list[str]) -> int:
    """The exit code of `allaprima demo`; 1 where the environment cannot be made."""
    if {"-h", "--help"} & set(arguments) and not environment.is_ready(set()):
        print(__doc__)  # help must not begin with a download
        return 0
    try:
        python = environment.prepare(set())
    except environment.SetupError as error:
        error.report()
        return 1
    # -P: the folder one stands in is no place to import from
    code = environment.call([str(python), "-P", "-m", "allaprima.app", "demo", *arguments])
    return 128 - code if code < 0 else code  # a signal came before the program could answer it


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
