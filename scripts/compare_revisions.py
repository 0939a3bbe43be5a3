"""What changes did to the whole chain: several revisions of this repository, run in turns on this machine.

    python scripts/compare_revisions.py HEAD~3 HEAD
    python scripts/compare_revisions.py v0.2 HEAD --rounds 5 --seconds 20 --json -- --refresh 45 --eye-size 640x480

Each revision runs as it was, `allaprima run` on the synthetic room with a simulated headset and no window, in a
checkout of its own that is thrown away again. What follows `--` goes to every run. Told are medians over the rounds.
Commit first what is to be measured, and let nothing else run.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typing_view import make_typing_view

ROOT = Path(__file__).resolve().parent.parent
RUN = ("run", "--headset", "simulated", "--no-window", "--json")
COLUMNS = {"pairs/s": "pairs_per_s", "submitted/s": "submitted_per_s"}
LATENCIES = ("p50", "p99")


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def checkout(revision: str, folder: Path) -> Iterator[Path]:
    """The packages of `revision`, as a folder for the search path."""
    place = folder / revision
    git("worktree", "add", "--detach", str(place), revision)
    try:
        yield make_typing_view(place)
    finally:
        git("worktree", "remove", "--force", str(place))


def run(search: Path, seconds: float, arguments: list[str]) -> dict[str, float]:
    """One run's rates, and its added latency in milliseconds."""
    command = [sys.executable, "-P", "-m", "allaprima.app", *RUN, "--seconds", str(seconds), *arguments]
    variables = {**os.environ, "PYTHONPATH": str(search)}
    done = subprocess.run(command, env=variables, cwd=search, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    added = result["latency_ms"]["added"]
    return {name: result[key] for name, key in COLUMNS.items()} | {f"added {p}, ms": added[p] for p in LATENCIES}


def main(argv: list[str]) -> int:
    cut = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revisions", nargs="+", metavar="REVISION", help="commits, tags or branches, oldest first")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each (default: 3)")
    parser.add_argument("--seconds", type=float, default=15, help="that each run takes (default: 15)")
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    args = parser.parse_args(argv[:cut])
    revisions = {git("rev-parse", "--short", name): git("show", "-s", "--format=%s", name) for name in args.revisions}
    taken: dict[str, list[dict[str, float]]] = {revision: [] for revision in revisions}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        searches = {r: stack.enter_context(checkout(r, Path(folder))) for r in revisions}
        for r, search in searches.items():
            run(search, 2, argv[cut + 1 :])  # what is drawn or compiled only once
            print(f"{r} runs", file=sys.stderr)
        for number in range(args.rounds):
            for r, search in searches.items():
                taken[r].append(run(search, args.seconds, argv[cut + 1 :]))
            print(f"round {number + 1} of {args.rounds}", file=sys.stderr)
    names = list(next(iter(taken.values()))[0])
    medians = {r: {name: statistics.median(t[name] for t in rounds) for name in names} for r, rounds in taken.items()}
    if args.json:
        print(json.dumps({"arguments": argv[cut + 1 :], "subjects": revisions, "medians": medians, "rounds": taken}))
        return 0
    print(f"| revision | {' | '.join(names)} |\n| --- |{' ---: |' * len(names)}")
    for r, subject in revisions.items():
        print(f"| {r}: {subject} | {' | '.join(f'{medians[r][name]:.1f}' for name in names)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
