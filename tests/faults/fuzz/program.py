"""Reads mutated files of some kinds in a process of its own, with little memory and little patience.

    python tests/faults/fuzz/program.py FOLDER SECONDS KIND[:FIRST] ...
    python tests/faults/fuzz/program.py FOLDER 0 card:1234             # one case once more

Each case must be read or end in an `AllaPrimaError`. Prints a line a fault; where the process dies, the last case is
the file `last` in FOLDER.
"""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path

from mutator import mutated
from readers import Kind, kinds

from allaprima.app.core.errors import AllaPrimaError

MEMORY = 1 << 30
"""Bytes beyond what the program takes after it has read every valid file."""
SLOWEST_S = 5.0
"""Of processor time, which a crowded machine gives later but not less of."""
OTHER_LIMITS_S = {"engine": 20.0, "faulty-hang": 0.5}  # one compiles a network, the other is there to hang
MOST_FAULTS = 20


def main(folder: Path, seconds: float, wanted: list[str]) -> int:
    """Prints faults, and how many cases of each kind were read or refused; 1 where there is a fault."""
    everything = kinds(folder)
    first = dict.fromkeys(everything, 0)
    names = []
    for name in wanted:
        kind, _, case = name.partition(":")
        matching = [known for known in everything if known.split(".")[0].split("-")[0] == kind or known == kind]
        names += matching
        first |= dict.fromkeys(matching, int(case or 0))
    for name in names:
        read, seeds, _ = everything[name]
        for seed in seeds:
            read(seed)  # raises where the valid file is none
    _limit()
    faults, counts, end = 0, {name: [0, 0] for name in names}, time.monotonic() + seconds
    number = 0
    while faults < MOST_FAULTS:
        for name in names:
            fault = _tried(folder, name, first[name] + number, everything[name], counts)
            if fault:
                faults += 1
                print(f"FAULT {name}:{first[name] + number} {fault}", flush=True)
            if time.monotonic() >= end and (number or not seconds):
                break
        number += 1
        if time.monotonic() >= end:
            break
    for name in names:
        print(f"{name}: {counts[name][0]} read, {counts[name][1]} refused", flush=True)
    return 1 if faults else 0


def _tried(folder: Path, name: str, case: int, kind: Kind, counts: dict[str, list[int]]) -> str:
    """What is wrong with how the case ended; empty where nothing is."""
    read, seeds, text = kind
    data = mutated(seeds[case % len(seeds)], f"{name}:{case}", text)
    (folder / "last").write_text(f"{name}:{case}")
    signal.setitimer(signal.ITIMER_PROF, OTHER_LIMITS_S.get(name, SLOWEST_S))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        read(data)
        counts[name][0] += 1
    except AllaPrimaError as error:
        counts[name][1] += 1
        if not error.message or "\n" in error.message:
            return f"an error of more than a line: {error.message!r}"
    except Exception:
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    unit = 1 if sys.platform == "darwin" else 1024
    return f"{more * unit >> 20} MB of memory" if more * unit > MEMORY else ""


def _limit() -> None:
    faulthandler.enable()
    faulthandler.register(signal.SIGPROF, chain=True)  # whose default is to end the process
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
