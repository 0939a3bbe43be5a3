"""How fast stereo pairs come: the synthetic room from its cache, and a recorded folder.

Every pixel is touched, as the network would, so that a mapped file is really read.

    python scripts/bench/sources.py [--size 640x480] [--pairs 480] [--json]
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from allaprima.app.core.errors import AllaPrimaError, SourceEnded
from allaprima.app.sources.opening import open_source
from allaprima.app.sources.source import StereoSource

DATA = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def measure(source: StereoSource) -> dict[str, object]:
    """Reads `source` to its end and copies every pair."""
    width, height = source.size
    pair = np.empty((2, height, width, 3), np.uint8)
    count, start = 0, time.perf_counter()
    with source:
        try:
            while True:
                frame = source.read(10.0)
                pair[0], pair[1] = frame.left, frame.right
                count += 1
        except SourceEnded:
            pass
    seconds = time.perf_counter() - start
    return {"source": source.name, "size": [width, height], "pairs": count, "pairs_per_s": round(count / seconds, 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="640x480", help="WxH of the synthetic room (default %(default)s)")
    parser.add_argument("--pairs", type=int, default=480, help="pairs to read (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    args = parser.parse_args()
    try:
        width, height = map(int, args.size.split("x"))
    except ValueError:
        parser.error(f"--size {args.size}: write it as WIDTHxHEIGHT, e.g. 640x480")

    def progress(done: int, whole: int) -> None:
        if done % 24 == 0 or done == whole:
            print(f"drawing the room, {done} of {whole} frames", file=sys.stderr)

    try:
        start = time.perf_counter()
        room = open_source("synthetic", (width, height), pace="fast", frames=args.pairs, progress=progress)
        opened = round(time.perf_counter() - start, 2)
        results = [{**measure(room), "opened_in_s": opened}]
        street = DATA / "stereo" / "kitti_street"
        if street.is_dir():
            results.append(measure(open_source(str(street), pace="fast", loop=True, frames=min(args.pairs, 102))))
        else:
            print(f"no recording at {street}: only the room is measured", file=sys.stderr)
    except AllaPrimaError as error:
        print(f"error: {error.message}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    if args.json:
        print(json.dumps({"results": results}))
    else:
        print(f"{'source':<44} {'size':>10} {'pairs':>6} {'pairs/s':>9}")
        for r in results:
            size = "x".join(str(side) for side in r["size"])  # type: ignore[attr-defined]
            print(f"{str(r['source'])[-44:]:<44} {size:>10} {r['pairs']:>6} {r['pairs_per_s']:>9}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
