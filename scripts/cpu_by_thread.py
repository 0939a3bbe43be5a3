"""Where the processors' time goes in a live run: milliseconds a second and thread.

    python scripts/cpu_by_thread.py
    python scripts/cpu_by_thread.py --seconds 20 --json -- --refresh 45 --source kitti.mkv

`allaprima run` with a simulated headset and no window; what follows `--` goes to it. The first seconds, in which things
are loaded, are left out. Threads that Python does not know go by the name that the kernel has: `llvmpipe-0` draws where
there is no GPU; OpenVINO's have the program's. Linux.
"""

import argparse
import json
import os
import sys
import threading
from collections import Counter
from pathlib import Path

from allaprima.app.cli import run
from allaprima.app.cli.shared import session_request
from allaprima.app.core.clock import NS
from allaprima.app.live.opening import assembled

WARM_S = 3.0
TASKS = Path("/proc/self/task")


def processor_ms() -> Counter[str]:
    """Milliseconds of processor time so far, by thread's name."""
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    tick_ms = 1e3 / os.sysconf("SC_CLK_TCK")
    taken: Counter[str] = Counter()
    for task in TASKS.iterdir():
        try:
            before, _, after = (task / "stat").read_text(encoding="utf-8").rpartition(")")
        except OSError:  # it has just ended
            continue
        kernel = before.partition("(")[2]
        user, system = after.split()[11:13]
        taken[names.get(int(task.name), f"{kernel} (library)")] += round((int(user) + int(system)) * tick_ms)
    return taken


def main(argv: list[str]) -> int:
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="that are counted (default: 10)")
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    args = parser.parse_args(argv[:cut])
    flags = argparse.ArgumentParser(add_help=False)
    run.configure(flags)
    parsed = flags.parse_args(["--headset", "simulated", "--no-window", *argv[cut + 1 :]])
    looks: list[tuple[int, Counter[str], int]] = []
    with assembled(*session_request.asked_for(parsed)) as parts:

        def look(now_ns: int) -> None:
            """At the first frame, when all is warm, and at the end."""
            due_ns = looks[0][0] + round((WARM_S + args.seconds * (len(looks) - 1)) * NS) if looks else now_ns
            if now_ns >= due_ns:
                looks.append((now_ns, processor_ms(), parts.pipeline.count))
                parts.session.quit = len(looks) == 3

        parts.session.run(None, look)
    _, (begun_ns, before, first), (ended_ns, after, last) = looks
    seconds = (ended_ns - begun_ns) / NS
    threads = {name: round(ms / seconds) for name, ms in (after - before).most_common()}
    result = {"pairs_per_s": round((last - first) / seconds, 2), "cpu_ms_per_s": threads}
    if args.json:
        print(json.dumps(result))
    else:
        for name, ms in threads.items():
            print(f"{name:28}{ms:6} ms/s")
        print(f"{result['pairs_per_s']} painted pairs/s, {sum(threads.values())} ms/s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
