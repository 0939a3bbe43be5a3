"""Milliseconds of one core that each canvas takes a pair.

    python scripts/bench/canvas.py [--size 640x480] [--rounds 40] [--json]

Interleaved rounds over a head that turns, or a picture that slides; processor time of the calling thread, medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import cv2
import numpy as np

from allaprima.app.canvas.canvas import Canvas
from allaprima.app.canvas.flow import FlowCanvas
from allaprima.app.canvas.still import StillCanvas
from allaprima.app.canvas.world import WorldCanvas
from allaprima.app.core.clock import NS
from allaprima.app.core.frame import StereoFrame
from allaprima.app.core.pose import Pose
from allaprima.app.sources.synthetic.source import room_rig

CHANNELS, DISTANCE_M = 2, 2.0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="640x480", metavar="WxH", help="of each picture (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=40, metavar="N", help="pairs (default %(default)s)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    width, height = (int(side) for side in args.size.split("x"))
    size = width, height
    cv2.setNumThreads(1)
    canvases: dict[str, Canvas] = {
        "still": StillCanvas(CHANNELS),
        "world": WorldCanvas(CHANNELS, room_rig(*size), size, DISTANCE_M),
        "flow": FlowCanvas(CHANNELS, size),
    }
    taken: dict[str, list[float]] = {name: [] for name in canvases}
    for n, pair in enumerate(_film(size, args.rounds)):
        head = Pose.from_euler(0.01 * n, 0.02, position=(0.001 * n, 1.5, 0))
        for name, canvas in canvases.items():
            before = time.thread_time()
            canvas.at(pair, size, head)
            taken[name].append(time.thread_time() - before)
    found = {name: round(1e3 * statistics.median(seconds[1:]), 2) for name, seconds in taken.items()}
    print(json.dumps(found) if args.json else "\n".join(f"{name:<6} {ms:.2f} ms a pair" for name, ms in found.items()))
    return 0


def _film(size: tuple[int, int], count: int) -> list[StereoFrame]:
    """Pairs of a soft random picture that slides by two pixels a pair, the right eye six further on."""
    width, height = size
    small = np.random.default_rng(0).integers(0, 256, (60, 100, 3), np.uint8)
    scene = cv2.resize(small, (width + 2 * count + 6, height))
    eyes = [[np.ascontiguousarray(scene[:, dx : dx + width]) for dx in (2 * n, 2 * n + 6)] for n in range(count)]
    return [StereoFrame(left, right, n, n * NS // 30) for n, (left, right) in enumerate(eyes)]


if __name__ == "__main__":
    raise SystemExit(main())
