"""The program's start: `allaprima COMMAND ...`, also as `python -m allaprima.app`."""

import os
import signal
import sys
from types import FrameType


def main() -> int:
    """Run the command line and return its exit code. Ctrl-C while its modules are loaded, or once all is done, ends the
    program in silence.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)
    from allaprima.app.command_line import main as run

    signal.signal(signal.SIGINT, before)
    try:
        return run()
    finally:
        if before is signal.default_int_handler:
            signal.signal(signal.SIGINT, _end)


def _end(number: int, frame: FrameType | None) -> None:
    os._exit(130)


if __name__ == "__main__":
    sys.exit(main())
