"""Runs `allaprima` and sends itself a signal at a given moment, as `kill` would: `ended.py SIGNAL PLACE CALL ...`.

What follows is allaprima's. The moment is the `CALL`th call of `module:name.name`, as it begins; as it ends where that
is followed by "()".
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

from allaprima.app.command_line import main


def signal_at(name: str, place: str, call: int) -> None:
    place, ends = place.removesuffix("()"), place.endswith("()")
    module, _, names = place.partition(":")
    owner: Any = importlib.import_module(module)
    *path, attribute = names.split(".")
    for step in path:
        owner = getattr(owner, step)
    whole, calls = getattr(owner, attribute), []

    def send() -> None:
        number = getattr(signal, name)
        if sys.platform == "win32":
            signal.raise_signal(number)
        else:
            os.kill(os.getpid(), number)

    def counted(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == call and not ends:
            send()
        result = whole(*arguments, **options)
        if len(calls) == call and ends:
            send()
        return result

    setattr(owner, attribute, counted)


if __name__ == "__main__":
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup, under which the tests may run, has it ignored
    signal_at(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.exit(main(sys.argv[4:]))
